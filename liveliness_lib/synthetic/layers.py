"""Lay rounded boxes of light on a scene, compiled by numba."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..paths import require

njit = require("numba", extra="synthetic").njit

Box = tuple[float, float, float, float]  # x_min, y_min, x_max, y_max on the sheet
Single = NDArray[np.float32]


@njit(cache=True, fastmath=True)
def _cover(where: Single, centre: Single, half: Single, radius: float, magnification: float) -> Single:
    height, width = where.shape[:2]
    out = np.empty((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            beyond_x = abs(where[y, x, 0] - centre[0]) - half[0]
            beyond_y = abs(where[y, x, 1] - centre[1]) - half[1]
            outside = (max(beyond_x, 0.0) ** 2 + max(beyond_y, 0.0) ** 2) ** 0.5
            distance = outside + min(max(beyond_x, beyond_y), 0.0) - radius
            out[y, x] = min(max(0.5 - distance * magnification, 0.0), 1.0)
    return out


def cover_of(where: Single, box: Box, radius: float, magnification: float) -> Single:
    """Return how much of each sample a rounded box covers, (H, W) in [0, 1].

    `where` (H, W, 2) holds sheet positions; `radius` is in sheet units; `magnification` is samples per sheet unit.
    """
    centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], np.float32)
    half = np.array([(box[2] - box[0]) / 2 - radius, (box[3] - box[1]) / 2 - radius], np.float32)
    covered: Single = _cover(where, centre, half, float(radius), float(magnification))
    return covered


@njit(cache=True)
def _paste(scene: Single, over: Single, gain: Single, cover: Single) -> None:
    tall, wide = over.shape[0] > 1, over.shape[1] > 1
    shaded = gain.shape[0] > 1
    for y in range(scene.shape[0]):
        for x in range(scene.shape[1]):
            part = cover[y, x]
            if part > 0:
                shade = gain[y, x] if shaded else gain[0, 0]
                for c in range(3):
                    light = over[y if tall else 0, x if wide else 0, c] * shade
                    scene[y, x, c] += (light - scene[y, x, c]) * part


def paste(scene: Single, over: ArrayLike, cover: Single, gain: Single | None = None) -> None:
    """Lay light `over`, (H, W, 3) or (3,), times `gain`, (H, W), on the scene where `cover`, (H, W), says so; in place."""
    light = np.asarray(over, np.float32)
    shade = np.ones((1, 1), np.float32) if gain is None else np.asarray(gain, np.float32)
    _paste(scene, light if light.ndim == 3 else light.reshape(1, 1, 3), shade, cover)
