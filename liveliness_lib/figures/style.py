"""Hold the one style: colours that colour-blind readers tell apart, and that always mean the same."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liveliness_lib.paths import atomic_path, require

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito, "Color Universal Design" (2008)
BLUE, ORANGE, VERMILION, GREEN = "#0072B2", "#E69F00", "#D55E00", "#009E73"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"
GREY, BROWN = "#8A8A8A", "#7A4B00"
# Paul Tol, "muted" scheme: what is neither a class nor a face detector
INDIGO, WINE, TEAL, OLIVE = "#332288", "#882255", "#44AA99", "#999933"

CLASS_COLOURS = {
    "real": BLUE,
    "none": BLUE,
    "screen": VERMILION,
    "print": ORANGE,
    "fake": PURPLE,
    "bent_print": BROWN,
    "relief": GREEN,
    "unknown": "#C4C4C4",
}
"""Colours of bona fide and of each attack type."""

_OTHER_CLASSES = (INDIGO, SKY, TEAL, OLIVE)

DETECTOR_STYLES = {
    "caffe_ssd": (BLUE, "-", "o"),
    "dlib_hog": (ORANGE, "--", "s"),
    "dlib_cnn": (VERMILION, "-.", "D"),
    "haar": (GREY, ":", "v"),
    "yunet": (GREEN, "-", "^"),
    "retinaface": (PURPLE, "--", "P"),
    "cascade": (BLACK, "-", "X"),
    "original_cascade": (BROWN, "-.", "<"),
    "livenessnet": (INDIGO, "-", "o"),
    "minifasnet": (TEAL, "--", "s"),
    "facescene": (WINE, "-", "D"),
    "depth": (BROWN, "-.", "^"),
}
"""Colour, line and marker of each face detector and model: the line and the marker carry what the colour may not.

Models have no colour of a class, because both stand in the same figures.
"""

_SPOKEN = {"facescenenet": "facescene"}
_OTHER_STYLES = ((SKY, "-", "h"), (OLIVE, "-.", "p"), (BLACK, ":", "<"), (GREY, ":", ">"), (GREEN, "-", "*"))


def class_colour(name: str) -> str:
    """Return the colour of ``real`` or of an attack type; a type without one gets the same colour every time."""
    if name in CLASS_COLOURS:
        return CLASS_COLOURS[name]
    return _OTHER_CLASSES[zlib.crc32(name.encode()) % len(_OTHER_CLASSES)]


def detector_style(name: str) -> dict[str, Any]:
    """Return colour, linestyle and marker of a detector; an unknown one gets the same every time.

    ``LivenessNet`` is ``livenessnet``, and ``FaceSceneNet`` is ``facescene``: a figure may spell a name out.
    """
    known = DETECTOR_STYLES.get(_plain(name))
    colour, line, marker = known or _OTHER_STYLES[zlib.crc32(name.encode()) % len(_OTHER_STYLES)]
    return {"color": colour, "linestyle": line, "marker": marker}


def detector_styles(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the styles of detectors in one figure: each its own as far as it has one, no two the same if possible."""
    wanted = list(names)
    known = {name: DETECTOR_STYLES[_plain(name)] for name in wanted if _plain(name) in DETECTOR_STYLES}
    taken = set(known.values())
    styles = {}
    for name in wanted:
        own = detector_style(name)
        free = [style for style in (*_OTHER_STYLES, *DETECTOR_STYLES.values()) if style not in taken]
        if name not in known:
            if tuple(own.values()) in taken and free:
                own = dict(zip(own, free[0], strict=True))
            taken.add((own["color"], own["linestyle"], own["marker"]))
        styles[name] = own
    return styles


def _plain(name: str) -> str:
    spoken = name.lower()
    return _SPOKEN.get(spoken, spoken)


def new_figure(rows: int = 1, columns: int = 1, *, size: tuple[float, float] = (5.0, 3.8)) -> tuple[Figure, Any]:
    """Return a figure outside of pyplot, and its axes as ``subplots`` gives them.

    Parameters
    ----------
    rows, columns : int
    size : tuple of float
        Width and height of one panel in inches.
    """
    figure_module = require("matplotlib.figure", extra="train")
    figure = figure_module.Figure(figsize=(size[0] * columns, size[1] * rows), layout="constrained", facecolor="white")
    return figure, figure.subplots(rows, columns)


def save_figure(figure: Figure, path: str | os.PathLike[str], *, dpi: int = 110) -> Path:
    """Write `figure` whole; the same figure gives the same bytes (no date, no version inside)."""
    target = Path(path)
    volatile = {".png": {"Software": None}, ".svg": {"Date": None, "Creator": None}, ".pdf": {"CreationDate": None}}
    with atomic_path(target) as temporary:
        figure.savefig(temporary, dpi=dpi, metadata=volatile.get(target.suffix.lower()))
    return target


def axes_or_new(ax: Axes | None, *, size: tuple[float, float] = (5.0, 3.8)) -> Axes:
    """Return `ax`, or the axes of a new pyplot figure."""
    if ax is not None:
        return ax
    pyplot = require("matplotlib.pyplot", extra="train")
    axes: Axes = pyplot.subplots(figsize=size, layout="constrained")[1]
    return axes


def dress(ax: Axes, *, title: str = "", x: str = "", y: str = "", grid: bool = True) -> Axes:
    """Give `ax` its titles and the house's plain look; only this axes is touched."""
    ax.set_title(title, fontsize=11, loc="left")
    ax.set_xlabel(x, fontsize=9.5)
    ax.set_ylabel(y, fontsize=9.5)
    ax.tick_params(labelsize=8.5)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(True, color="#DDDDDD", linewidth=0.6)
    return ax
