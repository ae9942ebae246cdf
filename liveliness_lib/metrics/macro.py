"""Average over sources first, so that a source with many frames does not speak for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liveliness_lib.metrics.intervals import clopper_pearson, percentile_interval
from liveliness_lib.metrics.thresholds import Threshold
from liveliness_lib.scores import check_scores

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MacroRates:
    """Error rates averaged over sources.

    Attributes
    ----------
    apcer, bpcer, acer : float
        Means over the sources that have attacks, over those that have real faces, and of the two.
    interval : (low, high)
        95 % of ACER when sources are drawn again, those with real faces and those with attacks each by themselves.
        Where no source differs from another the draw says nothing; then it is the mean of the two classes'
        Clopper-Pearson intervals with sources as the trials.
    by_source : dict
        Source -> {"apcer": float or None, "bpcer": float or None, "real": int, "fake": int}.
    """

    apcer: float
    bpcer: float
    acer: float
    interval: tuple[float, float]
    by_source: dict[str, dict[str, float | int | None]]


def macro_rates(table: pd.DataFrame, threshold: Threshold | float, *, by: str = "subject", seed: int = 0) -> MacroRates:
    """Return the error rates of each source and their plain means; attack types are pooled within a source.

    Parameters
    ----------
    table
        A score table; NaN scores count as rejected.
    threshold
        Accept at ``score >= threshold``.
    by
        The column that names the source.
    seed
        Of the draw of sources.

    Raises
    ------
    ValueError
        No source has real faces, or none has attacks.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("a", "real", "none", 0.9), ("a", "fake", "screen", 0.8), ("b", "fake", "screen", 0.1)]
    >>> table = pd.DataFrame(rows, columns=["subject", "label", "attack_type", "score"])
    >>> macro_rates(table, 0.5).apcer
    0.5
    """
    value = threshold.value if isinstance(threshold, Threshold) else float(threshold)
    checked = check_scores(table)
    accepted = checked["score"].to_numpy(float) >= value  # NaN is not accepted
    wrong = checked.assign(wrong=np.where(checked["label"] == "real", ~accepted, accepted))
    shares = wrong.groupby([by, "label"])["wrong"].agg(["mean", "size"])
    means = shares["mean"].groupby("label").mean()
    if not {"real", "fake"} <= set(means.index):
        raise ValueError(f"expected sources with real faces and with attacks. Received: only {sorted(means.index)}")
    apcer, bpcer = float(means["fake"]), float(means["real"])
    of_class = {label: shares["mean"].xs(label, level="label").to_numpy() for label in ("real", "fake")}
    sources = {str(s): _one(shares.loc[s]) for s in wrong[by].unique()}
    return MacroRates(apcer, bpcer, (apcer + bpcer) / 2, _interval(of_class, seed), sources)


def _interval(of_class: dict[str, np.ndarray], seed: int, samples: int = 2000) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    if all(np.ptp(rates) == 0 for rates in of_class.values()):
        ends = [_constant(float(rates[0]), len(rates)) for rates in of_class.values()]
        return float(np.mean([low for low, _ in ends])), float(np.mean([high for _, high in ends]))
    drawn = [rates[rng.integers(len(rates), size=(samples, len(rates)))].mean(axis=1) for rates in of_class.values()]
    return percentile_interval(np.mean(drawn, axis=0))


def _constant(rate: float, sources: int) -> tuple[float, float]:
    return clopper_pearson(round(rate) * sources, sources) if rate in (0.0, 1.0) else (0.0, 1.0)


def _one(rows: pd.DataFrame) -> dict[str, float | int | None]:
    def share(label: str) -> float | None:
        return float(rows["mean"][label]) if label in rows.index else None

    def count(label: str) -> int:
        return int(rows["size"][label]) if label in rows.index else 0

    return {"apcer": share("fake"), "bpcer": share("real"), "real": count("real"), "fake": count("fake")}
