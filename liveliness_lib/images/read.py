"""The one door for every picture."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.images.decode import decode_image
from liveliness_lib.images.errors import DEFAULT_LIMITS, ImageLimits, ImageReadError
from liveliness_lib.images.pixels import to_rgb
from liveliness_lib.images.sources import BASE64_SOURCE, decode_base64, is_base64_picture, is_path, read_bytes

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})

ImageSource = str | os.PathLike[str] | bytes | bytearray | memoryview | NDArray[Any]


def read_image(source: ImageSource, *, limits: ImageLimits = DEFAULT_LIMITS) -> NDArray[np.uint8]:
    """Read a picture from wherever it is.

    Parameters
    ----------
    source : str, path, bytes or ndarray
        A path; the bytes of a PNG, JPEG, WebP, BMP or TIFF file (told by its content, not its name); the same as
        base64 text, plain or as a ``data:`` URL; or an array as `to_rgb` takes it. A text that names an existing
        file is a path. Text from strangers is safer through ``read_image(decode_base64(text))``, which opens no file.
    limits : ImageLimits
        Largest number of bytes and pixels, checked before decoding.

    Returns
    -------
    ndarray, shape (H, W, 3), uint8
        RGB, upright, a new array. Alpha is laid over white; 16 bits become their upper 8.

    Raises
    ------
    ImageReadError
        With the source and the reason: missing, a directory, a pipe, unreadable, empty, too large, not a picture,
        truncated, damaged, or an array of another shape or range.
    TypeError
        When the source is none of these types.
    """
    if isinstance(source, np.ndarray):
        return _read_array(source, limits)
    if isinstance(source, bytes | bytearray | memoryview):
        return decode_image(bytes(source), source="<bytes>", limits=limits)
    if isinstance(source, str) and not is_path(source) and is_base64_picture(source):
        return decode_image(decode_base64(source, limits=limits), source=BASE64_SOURCE, limits=limits)
    if isinstance(source, str | os.PathLike):
        return decode_image(read_bytes(source, limits), source=os.fsdecode(source), limits=limits)
    raise TypeError(f"expected a path, bytes, base64 text or an array. Received: {type(source).__name__}")


def _read_array(array: NDArray[Any], limits: ImageLimits) -> NDArray[np.uint8]:
    if array.ndim >= 2:
        limits.check_pixels(array.shape[1], array.shape[0], "<array>")
    try:
        return to_rgb(array)
    except ValueError as error:
        raise ImageReadError("<array>", str(error)) from error


def list_images(folder: str | os.PathLike[str]) -> list[Path]:
    """List the pictures in a folder and all its sub-folders, by suffix, sorted by path.

    Hidden files and folders (``.thumbnails``, ``._photo.jpg``) are left out, links to folders are not followed.

    Raises
    ------
    NotADirectoryError
        When the folder is missing or a file.
    """
    root = Path(folder)
    if not root.is_dir():
        raise NotADirectoryError(f"expected a folder of pictures. Received: {str(root)!r}")
    found = []
    for parent, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(parent, name) for name in names if not name.startswith("."))
        found += [path for path in paths if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()]
    return sorted(found)
