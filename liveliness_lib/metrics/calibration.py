"""Say whether a score of 0.8 is right eight times in ten: reliability, expected calibration error, temperature.

A calibrated score is P(real) *for the share of real faces in the data it is measured on*; with another share of attacks
it is another number, which no temperature mends. Faces that were not acquired have no score and stand outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from liveliness_lib.scores import check_scores

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[np.float64]

_EDGE = 1e-6
"""Scores are moved so far off 0 and 1 before their logit is taken: float32 models say exactly 0 and 1."""

_RANGE = (0.02, 50.0)


@dataclass(frozen=True)
class Reliability:
    """Hold what became of scores, bin by bin; empty bins are left out.

    Attributes
    ----------
    score : (B,) float
        Mean score of a bin.
    real : (B,) float
        Share of real faces in it.
    low, high : (B,) float
        Clopper-Pearson 95 % of that share.
    count : (B,) int
    error : float
        Expected calibration error: mean of ``|score - real|``, each bin weighing by its count (Naeini and others, 2015).
    """

    score: Array
    real: Array
    low: Array
    high: Array
    count: npt.NDArray[np.int64]
    error: float


@dataclass(frozen=True)
class Temperature:
    """A number that softens (above 1) or sharpens (below 1) scores, and where it was fitted.

    Attributes
    ----------
    value : float
        The logit is divided by it (Guo and others, ICML 2017). It changes no order, so neither EER nor AUC.
    fitted_on : str
    """

    value: float
    fitted_on: str

    def apply(self, scores: npt.ArrayLike) -> Array:
        """Return the scores with their logits divided; 0.5 stays, NaN stays.

        Examples
        --------
        >>> Temperature(2.0, "dev").apply([0.5, 0.8]).round(4).tolist()
        [0.5, 0.6667]
        """
        return 1 / (1 + np.exp(-_logit(np.asarray(scores, np.float64)) / self.value))


def reliability(table: pd.DataFrame, *, bins: int = 10) -> Reliability:
    """Count how many of the faces with about the same score are real.

    Parameters
    ----------
    table : DataFrame
        A score table.
    bins : int
        Of equal width over [0, 1].

    Raises
    ------
    ValueError
        Nothing has a score, or fewer than one bin.
    """
    from liveliness_lib.metrics.intervals import clopper_pearson

    scores, real = _acquired(table)
    if bins < 1:
        raise ValueError(f"expected at least one bin. Received: bins={bins}")
    place = np.minimum((scores * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    used = np.flatnonzero(count)
    mean = np.bincount(place, scores, minlength=bins)[used] / count[used]
    hits = np.bincount(place, real, minlength=bins)[used].astype(int)
    ends = np.array([clopper_pearson(int(k), int(n)) for k, n in zip(hits, count[used], strict=True)])
    share = hits / count[used]
    error = float(np.sum(count[used] * np.abs(mean - share)) / len(scores))
    return Reliability(mean, share, ends[:, 0], ends[:, 1], count[used], error)


def log_loss(table: pd.DataFrame) -> float:
    """Return the mean negative log-likelihood of the labels, in nats, scores kept off 0 and 1 by a millionth."""
    scores, real = _acquired(table)
    kept = np.clip(scores, _EDGE, 1 - _EDGE)
    return float(-np.mean(np.where(real, np.log(kept), np.log1p(-kept))))


def fit_temperature(dev: pd.DataFrame) -> Temperature:
    """Return the temperature that makes the labels of the development split likeliest.

    Raises
    ------
    ValueError
        A class is missing, or test rows are among them: what is fitted on test measures nothing.
    """
    from scipy.optimize import minimize_scalar

    if "split" in dev.columns and (dev["split"] == "test").any():
        raise ValueError("expected no test rows when a temperature is fitted. Received: split 'test'")
    scores, real = _acquired(dev)
    if real.all() or not real.any():
        raise ValueError(
            f"expected scores of real faces and of attacks. Received: {int(real.sum())} of {len(real)} real"
        )
    signed = _logit(scores) * np.where(real, 1.0, -1.0)
    found = minimize_scalar(
        lambda log_t: float(np.mean(np.logaddexp(0.0, -signed / np.exp(log_t)))),
        bounds=tuple(np.log(_RANGE)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return Temperature(float(np.exp(found.x)), f"dev: {int(real.sum())} real, {int((~real).sum())} attacks")


def _acquired(table: pd.DataFrame) -> tuple[Array, npt.NDArray[np.bool_]]:
    rows = check_scores(table).dropna(subset=["score"])
    if rows.empty:
        raise ValueError(f"expected at least one score that is not NaN. Received: {len(table)} rows")
    return rows["score"].to_numpy(np.float64), (rows["label"] == "real").to_numpy()


def _logit(scores: Array) -> Array:
    kept = np.clip(scores, _EDGE, 1 - _EDGE)
    return np.log(kept) - np.log1p(-kept)
