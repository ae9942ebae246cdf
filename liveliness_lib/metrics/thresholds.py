"""Choose where to cut: a threshold, or a not-sure band, from the scores of one split."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liveliness_lib.metrics.rates import (
    ErrorCurve,
    apcer_by_species,
    bpcer,
    bpcer_at_apcer,
    equal_error_rate,
    error_curve_of,
)
from liveliness_lib.scores import attack_scores, bona_fide_scores

if TYPE_CHECKING:
    import pandas as pd

RULES = ("eer", "eer_worst", "bpcer10", "bpcer20", "bpcer100")
"""eer: BPCER = pooled APCER; eer_worst: BPCER = APCER of the worst attack type; bpcerN: lowest with APCER <= 1/N."""


@dataclass(frozen=True)
class Threshold:
    """Hold a threshold with its history.

    Attributes
    ----------
    value : float
        Accept at ``score >= value``.
    rule : str
        One of `RULES`, ``"given"``, or ``"model"`` for one that travels with a model.
    chosen_on : str
        The split and the number of presentations that it was chosen on.
    """

    value: float
    rule: str = "given"
    chosen_on: str = "nothing"

    def __post_init__(self) -> None:
        """Refuse a threshold that compares with nothing."""
        if not np.isfinite(self.value):
            raise ValueError(f"expected a finite threshold. Received: value={self.value}")

    def __str__(self) -> str:
        origin = f"the model's own: {self.chosen_on}" if self.rule == "model" else f"{self.rule} on {self.chosen_on}"
        return f"{self.value:.4f} ({origin})"


def choose_threshold(dev: pd.DataFrame, rule: str = "eer") -> Threshold:
    """Choose a threshold on the development split.

    Parameters
    ----------
    dev : DataFrame
        A score table; hand over the dev rows only, then apply the result to the test rows unchanged.
    rule : str
        One of `RULES`; ``"bpcerN"`` is understood for every whole N.

    Raises
    ------
    ValueError
        An unknown rule, a class is missing, or test rows are among them: a threshold chosen on test measures nothing.
    """
    curve = _curve(dev)
    if rule in ("eer", "eer_worst"):
        value = equal_error_rate(curve, pooled=rule == "eer")[1]
    elif match := re.fullmatch(r"bpcer([1-9]\d*)", rule):
        value = bpcer_at_apcer(curve, 1 / int(match[1]))[1]
    else:
        raise ValueError(f"expected a rule, one of {RULES}. Received: rule={rule!r}")
    return Threshold(value, rule, _origin(dev))


def choose_band(
    dev: pd.DataFrame, threshold: Threshold, *, max_apcer: float = 0.05, max_bpcer: float = 0.05
) -> tuple[float, float]:
    """Choose (low, high) around `threshold`: from high on *real*, below low *fake*, between them *not sure*.

    high is the lowest value at which at most `max_apcer` of the worst attack type is called real, low the highest at
    which at most `max_bpcer` of the real faces is called fake. Where one threshold keeps both promises the band is
    empty: low = high = the threshold.

    Raises
    ------
    ValueError
        A class is missing, or test rows are among them.
    """
    curve, value = _curve(dev), threshold.value
    low = high = value
    if max(apcer_by_species(attack_scores(dev), value).values()) > max_apcer:
        high = max(value, bpcer_at_apcer(curve, max_apcer)[1])
    limit = max(max_bpcer, float(curve.bpcer[0]))  # faces never found cannot be saved by any threshold
    if bpcer(bona_fide_scores(dev), value) > limit:
        low = min(value, float(curve.thresholds[np.flatnonzero(curve.bpcer <= limit + 1e-12)[-1]]))
    return low, high


def _curve(dev: pd.DataFrame) -> ErrorCurve:
    if "split" in dev.columns and (dev["split"] == "test").any():
        raise ValueError(
            f"expected no test rows when a threshold is chosen. Received: splits {sorted(set(dev['split']))}"
        )
    return error_curve_of(dev)


def _origin(dev: pd.DataFrame) -> str:
    splits = "+".join(sorted({str(s) for s in dev["split"] if s})) if "split" in dev.columns else ""
    real = int((dev["label"] == "real").sum())
    return f"{splits or 'unnamed split'}: {real} real, {len(dev) - real} attacks"
