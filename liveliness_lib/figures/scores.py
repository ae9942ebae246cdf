"""Draw scores and rates: histograms by attack type, confusion, rates with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from liveliness_lib.figures.style import axes_or_new, class_colour, detector_styles, dress
from liveliness_lib.metrics import Evaluation, Threshold
from liveliness_lib.scores import attack_scores, bona_fide_scores, check_scores

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_score_histogram(
    table: pd.DataFrame,
    *,
    threshold: Threshold | float | None = None,
    band: tuple[float, float] | None = None,
    bins: int = 25,
    ax: Axes | None = None,
) -> Axes:
    """Draw how the scores of real faces and of each attack type are distributed.

    Each kind is drawn as shares of its own presentations, so kinds of different numbers compare; the legend counts
    them, and those that were not acquired.

    Parameters
    ----------
    table : DataFrame
        A score table.
    threshold : Threshold or float, optional
        Drawn as a line; right of it is accepted.
    band : (low, high), optional
        The not-sure band, shaded.
    bins : int
    ax : Axes, optional
    """
    check_scores(table)
    ax = axes_or_new(ax, size=(6.0, 3.6))
    edges = np.linspace(0, 1, bins + 1)
    kinds = {"real": bona_fide_scores(table)} | attack_scores(table)
    for name, scores in kinds.items():
        if len(scores) == 0:
            continue
        kept = scores[~np.isnan(scores)]
        shares = np.histogram(kept, edges)[0] / len(scores)
        lost = len(scores) - len(kept)
        label = f"{name} ({len(scores)}" + (f", {lost} not acquired)" if lost else ")")
        ax.stairs(100 * shares, edges, fill=True, alpha=0.22, color=class_colour(name))
        ax.stairs(100 * shares, edges, linewidth=1.6, color=class_colour(name), label=label)
    if band is not None:
        ax.axvspan(*band, color="#000000", alpha=0.07, linewidth=0, label="not sure")
    if threshold is not None:
        value = threshold.value if isinstance(threshold, Threshold) else float(threshold)
        ax.axvline(value, color="black", linewidth=1.1, linestyle="--", label=f"threshold {value:.3f}")
    ax.set_xlim(0, 1)
    dress(ax, title="Scores by kind", x="score: P(real)", y="share of the kind, %")
    ax.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_confusion(table: pd.DataFrame, threshold: Threshold | float, *, ax: Axes | None = None) -> Axes:
    """Draw what each kind was called at `threshold`: shares by row, with counts.

    Parameters
    ----------
    table : DataFrame
        A score table.
    threshold : Threshold or float
    ax : Axes, optional
    """
    check_scores(table)
    value = threshold.value if isinstance(threshold, Threshold) else float(threshold)
    kinds = {"real": bona_fide_scores(table)} | attack_scores(table)
    kinds = {name: scores for name, scores in kinds.items() if len(scores)}
    columns = ("called real", "called fake", "not acquired")
    counts = np.array([_calls(scores, value) for scores in kinds.values()])
    shares = counts / counts.sum(axis=1, keepdims=True)
    ax = axes_or_new(ax, size=(4.6, 1.2 + 0.6 * len(kinds)))
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        text = f"{100 * share:.1f} %\n{counts[row, column]}"
        ax.text(column, row, text, ha="center", va="center", fontsize=9, color="white" if share > 0.55 else "black")
    ax.set_xticks(range(3), columns)
    ax.set_yticks(range(len(kinds)), list(kinds))
    dress(ax, title=f"What each kind was called at {value:.3f}", grid=False)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def plot_rates_with_intervals(
    evaluations: Mapping[str, Evaluation],
    *,
    rates: Sequence[str] = ("apcer", "bpcer", "acer"),
    ax: Axes | None = None,
) -> Axes:
    """Draw rates as points with their 95 % intervals, one row a rate, one mark a detector (or split).

    Parameters
    ----------
    evaluations : mapping of str to Evaluation
        By detector or split.
    rates : sequence of str
        Attributes of `Evaluation`.
    ax : Axes, optional

    Raises
    ------
    ValueError
        No evaluation.
    """
    if not evaluations:
        raise ValueError("expected at least one evaluation. Received: none")
    ax = axes_or_new(ax, size=(6.0, 1.0 + 0.28 * len(rates) * (len(evaluations) + 0.6)))
    reach = min(0.3, 0.12 * (len(evaluations) - 1))
    spread = np.linspace(-reach, reach, len(evaluations))
    styles = detector_styles(evaluations)
    for offset, (name, evaluation) in zip(spread, evaluations.items(), strict=True):
        style = styles[name]
        found = [getattr(evaluation, rate) for rate in rates]
        values = 100 * np.array([rate.value for rate in found])
        ends = 100 * np.array([rate.interval for rate in found])
        y = np.arange(len(rates)) + offset
        ax.hlines(y, ends[:, 0], ends[:, 1], color=style["color"], linewidth=2, alpha=0.55)
        ax.plot(values, y, linestyle="", marker=style["marker"], color=style["color"], label=name)
    ax.set_yticks(range(len(rates)), [rate.upper() for rate in rates])
    ax.set_ylim(len(rates) - 0.5, -0.5)
    ax.set_xlim(left=0)
    dress(ax, title="Error rates with 95 % intervals", x="share of presentations, %")
    ax.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def _calls(scores: np.ndarray, threshold: float) -> tuple[int, int, int]:
    lost = int(np.isnan(scores).sum())
    accepted = int((scores >= threshold).sum())
    return accepted, len(scores) - accepted - lost, lost
