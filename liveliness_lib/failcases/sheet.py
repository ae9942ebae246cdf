"""Draw the cases of a round: a contact sheet, grouped by cause."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from liveliness_lib import images
from liveliness_lib.figures import class_colour, new_figure, plot_contact_sheet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_cases(
    cases: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    most: int = 24,
    columns: int = 6,
    ax: Axes | None = None,
) -> Axes:
    """Draw the first cases of a table, framed in the colour of what they truly are.

    Parameters
    ----------
    cases : DataFrame
        Rows of a round, in the order to draw.
    folder : path
        The round's.
    most, columns : int
    ax : Axes, optional
    """
    shown = cases.head(most).to_dict("records")
    colours = [class_colour("real" if row["label"] == "real" else str(row["attack_type"])) for row in shown]
    titles = [describe(row) for row in shown]
    pictures = [picture_of(row, folder) for row in shown]
    return plot_contact_sheet(pictures, titles, colours=colours, columns=columns, ax=ax)


def draw_cases(cases: pd.DataFrame, folder: str | os.PathLike[str], *, most: int = 24, columns: int = 6) -> Figure:
    """Return `plot_cases` on a figure of its own, outside of pyplot, of the size that the cases need."""
    rows = max(1, math.ceil(min(len(cases), most) / columns))
    figure, ax = new_figure(size=(1.45 * columns, 1.95 * rows))
    plot_cases(cases, folder, most=most, columns=columns, ax=ax)
    return figure


def describe(row: Mapping[Any, Any]) -> str:
    """Return two lines about a case: what happened, its score and what is unusual about it."""
    score = row.get("score")
    said = "no face" if score is None or score == "" or np.isnan(float(score)) else f"{float(score):.2f}"
    what = row["attack_type"] if row["label"] == "fake" else "real"
    mark = "" if row.get("add", "yes") == "yes" else " (left out)"
    return f"{what}: {row.get('kind', '')} {said}{mark}\n{row.get('cause') or ''}"


def picture_of(row: Mapping[Any, Any], folder: str | os.PathLike[str]) -> npt.NDArray[np.uint8]:
    """Return a case's face, or its whole picture where no face was found; grey where neither can be read."""
    held = str(row.get("crop") or "")
    for path in ([Path(folder) / held] if held else []) + [Path(str(row["path"]))]:
        try:
            return images.read_image(path)
        except images.ImageReadError:
            continue
    return np.full((32, 32, 3), 200, np.uint8)
