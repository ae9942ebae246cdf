"""Draw the comparison of face detectors: recall against size, speed against recall, and where they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from liveliness_lib.faces import Face
from liveliness_lib.figures.style import axes_or_new, detector_style, dress, new_figure
from liveliness_lib.metrics import clopper_pearson

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TICKS_MS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


def plot_recall_by_size(recall: pd.DataFrame, *, faces: int | None = None, ax: Axes | None = None) -> Axes:
    """Draw recall against the width of the face; detectors stand a little beside each other, so that all can be seen.

    Parameters
    ----------
    recall : DataFrame
        Rows: sizes in pixels (text or numbers); columns: detectors; `metrics.detection.recall_by(…, condition="size")`.
    faces : int, optional
        How many faces of each size were shown: exact 95 % intervals are drawn.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, size=(6.6, 3.8))
    sizes = np.array([float(level) for level in recall.index])
    for place, name in enumerate(recall.columns):
        x = sizes * 1.035 ** (place - (len(recall.columns) - 1) / 2)
        style = detector_style(str(name))
        axes.plot(x, recall[name], label=name, markersize=5, linewidth=1.2, **style)
        if faces:
            ends = [clopper_pearson(round(share * faces), faces) for share in recall[name]]
            axes.vlines(x, *zip(*ends, strict=True), color=style["color"], linewidth=2, alpha=0.3)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:g}" for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(-0.03, 1.03)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    known = f", 95 % intervals, n = {faces} a size" if faces else ""
    return dress(axes, title=f"Recall by size of the face{known}", x="width of the face, px", y="recall at IoU 0.5")


def plot_speed_recall(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw recall against milliseconds, with its interval; those that no other beats in both are joined.

    Parameters
    ----------
    table : DataFrame
        Rows: detectors; columns ``ms`` and ``recall``, and ``recall_low`` and ``recall_high`` where there are intervals;
        `metrics.detection.detector_table`.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, size=(6.0, 3.8))
    front = speed_recall_front(table)
    edge = table.loc[front]
    axes.plot(edge["ms"], edge["recall"], color="0.75", linewidth=4, zorder=0, solid_capstyle="round")
    for name, row in table.iterrows():
        style = {key: value for key, value in detector_style(str(name)).items() if key != "linestyle"}
        axes.plot(row["ms"], row["recall"], linestyle="none", markersize=8, **style)
        if "recall_low" in table:
            axes.vlines(row["ms"], row["recall_low"], row["recall_high"], color=style["color"], linewidth=3, alpha=0.35)
        right, lift = _room_for_label(table, str(name))
        how: dict[str, Any] = {"ha": "left" if right else "right", "va": "center", "fontsize": 8}
        axes.annotate(
            str(name), (row["ms"], row["recall"]), (8 if right else -8, lift), textcoords="offset points", **how
        )
    axes.set_xscale("log")
    ticks = [tick for tick in TICKS_MS if 0.7 * table["ms"].min() <= tick <= 1.4 * table["ms"].max()]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    title = "Speed against recall" + (", 95 % intervals" if "recall_low" in table else "")
    return dress(axes, title=title, x="median time a picture, one core, ms", y="recall at IoU 0.5")


def _room_for_label(table: pd.DataFrame, name: str) -> tuple[bool, int]:
    """Return whether a label has room right of its point, and by how many points it moves up from a neighbour's."""
    x, y = np.log(table["ms"].to_numpy(float)), table["recall"].to_numpy(float)
    mine = list(table.index).index(name)
    width, height = max(float(np.ptp(x)), 1e-9), max(float(np.ptp(y)), 1e-9)
    near = (np.abs(x - x[mine]) < 0.15 * width) & (np.abs(y - y[mine]) < 0.08 * height)
    crowd = sorted(np.flatnonzero(near).tolist(), key=lambda index: (y[index], index))
    lift = 0 if len(crowd) == 1 else round(12 * (crowd.index(mine) / (len(crowd) - 1) - 0.5))
    return bool(x[mine] <= x.min() + 0.8 * width), lift


def speed_recall_front(table: pd.DataFrame) -> list[str]:
    """Return the detectors that none beats in both speed and recall, fastest first."""
    front: list[str] = []
    best = -np.inf
    for name, row in table.sort_values(["ms", "recall"], ascending=[True, False], kind="stable").iterrows():
        if row["recall"] > best:
            front.append(str(name))
            best = row["recall"]
    return front


def plot_detections(
    images: Sequence[npt.NDArray[np.uint8]],
    found: Sequence[Mapping[str, Sequence[Face]]],
    titles: Sequence[str] | None = None,
    *,
    columns: int = 4,
) -> npt.NDArray[np.object_]:
    """Draw every detector's boxes, in its colour, into each picture.

    Parameters
    ----------
    images : sequence of (H, W, 3) uint8 RGB
    found : sequence of mapping
        For each picture: detector -> its faces.
    titles : sequence of str, optional
    columns : int
        Pictures in a row.

    Returns
    -------
    array of Axes
    """
    if len(images) != len(found) or not images:
        raise ValueError(f"expected as many pictures as findings, at least one. Received: {len(images)}, {len(found)}")
    figure, grid = new_figure(-(-len(images) // columns), min(columns, len(images)), size=(2.3, 2.9))
    axes = np.atleast_1d(grid).ravel()
    for index, ax in enumerate(axes):
        ax.axis("off")
        if index < len(images):
            ax.imshow(images[index])
            ax.set_title(titles[index] if titles else "", fontsize=8)
            _draw_boxes(ax, found[index])
    _add_legend(figure, list(dict.fromkeys(name for each in found for name in each)))
    return axes


def _add_legend(figure: Figure, names: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    styles = [detector_style(name) for name in names]
    handles = [Line2D([], [], color=style["color"], linestyle=style["linestyle"]) for style in styles]
    figure.legend(handles, list(names), loc="outside lower center", ncols=len(names), fontsize=8, frameon=False)


def _draw_boxes(ax: Axes, found: Mapping[str, Sequence[Face]]) -> None:
    from matplotlib.patches import Rectangle

    for name, faces in found.items():
        style = detector_style(name)
        for face in faces:
            corner = (face.box[0], face.box[1])
            frame = Rectangle(
                corner,
                face.width,
                face.height,
                fill=False,
                edgecolor=style["color"],
                linestyle=style["linestyle"],
                linewidth=1.6,
            )
            ax.add_patch(frame)
