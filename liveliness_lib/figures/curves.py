"""Draw error trade-offs: DET on normal-deviate axes, and ROC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from liveliness_lib.figures.style import axes_or_new, detector_styles, dress
from liveliness_lib.metrics import ErrorCurve, Evaluation, Threshold, equal_error_rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RATES = ("apcer", "bpcer")
TICKS = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99)


def plot_det(
    curves: Mapping[str, ErrorCurve],
    *,
    pooled: bool = False,
    thresholds: Mapping[str, Threshold | float] | None = None,
    evaluations: Mapping[str, Evaluation] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the detection error trade-off of one or more detectors on normal-deviate axes.

    On these axes normally distributed scores give a straight line (Martin et al., Eurospeech 1997). Rates of exactly 0
    or 1 lie infinitely far out and are drawn at the edge.

    Parameters
    ----------
    curves : mapping of str to ErrorCurve
        By detector, from :func:`liveliness_lib.metrics.error_curve_of`.
    pooled : bool
        Attacks together; False: the worst attack type at each threshold (the standard's APCER).
    thresholds : mapping, optional
        Where each detector works: drawn as its marker.
    evaluations : mapping, optional
        What each detector did at its threshold: the marker gets the 95 % intervals of APCER and BPCER.
    ax : Axes, optional
    """
    from scipy.stats import norm

    ax = axes_or_new(ax, size=(4.8, 4.6))
    low, high = _limits(curves)
    styles = detector_styles(curves)
    evaluations = evaluations or {}
    thresholds = {name: one.threshold for name, one in evaluations.items()} | dict(thresholds or {})
    for name, curve in curves.items():
        style = styles[name]
        attack = curve.apcer_pooled if pooled else curve.apcer
        x, y = (norm.ppf(np.clip(rate, low, high)) for rate in (attack, curve.bpcer))
        label = f"{name}  (EER {100 * equal_error_rate(curve, pooled=pooled)[0]:.1f} %)"
        ax.plot(x, y, color=style["color"], linestyle=style["linestyle"], linewidth=1.8, label=label)
        if name in thresholds:
            index = _index(curve, thresholds[name])
            where = f"threshold of {name}" + (", 95 % intervals" if name in evaluations else "")
            look = {"marker": style["marker"], "color": style["color"], "markersize": 9, "markeredgecolor": "w"}
            ax.plot(x[index], y[index], linestyle="", label=where, zorder=3, **look)
        if name in evaluations and not pooled:
            spans = (norm.ppf(np.clip(getattr(evaluations[name], rate).interval, low, high)) for rate in RATES)
            across, up = spans
            ax.hlines(y[index], *across, color=style["color"], linewidth=4, alpha=0.35)
            ax.vlines(x[index], *up, color=style["color"], linewidth=4, alpha=0.35)
    ends = norm.ppf([low, high])
    ax.plot(ends, ends, color="#BBBBBB", linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
    ticks = [t for t in TICKS if low <= t <= high]
    ax.set_xticks(norm.ppf(ticks), [f"{100 * t:g}" for t in ticks])
    ax.set_yticks(norm.ppf(ticks), [f"{100 * t:g}" for t in ticks])
    margin = np.array([-0.04, 0.04]) * (ends[1] - ends[0])  # keeps a curve at the edge off the frame
    ax.set(xlim=ends + margin, ylim=ends + margin, aspect="equal")
    dress(ax, title="Detection error trade-off", x=_attack_label(pooled), y="BPCER: real faces rejected, %")
    ax.legend(fontsize=8, loc="upper right", framealpha=0.9, edgecolor="none")
    return ax


def plot_roc(
    curves: Mapping[str, ErrorCurve],
    *,
    pooled: bool = True,
    thresholds: Mapping[str, Threshold | float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of real faces accepted against the share of attacks accepted.

    Parameters
    ----------
    curves, thresholds, ax
        As for :func:`plot_det`.
    pooled : bool
        Attacks together (the usual ROC); False: the worst attack type at each threshold.
    """
    ax = axes_or_new(ax, size=(4.8, 4.6))
    styles = detector_styles(curves)
    for name, curve in curves.items():
        style = styles[name]
        attack = np.append(1.0, curve.apcer_pooled if pooled else curve.apcer)
        real = np.append(1.0, 1.0 - curve.bpcer)
        area = float(np.sum((attack[:-1] - attack[1:]) * (real[:-1] + real[1:]) / 2))
        label = f"{name}  (AUC {area:.3f})"
        ax.plot(attack, real, color=style["color"], linestyle=style["linestyle"], linewidth=1.8, label=label)
        if thresholds and name in thresholds:
            index = 1 + _index(curve, thresholds[name])
            ax.plot(attack[index], real[index], marker=style["marker"], color=style["color"], markeredgecolor="w")
    ax.plot([0, 1], [0, 1], color="#BBBBBB", linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    dress(ax, title="Receiver operating characteristic", x="attacks accepted", y="real faces accepted")
    ax.legend(fontsize=8, frameon=False, loc="lower right")
    return ax


def _attack_label(pooled: bool) -> str:
    return "attacks accepted (all types), %" if pooled else "APCER: attacks accepted (worst type), %"


def _index(curve: ErrorCurve, threshold: Threshold | float) -> int:
    return curve.index(threshold.value if isinstance(threshold, Threshold) else float(threshold))


def _limits(curves: Mapping[str, ErrorCurve]) -> tuple[float, float]:
    """Return the range of rates to show: down to where the smallest step of the data lies, 0.1 % at most."""
    if not curves:
        raise ValueError("expected at least one curve. Received: none")
    rates = np.concatenate([np.concatenate([c.apcer, c.apcer_pooled, c.bpcer]) for c in curves.values()])
    inside = rates[(rates > 1e-9) & (rates < 0.5)]
    low = float(np.clip(inside.min() / 2, 0.0008, 0.02)) if len(inside) else 0.008
    return low, 0.992 if rates.max() > 0.9 else 0.9
