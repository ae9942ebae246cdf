"""Compute all rates again and again with each presentation weighted: what a bootstrap over people needs, fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from liveliness_lib.metrics.rates import ErrorCurve, bpcer_at_apcer, candidate_thresholds, equal_error_rate
from liveliness_lib.scores import check_scores

if TYPE_CHECKING:
    import pandas as pd

Weights = npt.NDArray[np.float64]


class WeightedScores:
    """Sort a score table once, then answer what its rates are under any weights.

    Parameters
    ----------
    table : DataFrame
        A score table. Without a subject column, or where it is empty, every row counts as a person of its own.

    Attributes
    ----------
    groups : dict of (N,) int
        Subject number of each real and each fake row, for :func:`liveliness_lib.metrics.intervals.resample_weights`.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        check_scores(table)
        self._rows = {label: table[table["label"] == label] for label in ("real", "fake")}
        for label, rows in self._rows.items():
            if rows.empty:
                raise ValueError(f"expected real and fake rows. Received: no {label} rows among {len(table)}")
        self.groups = {label: subject_numbers(rows) for label, rows in self._rows.items()}
        self._scores = {label: rows["score"].to_numpy(np.float64) for label, rows in self._rows.items()}
        self.species = tuple(sorted(map(str, self._rows["fake"]["attack_type"].unique())))
        types = self._rows["fake"]["attack_type"].astype(str).to_numpy()
        self._members = {name: types == name for name in self.species}
        self._thresholds, self._upper = candidate_thresholds(np.concatenate(list(self._scores.values())))
        self._order = {label: np.argsort(s) for label, s in self._scores.items()}  # NaN goes last
        self._place = {
            label: np.searchsorted(s[self._order[label]][: int((~np.isnan(s)).sum())], self._thresholds, side="left")
            for label, s in self._scores.items()
        }

    def ones(self) -> dict[str, Weights]:
        """Return the weights that change nothing."""
        return {label: np.ones(len(scores)) for label, scores in self._scores.items()}

    def error_rates(self, weights: dict[str, Weights], threshold: float) -> dict[str, float]:
        """Return apcer, bpcer, acer, hter and one ``apcer:<type>`` for each attack type at `threshold`.

        An attack type with no weight at all is NaN, and left out of the maximum.
        """
        accepted = self._scores["fake"] >= threshold
        rates = {
            f"apcer:{name}": _share(accepted[members], weights["fake"][members])
            for name, members in self._members.items()
        }
        apcer = float(np.nanmax(list(rates.values())))
        bpcer = 1.0 - _share(self._scores["real"] >= threshold, weights["real"])
        pooled = _share(accepted, weights["fake"])
        return {**rates, "apcer": apcer, "bpcer": bpcer, "acer": (apcer + bpcer) / 2, "hter": (pooled + bpcer) / 2}

    def curve(self, weights: dict[str, Weights]) -> ErrorCurve:
        """Return the error curve under `weights`; attack types with no weight are absent."""
        by_species = {}
        for name, members in self._members.items():
            if weights["fake"][members].sum() > 0:
                by_species[name] = self._accepted("fake", np.where(members, weights["fake"], 0.0))
        return ErrorCurve(
            thresholds=self._thresholds,
            apcer_by_species=by_species,
            apcer=np.max(list(by_species.values()), axis=0),
            apcer_pooled=self._accepted("fake", weights["fake"]),
            bpcer=1.0 - self._accepted("real", weights["real"]),
            upper=self._upper,
        )

    def curve_rates(self, weights: dict[str, Weights]) -> dict[str, float]:
        """Return eer, auc, bpcer10, bpcer20 and bpcer100, which need no threshold."""
        curve = self.curve(weights)
        # trapezia under the ROC, closed at (1, 1): what was never acquired ties below every score
        false, true = np.append(1.0, curve.apcer_pooled), np.append(1.0, 1.0 - curve.bpcer)
        rates = {
            "eer": equal_error_rate(curve)[0],
            "auc": float(np.sum((false[:-1] - false[1:]) * (true[:-1] + true[1:]) / 2)),
        }
        return rates | {f"bpcer{n}": bpcer_at_apcer(curve, 1 / n)[0] for n in (10, 20, 100)}

    def _accepted(self, label: str, weights: Weights) -> Weights:
        scores, order = self._scores[label], self._order[label]
        kept = order[: int((~np.isnan(scores)).sum())]
        below = np.append(0.0, np.cumsum(weights[kept]))
        accepted: Weights = np.clip((below[-1] - below[self._place[label]]) / weights.sum(), 0.0, 1.0)
        return accepted


def subject_numbers(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Number the people of `rows` from 0; a row without a subject is a person of its own."""
    if "subject" not in rows.columns:
        return np.arange(len(rows), dtype=np.int64)
    named = rows["subject"].fillna("").astype(str)
    unknown = [f"\0{index}" for index in range(len(rows))]  # no subject of a CSV file can be called so
    names = np.where(named == "", unknown, named)
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _share(hits: npt.NDArray[np.bool_], weights: Weights) -> float:
    total = float(weights.sum())
    return float(weights[hits].sum()) / total if total > 0 else float("nan")
