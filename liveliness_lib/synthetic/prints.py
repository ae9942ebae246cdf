"""Name the printers that the simulator can use, separate a photo into inks, and screen them into dots."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .devices import Range
from .halftone import ink_coverage, inked_light
from .light import photo_to_linear

INKS = "CMYK"


@dataclass(frozen=True)
class PrintProfile:
    """Describe a printer and its paper.

    Attributes
    ----------
    name : str
        Row name.
    screening : str
        ``'am'`` (clustered dots on angled grids) or ``'fm'`` (scattered dots, inkjet).
    lpi : (low, high)
        Dot grids per inch (am), or drops per inch / 4 (fm).
    angles : (C, M, Y, K)
        Grid angles in degrees.
    solid : (4, 3)
        Fraction of red, green and blue light that a solid of each ink absorbs.
    black : float
        Share of grey that is printed with black ink (grey component replacement).
    dot_gain : (low, high)
        Growth of a 50 % dot.
    paper : (R, G, B)
        Linear reflectance of the paper.
    texture : (low, high)
        Contrast of the paper's relief.
    gloss : (low, high)
        Strength of the mirror-like highlight.
    height_mm : (low, high)
        Height of the photo on the paper.
    margin : (low, high)
        White border, as a fraction of the photo's shorter side.
    bend : (low, high)
        Angle in degrees that the photo's longer side is rolled through.
    """

    name: str
    screening: str = "am"
    lpi: Range = (106.0, 150.0)
    angles: tuple[float, float, float, float] = (15.0, 75.0, 0.0, 45.0)
    solid: tuple[tuple[float, float, float], ...] = (
        (0.93, 0.42, 0.18),
        (0.14, 0.92, 0.48),
        (0.04, 0.10, 0.90),
        (0.95, 0.95, 0.95),
    )
    black: float = 0.6
    dot_gain: Range = (0.05, 0.18)
    paper: tuple[float, float, float] = (0.84, 0.85, 0.88)
    texture: Range = (0.005, 0.02)
    gloss: Range = (0.0, 0.05)
    height_mm: Range = (150.0, 260.0)
    margin: Range = (0.02, 0.12)
    bend: Range = (0.0, 25.0)


_PHOTO = ((0.97, 0.32, 0.08), (0.06, 0.95, 0.35), (0.02, 0.05, 0.95), (0.975, 0.975, 0.975))
_NEWS = ((0.80, 0.42, 0.25), (0.22, 0.78, 0.45), (0.08, 0.16, 0.72), (0.84, 0.84, 0.83))

PRINTERS: dict[str, PrintProfile] = {
    profile.name: profile
    for profile in (
        PrintProfile("laser_office"),
        PrintProfile("laser_office_cream", paper=(0.85, 0.82, 0.72), lpi=(100, 141), texture=(0.01, 0.03)),
        PrintProfile("laser_gloss_heavy", paper=(0.88, 0.88, 0.9), gloss=(0.05, 0.3), lpi=(141, 200), bend=(0, 15)),
        PrintProfile(
            "copier_worn",
            lpi=(75, 106),
            black=0.9,
            dot_gain=(0.12, 0.28),
            angles=(18.0, 72.0, 0.0, 45.0),
            solid=((0.85, 0.45, 0.22), (0.2, 0.85, 0.5), (0.06, 0.13, 0.82), (0.88, 0.88, 0.88)),
        ),
        PrintProfile(
            "inkjet_plain",
            screening="fm",
            lpi=(75, 150),
            dot_gain=(0.15, 0.3),
            texture=(0.01, 0.035),
            solid=((0.86, 0.42, 0.2), (0.18, 0.86, 0.48), (0.05, 0.12, 0.85), (0.9, 0.9, 0.9)),
        ),
        PrintProfile(
            "inkjet_photo_gloss",
            screening="fm",
            lpi=(300, 360),
            solid=_PHOTO,
            black=0.3,
            gloss=(0.1, 0.6),
            paper=(0.9, 0.9, 0.93),
            dot_gain=(0.0, 0.08),
            texture=(0.0, 0.004),
            height_mm=(120, 220),
            margin=(0.0, 0.05),
            bend=(0, 35),
        ),
        PrintProfile(
            "inkjet_photo_matte",
            screening="fm",
            lpi=(180, 360),
            black=0.4,
            dot_gain=(0.02, 0.12),
            paper=(0.88, 0.87, 0.85),
            texture=(0.008, 0.03),
            gloss=(0.0, 0.02),
        ),
        PrintProfile(
            "minilab_photo",
            screening="fm",
            lpi=(300, 300),
            solid=_PHOTO,
            black=0.1,
            gloss=(0.05, 0.4),
            paper=(0.86, 0.86, 0.88),
            dot_gain=(0.0, 0.05),
            texture=(0.002, 0.01),
            height_mm=(130, 210),
            margin=(0.0, 0.02),
            bend=(0, 40),
        ),
        PrintProfile(
            "newsprint",
            lpi=(65, 100),
            solid=_NEWS,
            black=0.8,
            paper=(0.64, 0.61, 0.54),
            bend=(0, 40),
            dot_gain=(0.15, 0.3),
            texture=(0.02, 0.06),
            angles=(75.0, 15.0, 0.0, 45.0),
        ),
        PrintProfile(
            "magazine_offset",
            lpi=(133, 175),
            paper=(0.82, 0.82, 0.83),
            gloss=(0.02, 0.2),
            bend=(0, 40),
            dot_gain=(0.08, 0.18),
            angles=(15.0, 75.0, 90.0, 45.0),
        ),
    )
}


def find_printer(printer: str | PrintProfile) -> PrintProfile:
    """Return the profile of a name, or the profile itself.

    Raises
    ------
    ValueError
        If no such printer is known.
    """
    if isinstance(printer, PrintProfile):
        return printer
    if printer not in PRINTERS:
        raise ValueError(f"printer must be one of {', '.join(PRINTERS)}. Received: {printer!r}")
    return PRINTERS[printer]


def ink_reflectance(coverage: NDArray[np.floating], printer: PrintProfile) -> NDArray[np.float32]:
    """Return the linear colour, (..., 3), of ink coverages, (..., 4).

    Neugebauer's model with Demichel's independent dots: each ink passes ``1 - coverage * absorption``.
    """
    count = coverage[..., 0].size
    even, dark = np.ones(count, np.float32), np.zeros(count, np.float32)
    return light_inks(coverage, printer, even, dark, np.ones(3, np.float32))


def light_inks(
    coverage: NDArray[np.floating],
    printer: PrintProfile,
    shading: NDArray[np.floating],
    shine: NDArray[np.floating],
    white: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the light, (..., 3), of ink coverages, (..., 4), under `shading` (...) of colour `white`, (3,), and `shine`."""
    flat = np.ascontiguousarray(coverage, np.float32).reshape(-1, 4)
    inks = (np.asarray(printer.solid, np.float32), np.asarray(printer.paper, np.float32))
    planes = (np.ascontiguousarray(plane, np.float32).reshape(-1) for plane in (shading, shine))
    return inked_light(flat, *inks, *planes, white).reshape(*coverage.shape[:-1], 3)


def separate(picture: NDArray[Any], printer: PrintProfile, gain: float) -> NDArray[np.float32]:
    """Return ink coverages, (..., 4), in [0, 1], that print a picture, (..., 3): uint8 sRGB, or float linear light.

    The grey axis is matched, to about 0.02, between black ink and paper; colours go where the inks can reach.
    `gain` is the part of the dot gain, at 50 %, that the printer does not correct.
    """
    ramp = np.linspace(0.0, 1.0, 256, dtype=np.float32)
    share, growth = np.float32(printer.black), np.float32(4 * gain)
    every = np.arange(256, dtype=np.uint8)
    greys = ink_reflectance(
        ink_coverage(np.repeat(every[:, None], 3, 1), np.repeat(ramp[None], 3, 0), share, np.float32(0)), printer
    )
    tables = np.empty((3, 1024), np.float32)
    for channel in range(3):
        low, high = greys[-1, channel], greys[0, channel]
        target = low + np.linspace(0.0, 1.0, 1024) ** 2 * (high - low)
        tables[channel] = np.interp(target, greys[::-1, channel], ramp[::-1])
    if picture.dtype == np.uint8:
        steps, tables = picture, tables[:, _root_index(photo_to_linear(every))]
    else:
        steps = _root_index(picture)
    flat = np.ascontiguousarray(steps).reshape(-1, 3)
    return ink_coverage(flat, tables, share, growth).reshape(*picture.shape[:-1], 4)


def _root_index(linear: NDArray[np.floating]) -> NDArray[np.int32]:
    """Return 0..1023 for linear light in 0..1, by its square root, which has room for the shadows."""
    return (np.sqrt(np.clip(linear, 0, 1)) * 1023).astype(np.int32)


DOT_ORDERS = np.array([[1, 0], [0, 1], [1, 1], [1, -1], [2, 0], [0, 2]], np.int64)


@lru_cache(maxsize=1)
def dot_series(levels: int = 33, size: int = 64) -> NDArray[np.float64]:
    """Return Fourier coefficients, (levels, 6), of clustered dots at coverages 0..1, at `DOT_ORDERS`.

    The dot is where the spot function cos(2 pi u) + cos(2 pi v) exceeds the level that gives the coverage.
    """
    v, u = (np.mgrid[0:size, 0:size] + 0.5) / size
    rank = np.argsort(np.argsort(-(np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v)).ravel(), kind="stable"))
    series = np.zeros((levels, len(DOT_ORDERS)))
    waves = [np.cos(2 * np.pi * (a * u + b * v)).ravel() for a, b in DOT_ORDERS]
    for level in range(levels):
        lit = rank < round(level / (levels - 1) * size * size)
        series[level] = [(lit * wave).mean() for wave in waves]
    return series


def dot_grids(angles: tuple[float, ...], cycles_per_unit: float) -> NDArray[np.float64]:
    """Return, (inks, 2, 2), the matrices from sheet positions to cycles of each ink's dot grid."""
    turns = [[[cos(radians(a)), sin(radians(a))], [-sin(radians(a)), cos(radians(a))]] for a in angles]
    return np.array(turns) * cycles_per_unit
