"""How alike a photograph and its filmed self are, whatever the screen and the camera did to light and colour."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib import images
from liveliness_lib.dataset.slide_layout import Box

SIDE = 32
"""Pictures are compared at 32 x 32: finer detail does not survive filming, coarser does not tell people apart."""


def descriptor(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe a picture by its luma at 32 x 32, minus slow gradients of light, with unit length.

    The product of two descriptors is a normalised cross-correlation: 1 for the same picture, near 0 for unrelated ones.

    Parameters
    ----------
    image
        (H, W, 3) or (H, W) uint8; its shape does not matter, both pictures are stretched to a square.

    Returns
    -------
    ndarray, shape (1024,), float32
    """
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = images.resize_image(grey, (SIDE, SIDE)).astype(np.float32)
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), np.float32)
    # A display's gain changes across the picture and a camera's exposure with time; both are gone after this.
    local = small - cv2.GaussianBlur(small, (0, 0), 10)
    vector = (local - local.mean()).ravel()
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > SIDE * 0.5 else np.zeros_like(vector)


def match_score(photo: NDArray[np.uint8], filmed: NDArray[np.uint8]) -> float:
    """Return the likeness of a photograph and its rectified film: -1 to 1, above 0.9 for most good frames.

    Two featureless pictures are not comparable and score 0.
    """
    return float(descriptor(photo) @ descriptor(filmed))


def rectify(
    frame: NDArray[np.uint8], homography: NDArray[np.float64], box: Box, image_size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return the part of a slide in `box`, seen through `homography` (slide to frame pixels), head-on.

    Parameters
    ----------
    frame
        (H, W, 3) or (H, W) uint8.
    homography
        (3, 3), between continuous pixel coordinates.
    box
        In slide pixels.
    image_size
        ``(height, width)`` of the result.
    """
    height, width = image_size
    x0, y0, x1, y1 = box
    to_slide = np.array([[(x1 - x0) / width, 0, x0], [0, (y1 - y0) / height, y0], [0, 0, 1]])
    whole = centre_pixels(homography @ to_slide)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(frame, whole, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.uint8)


def centre_pixels(homography: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn a homography of continuous pixels (first centre at 0.5) into OpenCV's (first centre at 0)."""
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.linalg.inv(half) @ homography @ half


def sharpness(image: NDArray[np.uint8]) -> float:
    """Return the RMS of the Laplacian of the luma over the RMS contrast: high is sharp, motion blur is near 0.

    Dividing by the contrast makes a dim frame comparable with a bright one.
    """
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    contrast = float(cv2.meanStdDev(grey)[1][0, 0])
    if contrast < 1:
        return 0.0
    # A light blur first, so that sensor noise does not count as detail; in floats, or its rounding would.
    edges = cv2.Laplacian(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0), cv2.CV_32F)
    return float(np.sqrt((edges**2).mean()) / contrast)
