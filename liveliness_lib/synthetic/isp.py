"""Process a colour picture the way a camera does: denoise, colour, tone, sharpen, resize."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .light import LUMA, to_encoded
from .sampling import colour_and_tone, core_and_sharpen

Picture = NDArray[Any]  # float32; OpenCV states no element type
_RESIZES = {
    "area": cv2.INTER_AREA,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "nearest": cv2.INTER_NEAREST,
}


def tone_table(contrast: float, lift: float = 0.0, size: int = 1024) -> NDArray[np.float32]:
    """Return encoded values over a square-root grid of linear light: sRGB bent by an S-curve.

    `contrast` blends the identity with a smoothstep; `lift` raises the black point.
    """
    encoded = to_encoded(np.linspace(0.0, 1.0, size) ** 2)
    bent = encoded + contrast * (encoded**2 * (3.0 - 2.0 * encoded) - encoded)
    return (lift + (1.0 - lift) * bent).astype(np.float32)


def colour_matrix(saturation: float, error: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return a (3, 3) matrix whose rows sum to one, so that greys stay grey.

    `error` (3, 3) perturbs the off-diagonal entries.
    """
    matrix = np.eye(3) * saturation + (1.0 - saturation) * np.tile(LUMA.astype(float), (3, 1))
    matrix = matrix @ (np.eye(3) + error * (1.0 - np.eye(3)))
    return (matrix / matrix.sum(1, keepdims=True)).astype(np.float32)


def local_gain(rgb: Picture, strength: float) -> Picture:
    """Return what lifts dark regions and holds bright ones (linear light), (H, W), or (1, 1) where nothing does.

    gain = (local mean / 0.18)^-strength, limited.
    """
    if strength < 0.02:
        return np.ones((1, 1), np.float32)
    height, width = rgb.shape[:2]
    small = cv2.resize(rgb, (max(width // 16, 2), max(height // 16, 2)), interpolation=cv2.INTER_AREA) @ LUMA
    local = cv2.GaussianBlur(small, (0, 0), max(min(small.shape) / 12, 1.0))
    gain = np.clip((np.maximum(local, 0.005) / 0.18) ** -strength, 0.6, 2.2).astype(np.float32)
    return cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR)


def develop(rgb: Picture, matrix: NDArray[np.float32], table: NDArray[np.float32], gain: Picture) -> Picture:
    """Turn linear colours into encoded ones in [0, 1], in place: gain, matrix, then tone table; return them."""
    colour_and_tone(rgb, gain, matrix, table)
    return rgb


def polish(
    encoded: Picture, *, noise: float, denoise: float, chroma_denoise: float, sharpen: float, radius: float
) -> Picture:
    """Return encoded colours after luma coring, chroma smoothing and unsharp masking.

    Detail below about ``denoise * noise`` is noise to the camera and is shrunk (Wiener-like gain d^2/(d^2+t^2));
    what is above is sharpened. `noise` is the luma noise in encoded units, `radius` in samples.
    """
    space = cv2.cvtColor(encoded, cv2.COLOR_RGB2YCrCb)
    luma = cv2.extractChannel(space, 0)
    smooth = cv2.GaussianBlur(luma, (0, 0), max(radius, 0.5))
    core_and_sharpen(luma, smooth, (denoise * noise) ** 2 + 1e-9 if denoise > 0 else 0.0, 1.0 + sharpen)
    _smooth_chroma(space, chroma_denoise)
    cv2.insertChannel(luma, space, 0)
    return cv2.cvtColor(space, cv2.COLOR_YCrCb2RGB)


def _smooth_chroma(space: Picture, sigma: float) -> None:
    """Blur the colour differences of luma, red, blue, (H, W, 3), at half resolution, as phones do; in place."""
    if sigma < 0.3:
        return
    height, width = space.shape[:2]
    small = cv2.resize(space, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    both = cv2.GaussianBlur(np.ascontiguousarray(small[..., 1:]), (0, 0), sigma / 2)
    both = cv2.resize(both, (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.mixChannels([both], [space], [0, 1, 1, 2])


def finish(encoded: Picture, image_size: tuple[int, int], resize: str) -> NDArray[Any]:
    """Return a uint8 picture of this (height, width)."""
    if encoded.shape[:2] != tuple(image_size):
        method = _RESIZES[resize]
        if encoded.shape[0] < image_size[0] and method == cv2.INTER_AREA:
            method = cv2.INTER_CUBIC
        encoded = cv2.resize(encoded, image_size[::-1], interpolation=method)
    return cv2.convertScaleAbs(np.maximum(encoded, 0, out=encoded), alpha=255.0)
