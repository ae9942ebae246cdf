"""Make a real take and an attack alike in tone and sharpness, so that neither tells them apart.

Real recaptures are softer and bluer than live faces in most homes, simulated ones too, and a network learns that before
anything else. It does not carry: the next webcam is softer than the last home's attacks. In a share of the pairs that
are learnt from together, one of the two therefore takes over the other's mean and spread of colour (Reinhard and others,
2001, "Color transfer between images"), or the sharper one is blurred until both are equally soft.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
SIGMAS = (0.35, 0.5, 0.65, 0.8, 1.0, 1.3, 1.7, 2.2)
"""Blurs that are tried, in pixels, weakest first."""


def match_pair(first: Image, second: Image, rng: np.random.Generator, *, colour: float, sharpness: float) -> None:
    """Make two takes alike, in place.

    Parameters
    ----------
    first, second : (K, H, W, 3) uint8 RGB
        The crops of two takes, the face first; black where they reach beyond the picture.
    rng
        Draws whether, and which one takes over the other's colours.
    colour, sharpness
        Probabilities.
    """
    if rng.random() < colour:
        taker, giver = (first, second) if rng.random() < 0.5 else (second, first)
        _take_colours(taker, giver[0])
    if rng.random() < sharpness:
        for one, other in zip(first, second, strict=True):
            _soften(one, other)


def _take_colours(crops: NDArray[np.uint8], face: Image) -> None:
    """Give crops the colours of another face: mean and spread of each channel of CIE Lab, measured on the faces."""
    mean, spread = _colours(crops[0])
    wanted_mean, wanted_spread = _colours(face)
    gain = np.clip(wanted_spread / spread, 0.4, 2.5)
    for crop in crops:
        beyond = ~crop.any(axis=2)
        lab = cv2.cvtColor(crop, cv2.COLOR_RGB2LAB).astype(np.float32)
        lab = np.clip((lab - mean) * gain + wanted_mean, 0, 255).astype(np.uint8)
        crop[:] = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
        crop[beyond] = 0


def _colours(face: Image) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    mean, spread = cv2.meanStdDev(cv2.cvtColor(face, cv2.COLOR_RGB2LAB))
    return mean.ravel().astype(np.float32), spread.ravel().astype(np.float32) + 2.0  # a level and a half of noise


def sharpness_of(crop: Image) -> float:
    """Return the variance of the Laplacian of the luminance."""
    return float(cv2.Laplacian(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


def _soften(one: Image, other: Image) -> None:
    first, second = sharpness_of(one), sharpness_of(other)
    sharper, limit = (one, 1.1 * second) if first > second else (other, 1.1 * first)
    if max(first, second) <= limit:
        return
    beyond, sharp = ~sharper.any(axis=2), sharper.copy()
    for sigma in SIGMAS:
        blurred = cv2.GaussianBlur(sharp, (0, 0), sigma)
        if sharpness_of(blurred) <= limit:
            break
    blurred[beyond] = 0
    sharper[:] = blurred
