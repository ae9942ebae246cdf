"""Photograph a photograph: on a screen, on paper, or (for the real class) not at all, through one and the same chain.

A network trained on simulated attacks learns whatever differs between the classes, so everything but the screen or the
print is shared: `rephotograph` draws attitude, framing, blur, white balance, noise and codec from the same ranges as
`recapture_screen` and `recapture_print`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .camera import describe, expose, output_size
from .devices import CameraProfile, find_camera
from .framing import Recapture, aim, check_framing, check_photo, describe_view, photo_corners
from .light import look_up, to_linear, white_of
from .optics import SheetView
from .panel import light_screen
from .paper import lay_print
from .prints import PRINTERS, PrintProfile, find_printer
from .sampling import tint
from .screens import SCREENS, ScreenProfile, find_screen
from .settings import CameraSettings, draw_settings
from .sheet import warp
from .surroundings import draw_gradient

__all__ = [
    "PRINTERS",
    "SCREENS",
    "PrintProfile",
    "Recapture",
    "ScreenProfile",
    "recapture_print",
    "recapture_screen",
    "rephotograph",
]

# Sheets are filmed from a hand's breadth, nearer than fixed-focus lenses like: a longer tail, over the same range.
NEAR_MISFOCUS = 0.9


def recapture_screen(
    photo: NDArray[np.uint8],
    screen: str | ScreenProfile,
    camera: str | CameraProfile,
    *,
    seed: int,
    image_size: tuple[int, int] | None = None,
    framing: str = "close",
    background: NDArray[Any] | None = None,
    codec: str | None = None,
) -> Recapture:
    """Show a photo on a screen and photograph that.

    Parameters
    ----------
    photo : (H, W, 3) uint8
        sRGB picture to show.
    screen, camera : str or profile
        Names in `SCREENS` and `CAMERAS`, or profiles.
    image_size : (height, width), optional
        Size of the result. None: the camera's aspect at about the photo's area.
    framing : {'close', 'device'}
        Only the photo, or the device held before a background.
    background : (H, W, 3), optional
        What is behind the device: uint8 sRGB, or float linear with the screen's white at 1. None: a drawn room.
    codec : {'jpeg', 'h264', 'none'}, optional
        JPEG unless said otherwise.

    Raises
    ------
    ValueError
        If the photo is not uint8 RGB or a name is unknown.
    """
    photo, shown, profile = check_photo(photo), find_screen(screen), find_camera(camera)
    rng = np.random.default_rng(seed)
    settings = draw_settings(profile, rng, codec=codec, misfocus=NEAR_MISFOCUS)
    view = aim(photo.shape[:2], profile, rng, image_size=image_size, framing=check_framing(framing))
    lit = light_screen(photo, shown, profile, settings, view, rng, framing=framing, background=background)
    image = expose(
        lit.scene, profile, settings, rng, image_size=view.image_size, modulation=lit.modulation, white=lit.white
    )
    return _result(image, view, profile, settings, seed, {"instrument": "screen", "framing": framing} | lit.record)


def recapture_print(
    photo: NDArray[np.uint8],
    printer: str | PrintProfile,
    camera: str | CameraProfile,
    *,
    seed: int,
    image_size: tuple[int, int] | None = None,
    framing: str = "close",
    background: NDArray[Any] | None = None,
    codec: str | None = None,
) -> Recapture:
    """Print a photo and photograph the sheet, held by hand and perhaps bent.

    Parameters and errors are those of `recapture_screen`, with a name in `PRINTERS`; in a float background white
    paper in the room's light is 1.
    """
    photo, printed, profile = check_photo(photo), find_printer(printer), find_camera(camera)
    rng = np.random.default_rng(seed)
    settings = draw_settings(profile, rng, codec=codec, misfocus=NEAR_MISFOCUS)
    bend = float(rng.uniform(*printed.bend))
    view = aim(photo.shape[:2], profile, rng, image_size=image_size, framing=check_framing(framing), bend=bend)
    lit = lay_print(photo, printed, profile, settings, view, rng, framing=framing, background=background)
    image = expose(
        lit.scene, profile, settings, rng, image_size=view.image_size, modulation=lit.modulation, white=lit.white
    )
    return _result(image, view, profile, settings, seed, {"instrument": "print", "framing": framing} | lit.record)


def rephotograph(
    photo: NDArray[Any],
    camera: str | CameraProfile,
    *,
    seed: int,
    image_size: tuple[int, int] | None = None,
    framing: str = "close",
    codec: str | None = None,
) -> Recapture:
    """Photograph what a photo shows: a real sample through the chain of the attacks, without screen or print.

    Parameters
    ----------
    photo : (H, W, 3) uint8 or float
        sRGB picture, whose tone curve is undone to a drawn degree, or linear light.
    framing : {'close', 'device'}
        Close fills the picture. Device gives a smaller picture, the part of the frame that the photo would fill on a
        device, so that faces are as many pixels wide as in attacks of that framing.

    Raises
    ------
    ValueError
        If the photo is not (H, W, 3) or a name is unknown.
    """
    profile = find_camera(camera)
    rng = np.random.default_rng(seed)
    settings = draw_settings(profile, rng, codec=codec)
    scene, undone = _as_scene(photo, rng)
    fill = 1.0
    if check_framing(framing) == "device":
        fill = float(rng.uniform(0.45, 0.9))
        whole = image_size or output_size(profile, scene.shape[:2])
        image_size = (max(16, round(whole[0] * fill)), max(16, round(whole[1] * fill)))
    view = aim(scene.shape[:2], profile, rng, image_size=image_size, framing="close")
    kelvin = float(np.exp(rng.normal(np.log(5000), 0.22)).clip(2700, 9000))
    white = np.array(white_of(kelvin), np.float32)
    depth = float(abs(rng.normal(0, 0.15)))
    light = warp(scene, view)
    tint(light, white, draw_gradient(rng, view, depth))
    image = expose(light, profile, settings, rng, image_size=view.image_size, white=tuple(white.tolist()))
    extra = {"instrument": "none", "framing": framing, "fill": fill, "kelvin": kelvin, "gradient": depth}
    return _result(image, view, profile, settings, seed, extra | {"tone_undone": undone})


def _as_scene(photo: NDArray[Any], rng: np.random.Generator) -> tuple[NDArray[np.float32], float]:
    """Return linear light; a photo's S-curve is undone to a drawn degree, since this chain adds its own."""
    strength = float(rng.uniform(0.0, 0.6))
    array = np.asarray(photo)
    if np.issubdtype(array.dtype, np.floating) and array.ndim == 3 and array.shape[2] == 3:
        return array.astype(np.float32), 0.0
    photo = check_photo(array)
    grid = np.linspace(0, 1, 256)
    curve = grid + strength * (grid**2 * (3 - 2 * grid) - grid)
    return look_up(photo, to_linear(np.interp(grid, curve, grid)).astype(np.float32)), strength


def _result(
    image: NDArray[np.uint8],
    view: SheetView,
    camera: CameraProfile,
    settings: CameraSettings,
    seed: int,
    extra: dict[str, Any],
) -> Recapture:
    record = describe(camera, settings, seed) | extra | {"view": describe_view(view)}
    return Recapture(image, record, photo_corners(view), view)
