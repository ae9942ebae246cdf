"""Cut faces as MiniFASNet's training did, to the pixel: an edge rounded differently moves its answer by up to 0.06."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.crops import clip_box


def cut_as_minifasnet(
    image: NDArray[np.uint8], box: Sequence[float], scale: float, image_size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Cut a face with its surroundings, moved and shrunk until it fits into the image.

    It differs from ``crops.cut_face(border="shift")`` in three things: box and crop edges are truncated, not rounded,
    and the last row and column belong to the crop; the crop fits an image one pixel smaller; and shrinking interpolates
    linearly between four pixels, so fine texture aliases, which this network has learned to read.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), uint8
        RGB.
    box : sequence of float
        x_min, y_min, x_max, y_max in pixels; may leave the image, but not wholly.
    scale : float
        Grow the box about its centre by this factor, as far as the image allows with the aspect kept.
    image_size : (height, width)
        Of the result.

    Returns
    -------
    ndarray, shape (height, width, 3), uint8

    Raises
    ------
    ValueError
        A box without area or wholly outside the image.
    """
    height, width = image.shape[:2]
    clip_box(box, (height, width))
    left, top = int(box[0]), int(box[1])
    box_width, box_height = max(int(box[2] - box[0]), 1), max(int(box[3] - box[1]), 1)
    fit = min((height - 1) / box_height, (width - 1) / box_width, scale)
    x = _place(left + box_width / 2, box_width * fit, width - 1)
    y = _place(top + box_height / 2, box_height * fit, height - 1)
    crop = np.ascontiguousarray(image[y[0] : y[1] + 1, x[0] : x[1] + 1])
    resized = cv2.resize(crop, (image_size[1], image_size[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized, np.uint8)


def _place(centre: float, length: float, last: int) -> tuple[int, int]:
    """Return the first and last pixel of a stretch about `centre`, moved to lie within 0 and `last`."""
    start, end = centre - length / 2, centre + length / 2
    if start < 0:
        start, end = 0.0, end - start
    if end > last:
        start, end = start - (end - last), float(last)
    first = min(max(int(start), 0), last)
    return first, min(max(int(end), first), last)
