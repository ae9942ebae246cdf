"""Compare two detectors on the same photographs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from liveliness_lib.metrics.intervals import percentile_interval, resample_weights
from liveliness_lib.metrics.paired import PairedErrors, paired_errors
from liveliness_lib.metrics.resampling import WeightedScores, subject_numbers
from liveliness_lib.metrics.thresholds import Threshold

if TYPE_CHECKING:
    import pandas as pd

AT_THRESHOLD = ("acer", "apcer", "bpcer", "hter")
OF_SCORES = ("eer", "auc", "bpcer10", "bpcer20", "bpcer100")

UNKNOWN = "unknown"
"""The attack type of a folder that names none: the other table's name is taken."""


@dataclass(frozen=True)
class Comparison:
    """Hold the paired difference of one rate between two detectors.

    Attributes
    ----------
    metric : str
    first, second : float
        The rate of each detector on the photographs that both were shown.
    difference : float
        first - second: for an error rate, below 0 means that the first is better.
    low, high : float
        95 % of the difference over resampled people; where 0 lies inside, this data cannot tell them apart.
    presentations : int
    """

    metric: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    presentations: int

    @property
    def distinguishable(self) -> bool:
        """Return whether the interval of the difference leaves out 0."""
        return self.low > 0 or self.high < 0


def compare_detectors(
    first: pd.DataFrame,
    first_threshold: Threshold | float,
    second: pd.DataFrame,
    second_threshold: Threshold | float,
    *,
    metric: str = "acer",
    seed: int = 0,
    samples: int = 1000,
) -> Comparison:
    """Compare two detectors by one rate, on the same photographs and the same resampled people.

    Pairing removes what makes both fail alike (a hard photograph, a hard person), so small differences show.

    Parameters
    ----------
    first, second : DataFrame
        Score tables of the same photographs (joined by path).
    first_threshold, second_threshold : Threshold or float
        Each detector's own, from dev.
    metric : str
        acer, apcer, bpcer or hter at the thresholds; eer, auc, bpcer10, bpcer20 or bpcer100 of the scores alone.
    seed, samples : int
        Of the bootstrap over people.

    Raises
    ------
    ValueError
        The photographs differ, a class is missing, or the metric is unknown.
    """
    if metric not in AT_THRESHOLD + OF_SCORES:
        raise ValueError(f"expected metric, one of {AT_THRESHOLD + OF_SCORES}. Received: metric={metric!r}")
    one, other = _aligned(first, second)
    tables = [(WeightedScores(one), _value(first_threshold)), (WeightedScores(other), _value(second_threshold))]

    def measure(weights: dict[str, np.ndarray]) -> tuple[float, float]:
        if metric in AT_THRESHOLD:
            a, b = (table.error_rates(weights, threshold)[metric] for table, threshold in tables)
        else:
            a, b = (table.curve_rates(weights)[metric] for table, _ in tables)
        return a, b

    groups = tables[0][0].groups
    drawn = np.array([measure(weights) for weights in resample_weights(groups, samples=samples, seed=seed)])
    low, high = percentile_interval(drawn[:, 0] - drawn[:, 1])
    a, b = measure(tables[0][0].ones())
    return Comparison(metric, a, b, a - b, low, high, len(one))


def compare_errors(
    first: pd.DataFrame,
    first_threshold: Threshold | float,
    second: pd.DataFrame,
    second_threshold: Threshold | float,
    *,
    label: str | None = None,
    seed: int = 0,
) -> PairedErrors:
    """Test on which photographs only one of two detectors is wrong, at each one's own threshold.

    Parameters
    ----------
    first, second, first_threshold, second_threshold
        As for `compare_detectors`.
    label : {"real", "fake"}, optional
        Only these rows.
    seed : int
        As for `paired_errors`.

    Raises
    ------
    ValueError
        The photographs differ.
    """
    one, other = _aligned(first, second)
    wrong = [
        (t["score"].to_numpy(float) >= _value(threshold)) != (t["label"] == "real").to_numpy()
        for t, threshold in ((one, first_threshold), (other, second_threshold))
    ]
    rows = np.ones(len(one), bool) if label is None else (one["label"] == label).to_numpy()
    return paired_errors(wrong[0][rows], wrong[1][rows], subject_numbers(one[rows]), seed=seed)


def _aligned(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    for table in (first, second):
        if "path" not in table.columns or table["path"].duplicated().any():
            raise ValueError("expected score tables with one row a path. Received: no path column, or a path twice")
    first, second = _with_common_keys(first, second)
    one, other = (t.sort_values("path", kind="stable").reset_index(drop=True) for t in (first, second))
    if list(one["path"]) != list(other["path"]):
        differing = sorted(set(one["path"]) ^ set(other["path"]))
        raise ValueError(f"expected the same photographs. Received: {len(differing)} in one only, as {differing[:3]}")
    if "attack_type" in one.columns and "attack_type" in other.columns:
        named = one["attack_type"].where(one["attack_type"] != UNKNOWN, other["attack_type"])
        other = other.assign(attack_type=other["attack_type"].where(other["attack_type"] != UNKNOWN, named))
        one = one.assign(attack_type=named)
    for column in ("label", "attack_type"):
        if list(one[column]) != list(other[column]):
            raise ValueError(f"expected the same {column} of each photograph. Received: two opinions")
    return one, other.assign(**({"subject": one["subject"]} if "subject" in one.columns else {}))


def _with_common_keys(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shorten paths to the fewest last parts that tell all photographs apart, where both tables then name the same.

    One table may have been made elsewhere, or name its photographs relative to another folder.
    """
    split = [[PurePath(str(path)).parts for path in table["path"]] for table in (first, second)]
    for count in range(1, min((len(parts) for paths in split for parts in paths), default=0) + 1):
        keys = [["/".join(parts[-count:]) for parts in paths] for paths in split]
        if set(keys[0]) == set(keys[1]) and all(len(set(k)) == len(k) for k in keys):
            return first.assign(path=keys[0]), second.assign(path=keys[1])
    return first, second


def _value(threshold: Threshold | float) -> float:
    return threshold.value if isinstance(threshold, Threshold) else float(threshold)
