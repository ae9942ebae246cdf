"""Average pixel areas quickly: halve first, by the 2x2 means that OpenCV has in vector instructions, then the rest.

A mean of areas over any other ratio takes OpenCV ten times as long a pixel. Halving ends while the picture is still at
least three times as large as asked for: a pixel that the last step shares out between two of the result is a third of
one at most, and 99 in 100 values of a photo stay within one grey level. Each step rounds to whole levels, a half upwards.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_LEFT = 3
"""So many times as large as asked for, at least, is a picture that was halved."""


def halvings(size: tuple[int, int], image_size: tuple[int, int]) -> int:
    """Return how often a picture of `size` is halved before it is averaged to `image_size`, both (height, width).

    Examples
    --------
    >>> halvings((1107, 837), (96, 96)), halvings((410, 310), (96, 96)), halvings((4000, 3000), (96, 96))
    (1, 0, 3)
    """
    ratio = min(size[0] / image_size[0], size[1] / image_size[1]) / _LEFT
    return math.floor(math.log2(ratio)) if ratio > 1 else 0


def halve(image: NDArray[Any], times: int) -> NDArray[Any]:
    """Return the means of 2x2 pixels, `times` over; both sides have to be multiples of ``2 ** times``."""
    for _ in range(times):
        size = (image.shape[1] // 2, image.shape[0] // 2)
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return image


def average(image: NDArray[Any], part: tuple[float, float], image_size: tuple[int, int]) -> NDArray[Any]:
    """Average the first `part` of the rows and columns, whole or not, to `image_size`, at most as large.

    Parameters
    ----------
    image : ndarray, shape (H, W) or (H, W, C)
    part : (height, width)
        Less than a pixel below H and W: of the last row and column only that much is seen.
    image_size : (height, width)

    Returns
    -------
    ndarray, shape (height, width) or (height, width, C)
    """
    (rows, columns), (height, width) = part, image_size
    if (rows, columns) == image.shape[:2]:
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    # Given the factors instead of the size, OpenCV measures its areas by them and rounds the size from them.
    whole = cv2.resize(image, None, fx=width / columns, fy=height / rows, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(whole[:height, :width])


def shrink(image: NDArray[Any], image_size: tuple[int, int]) -> NDArray[Any]:
    """Average pixel areas to (height, width), at most as large as the image on both sides."""
    height, width = image.shape[:2]
    times = halvings((height, width), image_size)
    step = 2**times
    below, right = -height % step, -width % step
    if below or right:
        image = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
    return average(halve(image, times), (height / step, width / step), image_size)
