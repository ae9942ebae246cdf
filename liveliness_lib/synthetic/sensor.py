"""Turn light on the sensor into noisy colour-filtered samples, and those into colours again."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .optics import radius_parts
from .sampling import balance, demosaic_bilinear, demosaic_gradient, expose_raw, mosaic

_DEMOSAICS = {"bilinear": demosaic_bilinear, "gradient": demosaic_gradient}
_PATTERNS = ("RGGB", "BGGR", "GRBG", "GBRG")


def filter_planes(cfa: str) -> NDArray[np.int64]:
    """Return which colour (0 R, 1 G, 2 B) each sample of the 2x2 cell sees, (2, 2).

    Raises
    ------
    ValueError
        If the pattern is not one of the four Bayer patterns.

    >>> filter_planes("GRBG").tolist()
    [[1, 0], [2, 1]]
    """
    if cfa not in _PATTERNS:
        raise ValueError(f"cfa must be one of {', '.join(_PATTERNS)}. Received: {cfa!r}")
    return np.array(["RGB".index(colour) for colour in cfa], np.int64).reshape(2, 2)


def sample_colours(
    scene: NDArray[np.float32], cfa: str, gains: tuple[float, float, float], vignetting: float = 0.0
) -> NDArray[np.float32]:
    """Return the colour-filtered samples, (H, W), of a scene, (H, W, 3), each channel times its gain.

    `vignetting` is the share of the light that is lost at the corners, falling with the square of the distance.
    """
    down, across = (part * np.float32(vignetting) for part in radius_parts(scene.shape[:2]))
    scene, planes = np.ascontiguousarray(scene, np.float32), filter_planes(cfa)
    sampled: NDArray[np.float32] = mosaic(scene, planes, np.asarray(gains, np.float32), down, across)
    return sampled


def white_balance(raw: NDArray[np.float32], cfa: str, gains: tuple[float, float, float]) -> NDArray[np.float32]:
    """Multiply samples by the gain of their channel (R, G, B) and clip them at saturation, in place; return them."""
    balance(raw, filter_planes(cfa), np.asarray(gains, np.float32))
    return raw


def add_noise(
    raw: NDArray[np.float32], rng: np.random.Generator, *, electrons: float, read_noise: float, bits: int
) -> NDArray[np.float32]:
    """Return samples with shot and read noise, clipped at saturation (1.0) and quantised.

    Parameters
    ----------
    electrons : float
        Electrons at saturation, after analogue gain.
    read_noise : float
        Standard deviation in electrons.
    """
    noisy = np.array(raw, np.float32)
    deviates = rng.standard_normal(raw.shape, dtype=np.float32)
    expose_raw(noisy, deviates, float(electrons), float(read_noise), float(2**bits - 1))
    return noisy


def demosaic(raw: NDArray[np.float32], cfa: str, kind: str = "gradient") -> NDArray[np.float32]:
    """Return colours, (H, W, 3) float32, of colour-filtered samples, (H, W). Exact on flat patches.

    Raises
    ------
    ValueError
        If the kind is unknown or the sides are odd.
    """
    if kind not in _DEMOSAICS:
        raise ValueError(f"kind must be one of {', '.join(_DEMOSAICS)}. Received: {kind!r}")
    if raw.ndim != 2 or raw.shape[0] % 2 or raw.shape[1] % 2 or min(raw.shape) < 4:
        raise ValueError(f"raw must be (H, W) with even sides of at least 4. Received: {raw.shape}")
    # Reflection about the edge sample keeps the parity of rows and columns, hence the colours.
    padded = cv2.copyMakeBorder(np.asarray(raw, np.float32), 2, 2, 2, 2, cv2.BORDER_REFLECT_101)
    return _DEMOSAICS[kind](padded, filter_planes(cfa))
