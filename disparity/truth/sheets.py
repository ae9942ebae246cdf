"""Put a picture on a flat or bent sheet before two cameras, by intersecting every ray with it exactly."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from liveliness_lib.synthetic.pinhole import PinholeCamera

Array = npt.NDArray[np.float64]
Rays = npt.NDArray[np.intp]
Radiance = npt.NDArray[np.float32]
SUPERSAMPLING = 2


@dataclass(frozen=True, eq=False)
class Sheet:
    """Describe a sheet that carries a picture.

    Attributes
    ----------
    picture : (h, w, 3) float32
        Linear light.
    width_m : float
        The height follows from the picture.
    position : (3,) float
        Of its middle in the world (x right, y down, z away), metres.
    rotation : (3, 3) float
        Sheet axes (x right, y down, z to its back) to world axes.
    curvature : float
        1/m; positive: the middle comes towards the viewer; 0: flat.
    bend_angle : float
        Degrees between the sheet's x axis and the direction along which it is bent.
    bezel_m, bezel : float
        Width of a frame around the picture and its grey value.
    """

    picture: Radiance
    width_m: float
    position: Array
    rotation: Array
    curvature: float = 0.0
    bend_angle: float = 0.0
    bezel_m: float = 0.0
    bezel: float = 0.02

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height of the picture in metres, along the sheet."""
        return self.width_m, self.width_m * self.picture.shape[0] / self.picture.shape[1]

    def place(self, pixels: Array) -> Array:
        """Return the world points (N, 3) of picture positions (N, 2), pixels."""
        h, w = self.picture.shape[:2]
        flat = (pixels + 0.5 - np.array([w, h]) / 2) * self.width_m / w
        along, across = self._bend_axes()
        a, b = flat @ along, flat @ across
        k = self.curvature
        p, z = (np.sin(k * a) / k, (1 - np.cos(k * a)) / k) if k else (a, np.zeros_like(a))
        local = np.outer(p, [*along, 0]) + np.outer(b, [*across, 0]) + np.outer(z, [0, 0, 1])
        return np.asarray(local @ self.rotation.T + self.position)

    def meet(self, origin: Array, rays: Array) -> tuple[Array, Array, Array]:
        """Intersect rays (N, 3) from `origin` with the sheet.

        Returns
        -------
        x, y : (N,) float
            Metres along the sheet from its middle.
        distance : (N,) float
            In units of the ray; inf where it misses the sheet's surface, however far that reaches.
        """
        along, across = self._bend_axes()
        basis = np.array([[*along, 0], [*across, 0], [0, 0, 1]]) @ self.rotation.T
        o, r = basis @ (origin - self.position), rays @ basis.T
        k = self.curvature
        if k == 0:
            with np.errstate(divide="ignore"):
                t = -o[2] / r[:, 2]
            a = o[0] + t * r[:, 0]
        else:
            t, a = _meet_cylinder(o, r, k)
        b = o[1] + t * r[:, 1]
        b, a, t = np.nan_to_num(b), np.nan_to_num(a), np.where(t > 0, t, np.inf)
        return a * along[0] + b * across[0], a * along[1] + b * across[1], t

    def _bend_axes(self) -> tuple[Array, Array]:
        angle = np.deg2rad(self.bend_angle)
        return np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])


def _meet_cylinder(o: Array, r: Array, k: float) -> tuple[Array, Array]:
    """Return distance and arc length where rays meet p² + (z - 1/k)² = 1/k², on the side of the sheet's middle."""
    radius = 1.0 / k
    qa = r[:, 0] ** 2 + r[:, 2] ** 2
    qb = o[0] * r[:, 0] + (o[2] - radius) * r[:, 2]
    qc = o[0] ** 2 + (o[2] - radius) ** 2 - radius**2
    root = np.sqrt(np.maximum(qb * qb - qa * qc, 0))
    t = (-qb - np.sign(k) * root) / qa  # a convex sheet is met on the near side, a hollow one on the far side
    t = np.where(qb * qb >= qa * qc, t, np.inf)
    with np.errstate(invalid="ignore"):
        p, z = o[0] + t * r[:, 0], o[2] + t * r[:, 2]
        return t, np.arctan2(np.sign(k) * p, np.sign(k) * (radius - z)) * radius


def render_sheets(camera: PinholeCamera, sheets: list[Sheet]) -> tuple[Radiance, npt.NDArray[np.float32]]:
    """Render sheets from one camera that looks along the world's z axis; earlier sheets hide later ones.

    Returns
    -------
    radiance : (H, W, 3) float32
    depth : (H, W) float32
        Metres along the optical axis at pixel centres.

    Raises
    ------
    ValueError
        The last sheet does not fill the view.
    """
    k, (height, width) = SUPERSAMPLING, camera.image_size
    fine, hit = _paint(camera, sheets, k)
    if not hit.all():
        raise ValueError("expected the last sheet to fill the camera's view. Received: rays that meet nothing")
    _, depth = _trace(camera, sheets, 1)
    radiance = cv2.resize(fine.reshape(height * k, width * k, 3), (width, height), interpolation=cv2.INTER_AREA)
    return radiance, depth.reshape(height, width).astype(np.float32)


def _rays(camera: PinholeCamera, k: int) -> Array:
    height, width = camera.image_size
    x, y = np.meshgrid((np.arange(width * k) + 0.5) / k - 0.5, (np.arange(height * k) + 0.5) / k - 0.5)
    cx, cy = camera.centre
    local = np.stack([(x.ravel() - cx) / camera.focal_px, (y.ravel() - cy) / camera.focal_px, np.ones(x.size)], axis=1)
    return np.asarray(local @ np.array(camera.rotation))


def _trace(camera: PinholeCamera, sheets: list[Sheet], k: int) -> tuple[list[tuple[Rays, Array, Array]], Array]:
    """Return for each sheet (rays that show it, x, y), and the depth of every ray."""
    rays, origin = _rays(camera, k), np.array(camera.position)
    depth = np.full(len(rays), np.inf)
    seen = []
    for sheet in sheets:
        free = np.flatnonzero(np.isinf(depth))
        x, y, t = sheet.meet(origin, rays[free])
        wide, tall = sheet.size_m
        edge = sheet.bezel_m
        inside = (np.abs(x) <= wide / 2 + edge) & (np.abs(y) <= tall / 2 + edge) & np.isfinite(t)
        depth[free[inside]] = t[inside]
        seen.append((free[inside], x[inside], y[inside]))
    return seen, depth


def _paint(camera: PinholeCamera, sheets: list[Sheet], k: int) -> tuple[Radiance, npt.NDArray[np.bool_]]:
    seen, depth = _trace(camera, sheets, k)
    fine = np.zeros((len(depth), 3), np.float32)
    for sheet, (index, x, y) in zip(sheets, seen, strict=True):
        h, w = sheet.picture.shape[:2]
        column, row = x * w / sheet.width_m + w / 2 - 0.5, y * w / sheet.width_m + h / 2 - 0.5
        shown = _sample(sheet.picture, column, row)
        off = (np.abs(column - (w - 1) / 2) > w / 2) | (np.abs(row - (h - 1) / 2) > h / 2)
        shown[off] = sheet.bezel
        fine[index] = shown
    return fine, np.isfinite(depth)


def _sample(picture: Radiance, column: Array, row: Array) -> Radiance:
    """Sample a picture at (N,) positions; OpenCV's remap wants maps of fewer than 32768 rows, so they are folded."""
    fold = 4096
    padding = -len(column) % fold
    maps = [np.pad(v, (0, padding)).astype(np.float32).reshape(-1, fold) for v in (column, row)]
    shown = cv2.remap(picture, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shown.reshape(-1, 3)[: len(column)]).copy()


def rough_wall(position_z: float, *, seed: int, width_m: float = 8.0) -> Sheet:
    """Return a wall with patches of many sizes, to see a background's disparity by."""
    rng = np.random.default_rng([seed, 0x3A11])
    wall = np.full((512, 768, 3), rng.uniform(0.25, 0.5), np.float32)
    for size in (4, 16, 64, 256):
        coarse = rng.normal(0, 0.05, (512 // size + 2, 768 // size + 2, 3)).astype(np.float32)
        wall += cv2.resize(coarse, (768, 512), interpolation=cv2.INTER_CUBIC)
    return Sheet(np.clip(wall, 0.02, 0.9), width_m, np.array([0.0, 0.0, position_z]), np.eye(3))
