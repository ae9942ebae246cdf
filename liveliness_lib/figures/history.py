"""Draw how a training went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveliness_lib.figures.style import BLACK, GREEN, GREY, axes_or_new, dress
from liveliness_lib.paths import require

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def plot_history(
    history: pd.DataFrame, *, metric: str = "loss", best_epoch: int | None = None, ax: Axes | None = None
) -> Axes:
    """Draw `metric` on train and dev by epoch.

    Parameters
    ----------
    history : DataFrame
        One row an epoch: ``epoch``, the metric, and ``val_`` + the metric (dev), as training writes it.
    metric : str
    best_epoch : int, optional
        Marked: the epoch whose weights were kept.
    ax : Axes, optional

    Raises
    ------
    ValueError
        The metric is not in the history, or the history is empty.
    """
    if len(history) == 0 or metric not in history.columns:
        raise ValueError(
            f"expected a history with {metric!r}. Received: {len(history)} rows of {list(history.columns)}"
        )
    ticker = require("matplotlib.ticker", extra="train")
    ax = axes_or_new(ax)
    marker = "o" if len(history) < 3 else None  # a line of one point cannot be seen
    ax.plot(history["epoch"], history[metric], color=BLACK, linewidth=1.6, marker=marker, label="train")
    if f"val_{metric}" in history.columns:
        values = history[f"val_{metric}"]
        ax.plot(history["epoch"], values, color=GREEN, linewidth=1.6, linestyle="--", marker=marker, label="dev")
    if best_epoch:
        ax.axvline(best_epoch, color=GREY, linewidth=1.4, linestyle=":", label=f"kept: epoch {best_epoch}")
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    dress(ax, title=f"{metric.capitalize()} by epoch", x="epoch", y=metric)
    ax.legend(fontsize=8, frameon=False)
    return ax
