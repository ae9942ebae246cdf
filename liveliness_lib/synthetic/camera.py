"""Photograph a scene: lens, filter mosaic, noise, picture processing, codec, in the order light meets them.

Every number that a profile leaves open is drawn first, from the seed alone, into `CameraSettings`; the rest is
arithmetic. The record of a photograph is those settings, so a sample can be explained and grouped by them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .codec import h264, jpeg
from .devices import CAMERAS, CameraProfile, find_camera
from .isp import colour_matrix, develop, finish, local_gain, polish, tone_table
from .light import LUMA
from .optics import focus, magnify_colours, radius_squared
from .sensor import add_noise, demosaic, sample_colours, white_balance
from .settings import CameraSettings, draw_settings

__all__ = ["CAMERAS", "CameraProfile", "CameraSettings", "Photograph", "draw_settings", "expose", "photograph"]

SENSITIVITY = (0.6, 1.0, 0.7)  # a silicon sensor sees less red and blue than green, so those channels are noisier


@dataclass(frozen=True)
class Photograph:
    """Hold a picture, (H, W, 3) uint8 RGB, and the JSON-able record of how it came about."""

    image: NDArray[np.uint8]
    record: dict[str, Any]


def sensor_size(camera: CameraProfile, image_size: tuple[int, int]) -> tuple[int, int]:
    """Return the even (height, width) of the sensor grid behind a picture of this size."""
    height, width = (max(8, 2 * round(side * camera.readout_scale / 2)) for side in image_size)
    return height, width


def check_image_size(image_size: tuple[int, int]) -> tuple[int, int]:
    """Return (height, width) as ints.

    Raises
    ------
    ValueError
        If either side is under 16 pixels.
    """
    size = (int(image_size[0]), int(image_size[1]))
    if min(size) < 16:
        raise ValueError(f"image_size must be (height, width), each at least 16. Received: {image_size}")
    return size


def output_size(camera: CameraProfile, scene_size: tuple[int, int]) -> tuple[int, int]:
    """Return a (height, width) with the camera's aspect, the scene's orientation and about its area.

    Never more pixels than the camera writes.
    """
    tall = scene_size[0] > scene_size[1]
    height, width = camera.output_size[::-1] if tall else camera.output_size
    scale = min(1.0, (scene_size[0] * scene_size[1] / (height * width)) ** 0.5)
    return max(16, round(height * scale)), max(16, round(width * scale))


def _meter(scene: NDArray[np.float32], settings: CameraSettings, exposure: float | None) -> float:
    """Return the factor from scene light to sensor signal; automatic exposure aims the mean at 18 % grey."""
    if exposure is not None:
        return float(exposure)
    light = np.clip(scene[::8, ::8], 0, None) @ LUMA
    wanted = 0.18 / max(float(light.mean()), 1e-5)
    bright = max(float(np.percentile(light, 97)), 1e-5)
    return min(wanted, 1.1 / bright) * 2.0**settings.ev


def _balance(settings: CameraSettings, white: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return gains that remove the part of a cast that this exposure's white balance finds."""
    red = (white[1] / white[0]) ** settings.awb * np.exp(settings.wb_error[0])
    blue = (white[1] / white[2]) ** settings.awb * np.exp(settings.wb_error[1])
    return float(red), 1.0, float(blue)


def expose(
    scene: NDArray[Any],
    camera: CameraProfile,
    settings: CameraSettings,
    rng: np.random.Generator,
    *,
    image_size: tuple[int, int],
    modulation: NDArray[np.float32] | None = None,
    exposure: float | None = None,
    white: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> NDArray[np.uint8]:
    """Return the written picture of light that falls on the sensor grid.

    Parameters
    ----------
    scene : (H, W, 3) float32
        Linear light at the sensor's samples, distortion already in it, lens blur not.
    modulation : (H, W) float32, optional
        Factor on each filtered sample, for patterns finer than the grid; band-limited by the caller.
    exposure : float, optional
        Factor from light to signal; None meters the scene.
    white : (R, G, B)
        Colour of the light, for the automatic white balance to find.
    """
    exposed = _meter(scene, settings, exposure)
    scene = focus(magnify_colours(scene, camera.chromatic), settings.blur, camera.corner_blur)
    first, third = exposed * SENSITIVITY[0], exposed * SENSITIVITY[2]
    raw = sample_colours(scene, camera.cfa, (first, exposed, third), camera.vignetting)
    if modulation is not None:
        raw *= modulation
    electrons = camera.full_well / settings.gain
    raw = add_noise(raw, rng, electrons=electrons, read_noise=camera.read_noise, bits=camera.bits)
    red, green, blue = (g / s for g, s in zip(_balance(settings, white), SENSITIVITY, strict=True))
    rgb = demosaic(white_balance(raw, camera.cfa, (red, green, blue)), camera.cfa, camera.demosaic)
    return encode(_processed(rgb, camera, settings, electrons), camera, settings, image_size)


def _processed(
    rgb: NDArray[np.float32], camera: CameraProfile, settings: CameraSettings, electrons: float
) -> NDArray[np.float32]:
    gain = local_gain(rgb, settings.local_tone)
    matrix = colour_matrix(settings.saturation, np.array(settings.colour_error))
    encoded = develop(rgb, matrix, tone_table(settings.contrast, settings.lift), gain)
    signal = 0.18 * electrons
    # Luma noise at 18 % grey after demosaicing (about 0.6 of a sample's) and the curve (slope about 1.1).
    noise = 0.65 * (signal + camera.read_noise**2) ** 0.5 / electrons
    return polish(
        encoded,
        noise=noise,
        denoise=settings.denoise,
        chroma_denoise=settings.chroma_denoise,
        sharpen=settings.sharpen,
        radius=camera.sharpen_radius,
    )


def encode(
    encoded: NDArray[np.float32], camera: CameraProfile, settings: CameraSettings, image_size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return the picture resized and passed through the codec."""
    image = finish(encoded, image_size, camera.resize)
    if settings.codec == "none":
        return image
    if settings.codec == "h264":
        return h264(image, crf=round(51 - 0.33 * settings.quality))
    return jpeg(image, settings.quality, camera.subsampling)


def describe(camera: CameraProfile, settings: CameraSettings, seed: int) -> dict[str, Any]:
    """Return the part of a record that the camera explains."""
    return {"camera": camera.name, "camera_kind": camera.kind, "seed": seed, "settings": asdict(settings)}


def photograph(
    radiance: NDArray[np.floating],
    camera: str | CameraProfile,
    *,
    seed: int,
    exposure: float | None = None,
    image_size: tuple[int, int] | None = None,
    white: tuple[float, float, float] = (1.0, 1.0, 1.0),
    codec: str | None = None,
) -> Photograph:
    """Take a picture of linear light.

    Parameters
    ----------
    radiance : (H, W, 3) float
        Linear light, sRGB primaries, any scale unless `exposure` is given.
    camera : str or CameraProfile
        Name in `CAMERAS`, or a profile.
    exposure : float, optional
        Factor from radiance to sensor signal (1 = saturation). None: automatic, with the profile's error.
    image_size : (height, width), optional
        Size of the picture; the size of `radiance` if None.
    white : (R, G, B)
        Linear colour of the light on the scene, for the white balance to find.
    codec : {'jpeg', 'h264', 'none'}, optional
        JPEG unless said otherwise.

    Raises
    ------
    ValueError
        If the radiance is not (H, W, 3) of at least 16 pixels a side, or a name is unknown.
    """
    profile = find_camera(camera)
    radiance = np.asarray(radiance, np.float32)
    if radiance.ndim != 3 or radiance.shape[2] != 3 or min(radiance.shape[:2]) < 16:
        raise ValueError(f"radiance must be (H, W, 3), sides at least 16. Received: {radiance.shape}")
    rng = np.random.default_rng(seed)
    settings = draw_settings(profile, rng, codec=codec)
    size = check_image_size(image_size or (radiance.shape[0], radiance.shape[1]))
    grid = sensor_size(profile, size)
    shrinks = grid[0] < radiance.shape[0]
    scene = cv2.resize(radiance, grid[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    scene = _distorted(scene, profile.distortion)
    image = expose(scene, profile, settings, rng, image_size=size, exposure=exposure, white=white)
    record = describe(profile, settings, seed) | {"instrument": "none", "image_size": list(size), "white": list(white)}
    return Photograph(image, record)


def _distorted(scene: NDArray[Any], strength: float) -> NDArray[Any]:
    """Bend the picture by the lens, enlarged just enough that no border shows."""
    if not strength:
        return scene
    height, width = scene.shape[:2]
    grow = (1.0 + strength * radius_squared((height, width))).astype(np.float32)
    grow /= np.float32(1.0 + max(strength, 0.0))
    x = (np.arange(width, dtype=np.float32) + 0.5 - width / 2)[None, :] * grow + np.float32(width / 2 - 0.5)
    y = (np.arange(height, dtype=np.float32) + 0.5 - height / 2)[:, None] * grow + np.float32(height / 2 - 0.5)
    return cv2.remap(scene, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
