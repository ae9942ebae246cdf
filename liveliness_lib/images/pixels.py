"""Arrays of pixels: any shape and depth to RGB uint8, channel order, resizing."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.images.shrink import shrink

_BLOCK_ROWS = 64


def to_rgb(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Convert an array of any common layout to RGB uint8.

    Parameters
    ----------
    array : ndarray, shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)
        Grey, RGB or RGBA. uint8 0-255; uint16 0-65535; bool; floats 0-1; other integers 0-255.
        Alpha is laid over white, as a browser shows it.

    Returns
    -------
    ndarray, shape (H, W, 3), uint8
        A new, writable, contiguous array.

    Raises
    ------
    ValueError
        For another shape, another kind of number, or values outside the range.

    Examples
    --------
    >>> to_rgb(np.array([[0.0, 1.0]])).tolist()
    [[[0, 0, 0], [255, 255, 255]]]
    """
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        raise ValueError(f"expected shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4). Received: {array.shape}")
    pixels = _to_uint8(array)
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    if pixels.shape[2] == 4:
        return _over_white(pixels)
    return np.array(pixels, order="C")


def _to_uint8(array: NDArray[Any]) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:  # in either byte order
        return (array >> 8).astype(np.uint8)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    kind = array.dtype.kind
    if kind not in "iuf":
        raise ValueError(f"expected numbers. Received: dtype {array.dtype}")
    low, high, top = float(array.min()), float(array.max()), 1.0 if kind == "f" else 255.0
    if not (low >= 0 and high <= top):  # written so that NaN fails it
        remedy = "; divide 0-255 floats by 255" if kind == "f" else ""
        raise ValueError(f"expected {array.dtype} values in 0-{top:g}{remedy}. Received: {low:g} to {high:g}")
    return (array * 255.0 + 0.5).astype(np.uint8) if kind == "f" else array.astype(np.uint8)


def _over_white(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay RGBA over white: ``colour * alpha + 255 * (1 - alpha)``, rounded to the nearest."""
    result = np.empty((*rgba.shape[:2], 3), np.uint8)
    for top in range(0, rgba.shape[0], _BLOCK_ROWS):  # 16-bit sums of a whole photo would take twice its memory
        block = rgba[top : top + _BLOCK_ROWS]
        alpha = block[:, :, 3:].astype(np.uint16)
        mixed = block[:, :, :3] * alpha + 255 * (255 - alpha)  # at most 255 * 255, so 16 bits hold it
        result[top : top + _BLOCK_ROWS] = (mixed + 127) // 255
    return result


def to_bgr(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Swap RGB to BGR for the OpenCV calls that expect it; returns a new contiguous array."""
    return _swapped(image)


def from_bgr(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Swap what OpenCV read, BGR, to RGB; returns a new contiguous array."""
    return _swapped(image)


def _swapped(image: NDArray[Any]) -> NDArray[Any]:
    """Turn the channels around; OpenCV needs a third of the time of a copy along a negative stride."""
    if image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    return np.ascontiguousarray(image[:, :, ::-1])


def resize_image(image: NDArray[Any], image_size: tuple[int, int]) -> NDArray[Any]:
    """Resize to (height, width): average pixel areas along an axis that shrinks, interpolate along one that grows.

    Parameters
    ----------
    image : ndarray, shape (H, W) or (H, W, C), uint8 or float32
    image_size : tuple of int
        Height and width in pixels, each at least 1.

    Returns
    -------
    ndarray, shape (height, width) or (height, width, C)
        Of the same type; always a new array.
    """
    height, width = int(image_size[0]), int(image_size[1])
    if height < 1 or width < 1 or 0 in image.shape:
        raise ValueError(f"expected sizes of at least 1. Received: {image.shape} to {tuple(image_size)}")
    if image.shape[:2] == (height, width):
        return np.array(image, order="C")
    # OpenCV takes rows that lie apart, so that a part of a photo need not be copied out of it.
    rows_alone = image[0].flags.c_contiguous and image.strides[0] >= image[0].nbytes
    source = image if rows_alone else np.ascontiguousarray(image)
    # One call of INTER_AREA would interpolate on both axes as soon as one of them grows, and alias on the other.
    smaller = (min(width, source.shape[1]), min(height, source.shape[0]))
    if smaller != (source.shape[1], source.shape[0]):
        source = shrink(source, smaller[::-1])
    if smaller != (width, height):
        source = cv2.resize(source, (width, height), interpolation=cv2.INTER_LINEAR)
    return source if source.ndim == image.ndim else source[:, :, None]
