"""What the start notebook says about an installation and about the house it stands in."""

from __future__ import annotations

import importlib.util
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import liveliness_lib
from liveliness_lib.faces.table import DETECTORS
from liveliness_lib.figures.style import BLUE, axes_or_new
from liveliness_lib.models.registry import find_model, present_models
from liveliness_lib.paths import samples_dir
from liveliness_lib.weights import SETS, has_set

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

EXTRAS = {
    "onnxruntime": ("judging photos", ""),
    "numba": ("rendering people", "synthetic"),
    "keras": ("training", "train"),
    "dlib": ("the original's second face detector", "dlib"),
    "torch": ("general depth networks", "depth"),
    "ipywidgets": ("sliders, galleries, dropping in a photo", "notebooks"),
    "anywidget": ("the webcam", "notebooks"),
}
"""Import name -> what it is for, and the extra that brings it."""


def check_installation() -> pd.DataFrame:
    """Return what is there and what is not, a row each.

    Returns
    -------
    DataFrame
        Indexed by part: ``found`` (bool), ``what`` (a version, a count, names), ``for`` and, where something is missing,
        ``remedy``: the command that brings it.
    """
    import pandas as pd

    rows = [("Python", True, ".".join(platform.python_version_tuple()[:2]), "everything", "")]
    rows.append(("liveliness", True, liveliness_lib.__version__, "everything", ""))
    for name, (use, extra) in EXTRAS.items():
        found = importlib.util.find_spec(name) is not None
        remedy = "" if found else f"pip install 'liveliness[{extra}]'" if extra else "pip install liveliness"
        rows.append((name, found, _version_of(name) if found else "", use, remedy))
    for name in SETS:
        found = has_set(name)
        remedy = "" if found else f"liveliness models fetch {name}"
        rows.append(
            (f"weights: {name}", found, "checked" if found else "", "better faces or verdicts; optional", remedy)
        )
    rows += [_samples_row(), ("models", True, ", ".join(present_models()), "verdicts", "")]
    rows.append(("model in use", True, find_model().path.stem, "verdicts where none is named", ""))
    rows.append(("detectors", True, str(len(DETECTORS)), "finding faces", ""))
    return pd.DataFrame(rows, columns=["part", "found", "what", "for", "remedy"]).set_index("part")


def rooms() -> dict[str, str]:
    """Return the rooms of the library in the order in which they may import each other, and what is inside.

    Examples
    --------
    >>> list(rooms())[:3], rooms()["crops"]
    (['paths', 'weights', 'images'], 'grow, clip, cut and resize face boxes')
    """
    text = (liveliness_lib.__doc__ or "").replace("``", "")
    return dict(re.findall(r"^    (\w+) {2,}(.+)$", text, re.MULTILINE))


def plot_rooms(columns: int = 3, *, ax: Axes | None = None) -> Axes:
    """Draw the rooms in reading order: each imports only what was read before it."""
    house = rooms()
    lines = -(-len(house) // columns)
    ax = axes_or_new(ax, size=(3.6 * columns, 0.62 * lines))
    for index, (name, inside) in enumerate(house.items()):
        x, y = index % columns, index // columns
        box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": BLUE}
        ax.text(x, y, name, fontsize=9.5, fontweight="bold", va="center", ha="left", bbox=box)
        ax.text(x, y + 0.42, inside, fontsize=7.5, va="center", ha="left", color="#444444")
        if index + 1 < len(house) and x + 1 < columns:
            arrow = {"arrowstyle": "->", "color": "#888888"}
            ax.annotate("", (x + 0.93, y), (x + 0.42, y), arrowprops=arrow)
    ax.set(xlim=(-0.05, columns), ylim=(lines - 0.3, -0.45))
    ax.set_axis_off()
    return ax


def _samples_row() -> tuple[str, bool, str, str, str]:
    try:
        count = sum(1 for _ in samples_dir().rglob("*.png"))
    except FileNotFoundError:
        return ("samples", False, "", "every notebook", "liveliness samples make --out data_samples")
    return ("samples", True, f"{count} pictures", "every notebook", "")


def _version_of(module: str) -> str:
    for name in (module, f"{module}-bin"):
        try:
            return version(name).split("+")[0]
        except PackageNotFoundError:
            continue
    return "present"
