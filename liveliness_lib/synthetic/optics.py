"""Place a flat or rolled sheet before a camera and follow its points to the picture and back.

Coordinates are continuous: the first pixel covers 0 to 1 and its centre is 0.5. Sheet points are photo pixels, so that
the photo's corners are (0, 0) and (width, height) whatever shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, radians, sin
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .sampling import interpolate, towards

STEP = 16  # samples between two nodes of the coarse lattice that carries every smooth mapping
Floats = NDArray[np.float64]


def rotation_of(tilt_x: float, tilt_y: float, roll: float) -> Floats:
    """Return the 3x3 rotation of tilts about the x and y axis after a roll about the optical axis, degrees."""
    a, b, c = radians(tilt_x), radians(tilt_y), radians(roll)
    about_x = np.array([[1, 0, 0], [0, cos(a), -sin(a)], [0, sin(a), cos(a)]])
    about_y = np.array([[cos(b), 0, sin(b)], [0, 1, 0], [-sin(b), 0, cos(b)]])
    about_z = np.array([[cos(c), -sin(c), 0], [sin(c), cos(c), 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


@dataclass(frozen=True)
class SheetView:
    """Know where every point of a sheet lands in a picture.

    Attributes
    ----------
    photo_size, sensor_size, image_size : (height, width)
        Sizes of the photo on the sheet, of the sensor grid and of the picture that is written.
    magnification : float
        Sensor samples per photo pixel at the centre of the photo.
    tilt_x, tilt_y, roll : float
        Attitude in degrees.
    shift : (x, y)
        Where the photo's centre lands, in sensor samples from the centre of the sensor.
    focal : float
        Focal length in sensor samples.
    distortion : float
        Relative barrel displacement at the corner of the sensor.
    curvature : float
        Inverse radius of the roll in 1 / photo pixels; 0 is flat. The ends bend away from the camera when positive.
    axis : float
        Direction of the axis of the roll on the sheet, degrees from vertical.
    """

    photo_size: tuple[int, int]
    sensor_size: tuple[int, int]
    image_size: tuple[int, int]
    magnification: float
    tilt_x: float = 0.0
    tilt_y: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    focal: float = 1000.0
    distortion: float = 0.0
    curvature: float = 0.0
    axis: float = 0.0

    @property
    def _centre(self) -> Floats:
        return np.array([self.sensor_size[1] / 2, self.sensor_size[0] / 2])

    @property
    def _middle(self) -> Floats:
        return np.array([self.photo_size[1] / 2, self.photo_size[0] / 2])

    @property
    def _offset(self) -> Floats:
        depth = self.focal / self.magnification
        return np.array([self.shift[0] * depth / self.focal, self.shift[1] * depth / self.focal, depth])

    def _unroll(self) -> Floats:
        a = radians(self.axis)
        return np.array([[cos(a), sin(a)], [-sin(a), cos(a)]])

    def to_sensor(self, points: ArrayLike) -> Floats:
        """Return sensor positions, (N, 2), of photo points, (N, 2)."""
        flat = (np.asarray(points, float).reshape(-1, 2) - self._middle) @ self._unroll().T
        space = np.column_stack([flat, np.zeros(len(flat))])
        if self.curvature:
            angle = self.curvature * flat[:, 0]
            space[:, 0] = np.sin(angle) / self.curvature
            space[:, 2] = (1.0 - np.cos(angle)) / self.curvature
        space[:, :2] = space[:, :2] @ self._unroll()
        space = space @ rotation_of(self.tilt_x, self.tilt_y, self.roll).T + self._offset
        ideal = self.focal * space[:, :2] / space[:, 2:]
        return distort(ideal, self.distortion, self.sensor_size) + self._centre

    def to_image(self, points: ArrayLike) -> Floats:
        """Return positions in the written picture, (N, 2), of photo points, (N, 2)."""
        scale = np.array([self.image_size[1] / self.sensor_size[1], self.image_size[0] / self.sensor_size[0]])
        return self.to_sensor(points) * scale

    def to_sheet(self, points: ArrayLike) -> Floats:
        """Return photo points, (N, 2), seen at sensor positions, (N, 2); the inverse of `to_sensor`."""
        ideal = undistort(np.asarray(points, float).reshape(-1, 2) - self._centre, self.distortion, self.sensor_size)
        turn = rotation_of(self.tilt_x, self.tilt_y, self.roll)
        rays = np.column_stack([ideal / self.focal, np.ones(len(ideal))]) @ turn
        eye = -self._offset @ turn
        unroll = self._unroll()
        direction = np.column_stack([rays[:, :2] @ unroll.T, rays[:, 2]])
        origin = np.concatenate([unroll @ eye[:2], eye[2:]])
        flat = _meet_plane(origin, direction) if not self.curvature else _meet_roll(origin, direction, self.curvature)
        return flat @ unroll + self._middle

    def lattice(self) -> Floats:
        """Return photo points, (rows, columns, 2), under every `STEP`-th sensor position from (0, 0)."""
        height, width = self.sensor_size
        y, x = np.mgrid[0 : height + STEP : STEP, 0 : width + STEP : STEP]
        points = self.to_sheet(np.column_stack([x.ravel(), y.ravel()]))
        return points.reshape(*x.shape, 2)


def _meet_plane(origin: Floats, direction: Floats) -> Floats:
    reach = -origin[2] / direction[:, 2]
    return origin[:2] + direction[:, :2] * reach[:, None]


def _meet_roll(origin: Floats, direction: Floats, curvature: float) -> Floats:
    """Meet the cylinder x^2 + (z - r)^2 = r^2 nearest the sheet's middle; rays that miss graze its rim."""
    radius = 1.0 / curvature
    dx, dz, ox, oz = direction[:, 0], direction[:, 2], origin[0], origin[2] - radius
    a, b, c = dx * dx + dz * dz, ox * dx + oz * dz, ox * ox + oz * oz - radius * radius
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    reach = (-b - np.sign(radius) * root) / a
    angle = np.arctan2((ox + reach * dx) / radius, -(oz + reach * dz) / radius)
    return np.column_stack([radius * angle, origin[1] + reach * direction[:, 1]])


def undistort(points: Floats, strength: float, sensor_size: tuple[int, int]) -> Floats:
    """Return ideal positions of distorted ones; both relative to the centre. r_u = r_d (1 + k (r_d / corner)^2)."""
    corner = hypot(*sensor_size) / 2
    return points * (1.0 + strength * (points**2).sum(1, keepdims=True) / corner**2)


def distort(points: Floats, strength: float, sensor_size: tuple[int, int]) -> Floats:
    """Return distorted positions of ideal ones, the inverse of `undistort`, by fixed-point steps."""
    corner = hypot(*sensor_size) / 2
    found = points
    for _ in range(12 if strength else 0):
        found = points / (1.0 + strength * (found**2).sum(1, keepdims=True) / corner**2)
    return found


def spread(lattice: NDArray[np.floating], sensor_size: tuple[int, int]) -> NDArray[np.float32]:
    """Interpolate lattice values, (rows, columns, channels), at the centre of every sensor sample.

    cv2.resize and cv2.warpAffine round their weights to 1/32, too coarse for coordinates.
    """
    return interpolate(np.ascontiguousarray(lattice, np.float64), STEP, *sensor_size)


def radius_parts(sensor_size: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what rows, (H,), and columns, (W,), add to (distance from the centre / corner distance)^2."""
    height, width = sensor_size
    corner = np.float32((height**2 + width**2) / 4)
    y = (np.arange(height, dtype=np.float32) + np.float32(0.5 - height / 2)) ** 2
    x = (np.arange(width, dtype=np.float32) + np.float32(0.5 - width / 2)) ** 2
    return y / corner, x / corner


def radius_squared(sensor_size: tuple[int, ...]) -> NDArray[np.float32]:
    """Return (distance from the centre / corner distance)^2 of every sensor sample, (H, W)."""
    down, across = radius_parts(sensor_size)
    return down[:, None] + across[None, :]


def focus(scene: NDArray[Any], sigma: tuple[float, float], corner_blur: float) -> NDArray[Any]:
    """Blur by the lens: a Gaussian of sigma (x, y) samples that widens towards the corners."""
    sharp = cv2.GaussianBlur(scene, (0, 0), max(sigma[0], 0.05), sigmaY=max(sigma[1], 0.05))
    if corner_blur <= 0.1:
        return sharp
    soft = cv2.GaussianBlur(sharp, (0, 0), corner_blur)
    towards(sharp, soft, *radius_parts(scene.shape[:2]))
    return sharp


def magnify_colours(scene: NDArray[Any], chromatic: float) -> NDArray[Any]:
    """Enlarge red and shrink blue about the centre by half of `chromatic` each: lateral chromatic aberration."""
    if not chromatic:
        return scene
    height, width = scene.shape[:2]
    planes = list(cv2.split(scene))
    for index, sign in ((0, 0.5), (2, -0.5)):
        scale = 1.0 + sign * chromatic
        grid = np.array([[scale, 0, (1 - scale) * (width - 1) / 2], [0, scale, (1 - scale) * (height - 1) / 2]])
        planes[index] = cv2.warpAffine(planes[index], grid, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return cv2.merge(planes)
