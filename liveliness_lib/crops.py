"""Grow, clip, cut and resize face boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.images import resize_image
from liveliness_lib.images.shrink import average, halve, halvings

Box = tuple[float, float, float, float]
Edges = tuple[int, int, int, int]

BORDERS = ("clip", "shift", "pad", "black")
_MAX_CROP_PIXELS = 64_000_000


def check_box(box: Sequence[float]) -> Box:
    """Return a box as four floats.

    Raises
    ------
    ValueError
        Unless it is four finite numbers with ``x_min < x_max`` and ``y_min < y_max``.
    """
    values = tuple(float(v) for v in box)
    if len(values) != 4 or not all(map(math.isfinite, values)) or values[0] >= values[2] or values[1] >= values[3]:
        raise ValueError(f"expected a box (x_min, y_min, x_max, y_max) with some area. Received: {tuple(box)}")
    return values


def grow_box(box: Sequence[float], scale: float) -> Box:
    """Scale a box about its centre.

    Parameters
    ----------
    box : sequence of float
        x_min, y_min, x_max, y_max in pixels.
    scale : float
        Factor on width and height, above 0; 1 changes nothing.

    Examples
    --------
    >>> grow_box((10, 20, 30, 60), 1.5)
    (5.0, 10.0, 35.0, 70.0)
    """
    if not (scale > 0 and math.isfinite(scale)):
        raise ValueError(f"expected a scale above 0. Received: {scale}")
    x_min, y_min, x_max, y_max = check_box(box)
    if scale == 1:
        return x_min, y_min, x_max, y_max
    return _about((x_min + x_max) / 2, (y_min + y_max) / 2, (x_max - x_min) * scale, (y_max - y_min) * scale)


def square_box(box: Sequence[float]) -> Box:
    """Widen the shorter side of a box about its centre, so that nothing of it is lost.

    Examples
    --------
    >>> square_box((10, 20, 30, 60))
    (0.0, 20.0, 40.0, 60.0)
    """
    x_min, y_min, x_max, y_max = check_box(box)
    side = max(x_max - x_min, y_max - y_min)
    return _about((x_min + x_max) / 2, (y_min + y_max) / 2, side, side)


def _about(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def clip_box(box: Sequence[float], image_size: tuple[int, int]) -> Box:
    """Cut off what lies outside an image of (height, width).

    Raises
    ------
    ValueError
        When nothing is left.

    Examples
    --------
    >>> clip_box((-5, 10, 20, 90), (60, 80))
    (0.0, 10.0, 20.0, 60.0)
    """
    x_min, y_min, x_max, y_max = check_box(box)
    height, width = image_size
    if x_max <= 0 or y_max <= 0 or x_min >= width or y_min >= height:
        raise ValueError(f"expected a box that meets the image, {height} high and {width} wide. Received: {tuple(box)}")
    return max(x_min, 0.0), max(y_min, 0.0), min(x_max, float(width)), min(y_max, float(height))


def shift_box(box: Sequence[float], image_size: tuple[int, int]) -> Box:
    """Move a box into an image of (height, width), shrinking it with its aspect kept where it is larger.

    Examples
    --------
    >>> shift_box((-5, 10, 20, 30), (60, 80))
    (0.0, 10.0, 25.0, 30.0)

    Twice as wide as the image: halved about its centre (50, 30), then moved by the 20 that stick out at the right.

    >>> shift_box((-10, 0, 110, 60), (60, 60))
    (0.0, 15.0, 60.0, 45.0)
    """
    x_min, y_min, x_max, y_max = check_box(box)
    height, width = image_size
    clip_box(box, image_size)
    shrink = min(1.0, width / (x_max - x_min), height / (y_max - y_min))
    if shrink < 1:
        x_min, y_min, x_max, y_max = grow_box((x_min, y_min, x_max, y_max), shrink)
    right = max(0.0, -x_min) - max(0.0, x_max - width)
    down = max(0.0, -y_min) - max(0.0, y_max - height)
    return x_min + right, y_min + down, x_max + right, y_max + down


def cut_face(
    image: NDArray[np.uint8],
    box: Sequence[float],
    *,
    scale: float = 1.0,
    square: bool = False,
    image_size: tuple[int, int] | None = (32, 32),
    border: str = "clip",
) -> NDArray[np.uint8]:
    """Cut a face box out of an image and resize it.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), uint8
        RGB.
    box : sequence of float
        x_min, y_min, x_max, y_max in pixels; may leave the image, but not wholly.
    scale : float
        Grow the box about its centre by this factor first.
    square : bool
        Then widen its shorter side, so that a square `image_size` does not distort the face.
    image_size : (height, width) or None
        Of the result; None keeps the native resolution. Pixel areas are averaged where the crop shrinks.
    border : {'clip', 'shift', 'pad', 'black'}
        What happens to a grown box that leaves the image: cut off (the face is no longer central, and its aspect
        changes), moved and shrunk until it fits, filled by the image mirrored at its edge, or filled with black.

    Returns
    -------
    ndarray, shape (height, width, 3), uint8
        A new array.

    Raises
    ------
    ValueError
        A box without area or, grown or not, wholly outside the image; a crop of more than 64 million pixels;
        an unknown border.
    """
    if border not in BORDERS:
        raise ValueError(f"expected a border among {BORDERS}. Received: {border!r}")
    if image.ndim != 3 or 0 in image.shape:
        raise ValueError(f"expected an image (H, W, 3). Received: {image.shape}")
    size = image.shape[:2]
    clip_box(box, size)  # the face itself has to be in the picture, whatever the grown box would show
    wide = grow_box(box, scale)
    if square:
        wide = square_box(wide)
    if border == "clip":
        wide = clip_box(wide, size)
    elif border == "shift":
        wide = shift_box(wide, size)
    edges = _whole_pixels(wide)
    if border == "black":
        return _on_black(image, edges, image_size)
    crop = _cut(image, edges, border)
    return np.array(crop, order="C") if image_size is None else resize_image(crop, image_size)


def _whole_pixels(box: Box) -> Edges:
    """Round the edges of a box to the nearest pixel; at least one pixel is left."""
    x_min, y_min = math.floor(box[0] + 0.5), math.floor(box[1] + 0.5)
    x_max, y_max = max(math.floor(box[2] + 0.5), x_min + 1), max(math.floor(box[3] + 0.5), y_min + 1)
    if (x_max - x_min) * (y_max - y_min) > _MAX_CROP_PIXELS:
        size = f"{x_max - x_min} x {y_max - y_min}"
        raise ValueError(f"expected a crop of at most {_MAX_CROP_PIXELS:,} pixels. Received: {size}")
    return x_min, y_min, x_max, y_max


def _cut(image: NDArray[np.uint8], edges: Edges, border: str) -> NDArray[np.uint8]:
    x_min, y_min, x_max, y_max = edges
    height, width = image.shape[:2]
    if border == "pad" and (x_min < 0 or y_min < 0 or x_max > width or y_max > height):
        rows, columns = _mirror(np.arange(y_min, y_max), height), _mirror(np.arange(x_min, x_max), width)
        return image.take(rows, axis=0).take(columns, axis=1)  # five times as fast as one index by both
    # A sliver at the far edge rounds to beyond it.
    y_min, x_min = min(y_min, height - 1), min(x_min, width - 1)
    return image[y_min : max(y_max, y_min + 1), x_min : max(x_max, x_min + 1)]


def _on_black(image: NDArray[np.uint8], edges: Edges, image_size: tuple[int, int] | None) -> NDArray[np.uint8]:
    """Cut, and resize if asked to: as on a black canvas, but only what lies in the picture is copied and halved."""
    x_min, y_min, x_max, y_max = edges
    step = 1 if image_size is None else 2 ** halvings((y_max - y_min, x_max - x_min), image_size)
    rows, columns = _Stretch(y_min, y_max, image.shape[0], step), _Stretch(x_min, x_max, image.shape[1], step)
    canvas = np.zeros((rows.blocks, columns.blocks, image.shape[2]), image.dtype)
    if rows.seen and columns.seen:
        inside = _whole_blocks(image[rows.seen, columns.seen], rows, columns)
        small = halve(inside, step.bit_length() - 1)
        canvas[rows.first : rows.first + small.shape[0], columns.first : columns.first + small.shape[1]] = small
    if image_size is None or step == 1:
        return canvas if image_size is None else resize_image(canvas, image_size)
    return average(canvas, ((y_max - y_min) / step, (x_max - x_min) / step), image_size)


class _Stretch:
    """Say what a crop from `start` to `stop` shows of a side of `length` pixels, in blocks of `step` from `start`."""

    def __init__(self, start: int, stop: int, length: int, step: int) -> None:
        self.blocks = -(-(stop - start) // step)
        low, high = max(start, 0), min(stop, length)
        self.seen = slice(low, high) if low < high else None
        self.first, self.before = divmod(low - start, step)
        self.after = -(self.before + high - low) % step
        self.black_after = stop > length


def _whole_blocks(inside: NDArray[np.uint8], rows: _Stretch, columns: _Stretch) -> NDArray[np.uint8]:
    """Fill the blocks at the edges: with black beyond the picture, with the last pixel beyond the crop."""
    margins = (rows.before, rows.after, columns.before, columns.after)
    if not any(margins):
        return inside
    whole = np.asarray(cv2.copyMakeBorder(inside, *margins, cv2.BORDER_REPLICATE), np.uint8)
    whole[: rows.before] = whole[:, : columns.before] = 0
    if rows.black_after:
        whole[whole.shape[0] - rows.after :] = 0
    if columns.black_after:
        whole[:, whole.shape[1] - columns.after :] = 0
    return whole


def _mirror(index: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Reflect indices at both ends, the edge pixel repeated: ... 1 0 | 0 1 2 | 2 1 ..."""
    folded = np.mod(index, 2 * length)
    return np.minimum(folded, 2 * length - 1 - folded)
