"""Evaluate one split at one threshold: every rate with its intervals."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from liveliness_lib.metrics.intervals import clopper_pearson, percentile_interval, resample_weights
from liveliness_lib.metrics.rates import auc, bpcer_at_apcer, equal_error_rate, error_curve_of
from liveliness_lib.metrics.resampling import WeightedScores, subject_numbers
from liveliness_lib.metrics.thresholds import Threshold
from liveliness_lib.scores import attack_scores, bona_fide_scores

if TYPE_CHECKING:
    import pandas as pd

Interval = tuple[float, float]


@dataclass(frozen=True)
class Rate:
    """Hold one rate in [0, 1] with what is known about its uncertainty.

    Attributes
    ----------
    value : float
    errors, total : int or None
        The counts, where the rate is a share of presentations.
    exact : (low, high) or None
        Clopper-Pearson 95 %, as if presentations were independent. For ACER and HTER the mean of their two
        parts' bounds, which is wider than 95 %.
    clustered : (low, high)
        Bootstrap over people, 95 %. Where none (or all) failed every resample agrees and the bootstrap says nothing;
        then it is Clopper-Pearson with people as the trials.
    """

    value: float
    errors: int | None = None
    total: int | None = None
    exact: Interval | None = None
    clustered: Interval = (float("nan"), float("nan"))

    @property
    def interval(self) -> Interval:
        """Return what covers both intervals: the one to report."""
        intervals = [i for i in (self.exact, self.clustered) if i is not None and not np.isnan(i[0])]
        if not intervals:
            return float("nan"), float("nan")
        return min(i[0] for i in intervals), max(i[1] for i in intervals)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{100 * self.value:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


@dataclass(frozen=True)
class SpeciesRates:
    """Hold the rates of one attack type: how many pass, and how many could not be judged."""

    name: str
    apcer: Rate
    apnrr: Rate


@dataclass(frozen=True)
class Evaluation:
    """Hold every rate of one split at one threshold.

    Attributes
    ----------
    threshold : Threshold
    species : tuple of SpeciesRates
        By name.
    worst_species : str
        The attack type that sets APCER.
    apcer, bpcer, acer, hter : Rate
        At the threshold; APCER is the worst type's, HTER pools the types.
    eer, auc, bpcer10, bpcer20, bpcer100 : Rate
        Of the scores alone, whatever the threshold.
    bpnrr, apnrr : Rate
        Failures to acquire among real presentations and among all attacks. They are inside the other rates as
        rejections.
    real_subjects, fake_subjects : int
        People behind the rows.
    """

    threshold: Threshold
    species: tuple[SpeciesRates, ...]
    worst_species: str
    apcer: Rate
    bpcer: Rate
    acer: Rate
    hter: Rate
    eer: Rate
    auc: Rate
    bpcer10: Rate
    bpcer20: Rate
    bpcer100: Rate
    bpnrr: Rate
    apnrr: Rate
    real_subjects: int
    fake_subjects: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for a metrics file: every rate with its interval's ends and the counts."""
        values: dict[str, Any] = {
            "threshold": self.threshold.value,
            "threshold_rule": self.threshold.rule,
            "threshold_chosen_on": self.threshold.chosen_on,
            "worst_species": self.worst_species,
            "real_subjects": self.real_subjects,
            "fake_subjects": self.fake_subjects,
        }
        for name in RATE_NAMES:
            values |= _flat(name, getattr(self, name))
        for one in self.species:
            values |= _flat(f"apcer_{one.name}", one.apcer) | _flat(f"apnrr_{one.name}", one.apnrr)
        return values


RATE_NAMES = ("apcer", "bpcer", "acer", "hter", "eer", "auc", "bpcer10", "bpcer20", "bpcer100", "bpnrr", "apnrr")


def evaluate(table: pd.DataFrame, threshold: Threshold | float, *, seed: int = 0, samples: int = 1000) -> Evaluation:
    """Compute the ISO/IEC 30107-3 rates of `table` at a threshold that was chosen elsewhere.

    Parameters
    ----------
    table : DataFrame
        A score table of one split; NaN scores count as rejected.
    threshold : Threshold or float
        From :func:`liveliness_lib.metrics.thresholds.choose_threshold` on dev.
    seed, samples : int
        Of the bootstrap over people.

    Raises
    ------
    ValueError
        No real rows, or no attacks.
    """
    given = threshold if isinstance(threshold, Threshold) else Threshold(float(threshold))
    weighted = WeightedScores(table)
    spread = _bootstrap(weighted, given.value, seed=seed, samples=samples)
    real, fake = table[table["label"] == "real"], table[table["label"] == "fake"]
    species = tuple(
        _species(name, fake[fake["attack_type"] == name], given.value, spread, seed) for name in weighted.species
    )
    # of equally bad types the one with the fewest presentations: the widest interval
    worst = min(species, key=lambda s: (-s.apcer.value, s.apcer.total or 0))
    bpcer = counted_rate(~(real["score"] >= given.value), real, spread["bpcer"])
    pooled = counted_rate(fake["score"] >= given.value, fake, (0.0, 0.0))
    apcer = Rate(worst.apcer.value, worst.apcer.errors, worst.apcer.total, worst.apcer.exact, spread["apcer"])
    if spread["apcer"][0] == spread["apcer"][1]:
        apcer = worst.apcer
    return Evaluation(
        threshold=given,
        species=species,
        worst_species=worst.name,
        apcer=apcer,
        bpcer=bpcer,
        acer=_mean(apcer, bpcer, spread["acer"]),
        hter=_mean(pooled, bpcer, spread["hter"]),
        **_curve_rates(table, spread),
        bpnrr=counted_rate(real["score"].isna(), real, seed=seed),
        apnrr=counted_rate(fake["score"].isna(), fake, seed=seed),
        real_subjects=int(weighted.groups["real"].max()) + 1,
        fake_subjects=int(weighted.groups["fake"].max()) + 1,
    )


def _bootstrap(weighted: WeightedScores, threshold: float, *, seed: int, samples: int) -> dict[str, Interval]:
    values: dict[str, list[float]] = defaultdict(list)
    for weights in resample_weights(weighted.groups, samples=samples, seed=seed):
        rates = weighted.error_rates(weights, threshold) | weighted.curve_rates(weights)
        for name, value in rates.items():
            values[name].append(value)
    return {name: percentile_interval(np.array(drawn)) for name, drawn in values.items()}


def counted_rate(hits: pd.Series, rows: pd.DataFrame, clustered: Interval | None = None, *, seed: int = 0) -> Rate:
    """Return the share of `rows` that are `hits`, with both intervals.

    Parameters
    ----------
    hits : (N,) bool
    rows : DataFrame, N rows
        At least one; the column subject says which belong to one person.
    clustered : (low, high), optional
        The bootstrap's interval where it is known already.
    seed : int
        Of the bootstrap otherwise.
    """
    errors, total = int(hits.sum()), len(rows)
    people = int(subject_numbers(rows).max()) + 1
    if errors in (0, total):
        clustered = clopper_pearson(0 if errors == 0 else people, people)
    elif clustered is None:
        clustered = _cluster_interval(hits, rows, seed)
    return Rate(errors / total, errors, total, clopper_pearson(errors, total), clustered)


def _cluster_interval(hits: pd.Series, rows: pd.DataFrame, seed: int) -> Interval:
    flags, subjects = hits.to_numpy(np.float64), subject_numbers(rows)
    drawn = resample_weights({"all": subjects}, samples=1000, seed=seed)
    return percentile_interval(np.array([np.average(flags, weights=w["all"]) for w in drawn]))


def _species(name: str, rows: pd.DataFrame, threshold: float, spread: dict[str, Interval], seed: int) -> SpeciesRates:
    return SpeciesRates(
        name=name,
        apcer=counted_rate(rows["score"] >= threshold, rows, spread[f"apcer:{name}"]),
        apnrr=counted_rate(rows["score"].isna(), rows, seed=seed),
    )


def _mean(attack: Rate, real: Rate, clustered: Interval) -> Rate:
    parts = [r.exact for r in (attack, real) if r.exact is not None]
    exact = (sum(p[0] for p in parts) / 2, sum(p[1] for p in parts) / 2)
    return Rate((attack.value + real.value) / 2, exact=exact, clustered=clustered)


def _curve_rates(table: pd.DataFrame, spread: dict[str, Interval]) -> dict[str, Rate]:
    real, curve = bona_fide_scores(table), error_curve_of(table)
    rates = {
        "eer": Rate(equal_error_rate(curve)[0], clustered=spread["eer"]),
        "auc": Rate(auc(real, attack_scores(table)), clustered=spread["auc"]),
    }
    for n in (10, 20, 100):
        value = bpcer_at_apcer(curve, 1 / n)[0]
        errors = round(value * len(real))
        exact = clopper_pearson(errors, len(real))
        rates[f"bpcer{n}"] = Rate(value, errors, len(real), exact, spread[f"bpcer{n}"])
    return rates


def _flat(name: str, rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    values: dict[str, Any] = {name: rate.value, f"{name}_low": low, f"{name}_high": high}
    return values if rate.total is None else values | {f"{name}_errors": rate.errors, f"{name}_total": rate.total}
