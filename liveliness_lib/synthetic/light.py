"""Convert between encoded and linear light, and name whites by their colour temperature."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

# IEC 61966-2-1, CIE XYZ (D65) to linear sRGB.
XYZ_TO_RGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def to_linear(encoded: NDArray[np.floating]) -> NDArray[np.float64]:
    """Undo the sRGB curve: encoded values in [0, 1] to linear light (IEC 61966-2-1).

    >>> to_linear(np.array([0.0, 0.5, 1.0])).round(4).tolist()
    [0.0, 0.214, 1.0]
    """
    encoded = np.asarray(encoded, np.float64)
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def to_encoded(linear: NDArray[np.floating]) -> NDArray[np.float64]:
    """Apply the sRGB curve: linear light, clipped to [0, 1], to encoded values."""
    linear = np.clip(np.asarray(linear, np.float64), 0.0, 1.0)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


@lru_cache(maxsize=1)
def _decode_table() -> NDArray[np.float32]:
    return to_linear(np.arange(256) / 255.0).astype(np.float32)


def photo_to_linear(photo: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return linear light in [0, 1], float32, of an sRGB uint8 picture of any shape."""
    return look_up(photo, _decode_table())


def look_up(photo: NDArray[np.uint8], table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``table[photo]`` for a table of 256; OpenCV's is several times as fast on a picture."""
    if photo.ndim != 3 or photo.shape[2] > 4:
        return table[photo]
    return np.asarray(cv2.LUT(photo, table), np.float32)


def white_of(kelvin: float) -> tuple[float, float, float]:
    """Return linear sRGB of a white of this correlated colour temperature, green being 1.

    Planckian below 4000 K (Kim et al. 2002), CIE daylight above (CIE 15:2004); 1667 to 25000 K.

    >>> tuple(round(value, 1) for value in white_of(6504))
    (1.0, 1.0, 1.0)
    """
    t = float(np.clip(kelvin, 1667.0, 25000.0))
    if t < 4000.0:
        x = -0.2661239e9 / t**3 - 0.2343589e6 / t**2 + 0.8776956e3 / t + 0.179910
        if t < 2222.0:
            y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
        else:
            y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        x = -4.6070e9 / t**3 + 2.9678e6 / t**2 + 0.09911e3 / t + 0.244063
        if t > 7000.0:
            x = -2.0064e9 / t**3 + 1.9018e6 / t**2 + 0.24748e3 / t + 0.237040
        y = -3.0 * x**2 + 2.870 * x - 0.275
    rgb = XYZ_TO_RGB @ np.array([x / y, 1.0, (1.0 - x - y) / y])
    rgb = np.maximum(rgb, 0.02)
    return (float(rgb[0] / rgb[1]), 1.0, float(rgb[2] / rgb[1]))
