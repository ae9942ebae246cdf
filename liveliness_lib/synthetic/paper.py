"""Light a print: its inks and dots, the paper's relief and bend, the hand that holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .devices import CameraProfile
from .halftone import print_samples
from .layers import cover_of, paste
from .light import white_of
from .optics import STEP, SheetView, spread
from .panel import Lit
from .prints import DOT_ORDERS, PrintProfile, dot_grids, dot_series, light_inks, separate
from .sensor import filter_planes
from .settings import CameraSettings
from .sheet import blur_variance, unit_white, warp
from .surroundings import add_fingers, draw_glare, draw_gradient, draw_room, fit_background


@dataclass(frozen=True)
class Printing:
    """Hold what one print and its light drew."""

    lpi: float
    dot_gain: float
    height_mm: float
    margin: float
    texture: float
    gloss: float
    kelvin: float
    gradient: float
    grain: float


def draw_printing(printer: PrintProfile, rng: np.random.Generator) -> Printing:
    """Draw one print and the light on it."""
    return Printing(
        lpi=float(rng.uniform(*printer.lpi)),
        dot_gain=float(rng.uniform(*printer.dot_gain)),
        height_mm=float(rng.uniform(*printer.height_mm)),
        margin=float(rng.uniform(*printer.margin)),
        texture=float(rng.uniform(*printer.texture)),
        gloss=float(rng.uniform(*printer.gloss)),
        kelvin=float(np.exp(rng.normal(np.log(5000), 0.22)).clip(2700, 9000)),
        gradient=float(abs(rng.normal(0, 0.3))),
        grain=float(rng.uniform(0.3, 1.0)),
    )


def lay_print(
    photo: NDArray[np.uint8],
    printer: PrintProfile,
    camera: CameraProfile,
    settings: CameraSettings,
    view: SheetView,
    rng: np.random.Generator,
    *,
    framing: str,
    background: NDArray[Any] | None,
) -> Lit:
    """Return the light of a print of a photo, on the sensor grid; 1 is a white that returns all of the light."""
    session = draw_printing(printer, rng)
    lattice = view.lattice()
    where = spread(lattice, view.sensor_size)
    ink = warp(separate(photo, printer, session.dot_gain), view, where, fill=(0, 0, 0, 0))
    white = unit_white(session.kelvin)
    shading = _shade(session, view, lattice, rng)
    shine = draw_glare(rng, view, spots=int(rng.integers(0, 3)), sharp=False)
    sheet = light_inks(ink, printer, shading, session.gloss * shine, white)
    record: dict[str, Any] = {"printer": printer.name, "session": vars(session).copy()}
    modulation = _dots(printer, session, camera, settings, view, lattice, ink, rng)
    if framing == "device":
        sheet, cover = _held(sheet, where, session, view, rng, background, white, record)
        modulation = 1.0 + (modulation - 1.0) * cover
    return Lit(sheet, modulation, white_of(session.kelvin), record)


def _dots(
    printer: PrintProfile,
    session: Printing,
    camera: CameraProfile,
    settings: CameraSettings,
    view: SheetView,
    lattice: NDArray[np.float64],
    ink: NDArray[np.float32],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return the factor of the dots on every filtered sample."""
    per_pixel = session.lpi / 25.4 * session.height_mm / view.photo_size[0]  # dots per photo pixel
    if printer.screening == "am":
        return print_samples(
            ink,
            lattice,
            STEP,
            dot_grids(printer.angles, per_pixel),
            dot_series(),
            DOT_ORDERS,
            np.asarray(printer.solid, float),
            filter_planes(camera.cfa),
            blur_variance(camera, settings, view),
            camera.aperture,
        )
    # Scattered drops: 16 to a grid cell, so a sample sees n of them and the cover varies like a thinned binomial.
    drops = max(16 * (per_pixel / view.magnification) ** 2, 1.0)
    total = (ink @ np.ones(4, np.float32)).clip(0, 1)
    spreading = session.grain * 0.35 * np.sqrt(total * (1 - total) / drops)
    noise = cv2.GaussianBlur(rng.standard_normal(total.shape, dtype=np.float32), (0, 0), settings.psf_sigma)
    return np.maximum(1.0 - spreading * noise * np.float32(2 * settings.psf_sigma), 0.2)


def _shade(
    session: Printing, view: SheetView, lattice: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return the light on the sheet, (H, W): a gradient, Lambert's cosine over the bend, the paper's relief."""
    shading = draw_gradient(rng, view, min(session.gradient, 0.9))
    if view.curvature:
        axis = np.radians(view.axis)
        across = (lattice - np.array(view.photo_size[::-1]) / 2) @ np.array([np.cos(axis), np.sin(axis)])
        lamp = np.radians(rng.uniform(-60, 60))
        cosine = np.cos(across * view.curvature - lamp) / np.cos(lamp)
        shading = shading * spread(cosine.clip(0.25, 2.0)[..., None], view.sensor_size)[..., 0]
    rows, columns = view.sensor_size
    relief = rng.standard_normal((rows // 2, columns // 2), dtype=np.float32)
    relief = cv2.GaussianBlur(relief, (0, 0), 0.8) * np.float32(2.8 * session.texture)
    return shading * (1.0 + cv2.resize(relief, (columns, rows), interpolation=cv2.INTER_LINEAR))


def _held(
    sheet: NDArray[np.float32],
    where: NDArray[np.float32],
    session: Printing,
    view: SheetView,
    rng: np.random.Generator,
    background: NDArray[Any] | None,
    white: NDArray[np.float32],
    record: dict[str, Any],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the sheet, with its margin, held before what is behind it, and its cover."""
    if background is None:
        scene = draw_room(rng, view.sensor_size, white)
    else:
        scene = fit_background(background, view.sensor_size).copy()
    height, width = view.photo_size
    margin = session.margin * min(height, width)
    box = (-margin, -margin, width + margin, height + margin)
    cover = cover_of(where, box, 0.0, view.magnification)
    paste(scene, sheet, cover)
    if rng.uniform() < 0.7:
        unit = height / session.height_mm
        record["fingers"] = add_fingers(
            scene, where, box, rng, width=16 * unit, light=0.9 * white, magnification=view.magnification
        )
    return scene, cover
