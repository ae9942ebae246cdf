"""Resample a sheet's picture onto the sensor grid."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .devices import CameraProfile
from .light import LUMA, white_of
from .optics import STEP, SheetView, spread
from .sampling import to_maps
from .settings import CameraSettings


def unit_white(kelvin: float) -> NDArray[np.float32]:
    """Return the linear colour, (3,), of a white of luminance one."""
    white = np.array(white_of(kelvin), np.float32)
    return white / float(white @ LUMA)


def warp(
    picture: NDArray[Any],
    view: SheetView,
    where: NDArray[np.float32] | None = None,
    *,
    fill: ArrayLike | None = None,
    coarsest: float | None = None,
) -> NDArray[Any]:
    """Return a sheet's picture, (h, w, channels), as the sensor samples it, (H, W, channels), before the lens.

    The picture is first shrunk to the coarsest of the sensor's and (with `coarsest`, display pixels per photo pixel)
    the display's sampling, so that its own detail cannot alias; displays and printers are prefiltered by software.

    Parameters
    ----------
    where : (H, W, 2), optional
        Photo positions under the samples, if known.
    fill : (channels,), optional
        Light beyond the picture's edge; its edge is continued if None.
    """
    where = spread(view.lattice(), view.sensor_size) if where is None else where
    scale = min(1.0, view.magnification, coarsest or 1.0)
    height, width = picture.shape[:2]
    if scale < 0.9:
        small = (max(8, round(width * scale)), max(8, round(height * scale)))
        picture = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    maps = to_maps(where, picture.shape[1] / width, picture.shape[0] / height)
    if fill is None:
        return cv2.remap(picture, maps, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    border = tuple(float(value) for value in np.atleast_1d(fill))
    return cv2.remap(picture, maps, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border)


def blur_variance(camera: CameraProfile, settings: CameraSettings, view: SheetView) -> NDArray[np.float64]:
    """Return the blur variance along x and y at the lattice nodes, (rows, columns, 2), in samples squared."""
    height, width = view.sensor_size
    y, x = np.mgrid[0 : height + STEP : STEP, 0 : width + STEP : STEP].astype(float)
    radius = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / ((height**2 + width**2) / 4)
    corner = (camera.corner_blur * radius) ** 2
    return np.stack([settings.blur[0] ** 2 + corner, settings.blur[1] ** 2 + corner], -1)
