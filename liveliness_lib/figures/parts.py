"""Draw what an average hides: reliability of the scores, and the rates of each part of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from liveliness_lib.figures.style import axes_or_new, class_colour, detector_styles, dress
from liveliness_lib.metrics import Reliability, Slice

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_reliability(curves: Mapping[str, Reliability], *, ax: Axes | None = None) -> Axes:
    """Draw the share of real faces against the score, with its 95 % intervals; a calibrated score follows the diagonal.

    Parameters
    ----------
    curves : mapping of str to Reliability
        By name: of detectors, or of one before and after its temperature.
    ax : Axes, optional

    Raises
    ------
    ValueError
        No curve.
    """
    if not curves:
        raise ValueError("expected at least one reliability curve. Received: none")
    ax = axes_or_new(ax, size=(4.8, 4.6))
    ax.plot([0, 1], [0, 1], color="#BBBBBB", linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
    styles = detector_styles(curves)
    for name, one in curves.items():
        style: dict[str, Any] = dict(styles[name])
        ax.vlines(one.score, one.low, one.high, color=style["color"], alpha=0.35, linewidth=2)
        label = f"{name}  (calibration error {100 * one.error:.1f} %)"
        ax.plot(one.score, one.real, linewidth=1.4, markersize=5, label=label, **style)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    dress(ax, title="Reliability", x="score: P(real)", y="share of real faces")
    ax.legend(fontsize=8, frameon=False, loc="upper left")
    return ax


def plot_slices(slices: Sequence[Slice], *, ax: Axes | None = None) -> Axes:
    """Draw BPCER and APCER of each slice with their 95 % intervals, one row a slice.

    Parameters
    ----------
    slices : sequence of Slice
        Of one or several columns, in the order of the rows.
    ax : Axes, optional

    Raises
    ------
    ValueError
        No slice.
    """
    if not slices:
        raise ValueError("expected at least one slice. Received: none")
    ax = axes_or_new(ax, size=(6.0, 1.0 + 0.3 * len(slices)))
    drawn = (
        ("bpcer", "BPCER: real rejected", class_colour("real"), "o", -0.14),
        ("apcer", "APCER: attacks accepted", class_colour("fake"), "s", 0.14),
    )
    for name, label, colour, marker, offset in drawn:
        rows = [(index + offset, getattr(one, name)) for index, one in enumerate(slices) if getattr(one, name)]
        if not rows:
            continue
        y = np.array([row[0] for row in rows])
        ends = 100 * np.array([rate.interval for _, rate in rows])
        ax.hlines(y, ends[:, 0], ends[:, 1], color=colour, linewidth=2, alpha=0.5)
        ax.plot([100 * rate.value for _, rate in rows], y, linestyle="", marker=marker, color=colour, label=label)
    ax.set_yticks(range(len(slices)), [_row_name(slices, index) for index in range(len(slices))])
    ax.set_ylim(len(slices) - 0.5, -0.5)
    ax.set_xlim(-1.5, 101.5)
    for index in range(1, len(slices)):
        if slices[index].by != slices[index - 1].by:
            ax.axhline(index - 0.5, color="#BBBBBB", linewidth=0.8)
    dress(ax, title="Rates by part, 95 % intervals", x="share of presentations, %")
    ax.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def _row_name(slices: Sequence[Slice], index: int) -> str:
    one = slices[index]
    counts = (
        f"{one.bpcer.total if one.bpcer else 0} real, {one.apcer.total if one.apcer else 0} {one.species or 'fake'}"
    )
    first = index == 0 or slices[index - 1].by != one.by
    return f"{one.by.replace('_', ' ') + ': ' if first else ''}{one.value} ({counts})"
