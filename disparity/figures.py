"""Draw maps on a scale that the caller names: no map is stretched to its own minimum and maximum.

A photo on a phone, stretched so, shows full contrast and looks like a face in depth. On one scale it looks flat.
`plot_stretching` shows just that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from liveliness_lib.figures.style import BLACK, GREEN, GREY, axes_or_new, class_colour, dress, new_figure
from liveliness_lib.metrics import clopper_pearson

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Scale = tuple[float, float]
KAPPA_TICKS = (0.005, 0.01, 0.02, 0.05, 0.1)
VERDICTS = {"right": (GREEN, "-", "o"), "abstains": (GREY, "--", "s"), "wrong": (BLACK, ":", "X")}


def plot_disparity(
    disparity: npt.NDArray[np.floating],
    scale: Scale,
    *,
    title: str = "",
    colourbar: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw a disparity map (H, W) between fixed limits in pixels; unmatched is grey."""
    return _plot_map(disparity, scale, "viridis", "disparity, px", title, colourbar, ax)


def plot_depth(
    depth: npt.NDArray[np.floating], scale: Scale, *, title: str = "", colourbar: bool = True, ax: Axes | None = None
) -> Axes:
    """Draw a depth map (H, W) between fixed limits in metres; unmatched is grey."""
    return _plot_map(depth, scale, "viridis_r", "depth, m", title, colourbar, ax)


def plot_relief(
    relief: npt.NDArray[np.floating],
    *,
    limit_mm: float = 30.0,
    title: str = "",
    colourbar: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw a face's relief (h, w) from -`limit_mm` to +`limit_mm` about its plane; white is flat, unmatched is grey."""
    return _plot_map(relief, (-limit_mm, limit_mm), "RdBu_r", "relief, mm", title, colourbar, ax)


def plot_kappa(table: pd.DataFrame, band: Scale, *, column: str = "kappa_developable", ax: Axes | None = None) -> Axes:
    """Draw kappa of every presentation by attack type, with the band of abstention shaded."""
    axes = axes_or_new(ax, size=(6.5, 3.6))
    for row, (species, part) in enumerate(table.groupby("attack_type", sort=False)):
        values = part[column].dropna().to_numpy()
        jitter = np.random.default_rng(row).uniform(-0.25, 0.25, len(values))
        axes.plot(values, row + jitter, "o", markersize=4.5, alpha=0.85, color=class_colour(str(species)))
    names = [str(name) for name, _ in table.groupby("attack_type", sort=False)]
    axes.axvspan(*band, color="#BBBBBB", alpha=0.5, linewidth=0)
    axes.set_xscale("log")
    axes.set_xticks(KAPPA_TICKS, [f"{tick:g}" for tick in KAPPA_TICKS])
    axes.minorticks_off()
    axes.set_yticks(range(len(names)), ["real" if n == "none" else n.replace("_", " ") for n in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    surface = {"kappa_plane": "a plane", "kappa_quadric": "a quadric", "kappa_developable": "a bent sheet"}[column]
    return dress(axes, x=f"relief about {surface}, face widths (grey: abstain)", y="")


def plot_stretching(
    photos: Mapping[str, npt.NDArray[np.uint8]],
    reliefs: Mapping[str, npt.NDArray[np.floating]],
    *,
    limit_mm: float = 30.0,
) -> Figure:
    """Draw faces by row: photograph, relief on one scale, and relief stretched to its own 2nd to 98th percentile.

    Parameters
    ----------
    photos, reliefs : mapping of str to (h, w, 3) uint8 and (h, w) millimetres
        By the attack type of the row, ``none`` for a living face; `reliefs` has the same names.
    limit_mm : float
        The one scale goes from minus this to this.
    """
    figure, grid = new_figure(len(photos), 3, size=(2.6, 2.9))
    for (name, photo), (left, middle, right) in zip(photos.items(), np.atleast_2d(grid), strict=True):
        left.imshow(photo)
        plot_relief(reliefs[name], limit_mm=limit_mm, title="one scale", ax=middle)
        low, high = np.nanpercentile(reliefs[name], (2, 98))
        _plot_map(reliefs[name], (low, high), "RdBu_r", "relief, mm", "stretched: misleads", True, right)
        dress(left, title="real" if name == "none" else name, grid=False)
        left.set(xticks=[], yticks=[])
    return figure


def plot_verdicts(counts: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the shares of right, abstaining and wrong verdicts with exact 95 % intervals.

    Parameters
    ----------
    counts : DataFrame
        Indexed by what was changed, its unit in the index's name; columns ``right``, ``abstains``, ``wrong``, counted.
    ax : Axes, optional
    """
    axes = axes_or_new(ax, size=(6.4, 3.2))
    total = counts[list(VERDICTS)].sum(axis=1)
    at = counts.index.to_numpy(float)
    for place, (name, (colour, line, marker)) in enumerate(VERDICTS.items(), start=-1):
        x = at * 1.025**place  # beside each other, so that all can be seen
        ends = [clopper_pearson(int(k), int(n)) for k, n in zip(counts[name], total, strict=True)]
        axes.vlines(x, *zip(*ends, strict=True), color=colour, linewidth=3, alpha=0.4)
        axes.plot(x, counts[name] / total, color=colour, linestyle=line, marker=marker, linewidth=1.4, label=name)
    axes.set_xscale("log")
    axes.set_xticks(at, [f"{one:g}" for one in at])
    axes.minorticks_off()
    axes.set_ylim(-0.03, 1.03)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    each = "/".join(str(n) for n in sorted(set(total)))
    return dress(
        axes, title=f"Verdicts, 95 % intervals of {each} each", x=str(counts.index.name), y="share of verdicts"
    )


def _plot_map(
    values: npt.NDArray[np.floating],
    scale: Scale,
    colours: str,
    label: str,
    title: str,
    colourbar: bool,
    ax: Axes | None,
) -> Axes:
    low, high = scale
    if not (np.isfinite(scale).all() and low < high):
        raise ValueError(f"expected a scale (low, high), fixed for all maps that are compared. Received: {scale}")
    axes = axes_or_new(ax)
    axes.set_facecolor("#9A9A9A")
    drawn = axes.imshow(np.ma.masked_invalid(values), cmap=colours, vmin=low, vmax=high, interpolation="nearest")
    if colourbar:
        bar = axes.figure.colorbar(drawn, ax=axes, fraction=0.046, pad=0.02, extend="both")
        bar.set_label(label, fontsize=8.5)
        bar.ax.tick_params(labelsize=8)
    dress(axes, title=title, grid=False)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes
