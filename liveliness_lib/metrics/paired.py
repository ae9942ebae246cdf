"""Exact tests of two detectors' paired decisions: photograph by photograph, and person by person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MOST_EXACT = 16
"""People up to whom all 2^n sign changes are counted; beyond them as many are drawn as this counts."""


@dataclass(frozen=True)
class PairedErrors:
    """Hold on which photographs only one of two detectors is wrong, and how likely so uneven a split is by chance.

    Attributes
    ----------
    only_first, only_second : int
        Photographs that only the first, and only the second, gets wrong.
    p_photographs : float
        McNemar's exact test (Psychometrika 12, 1947): as if photographs were independent, so too small where people
        have many.
    p_people : float
        Two-sided sign-flip test on each person's difference in errors: people are the unit. With n people it cannot
        fall below 2 / 2^n.
    people : int
        People with a difference.
    """

    only_first: int
    only_second: int
    p_photographs: float
    p_people: float
    people: int


def paired_errors(
    first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_], people: npt.NDArray[np.int64], *, seed: int = 0
) -> PairedErrors:
    """Compare which presentations two detectors get wrong.

    Parameters
    ----------
    first, second : (N,) bool
        Whether each detector is wrong.
    people : (N,) int
        Who is in each presentation, numbered from 0.
    seed : int
        Of the drawn sign changes, where there are too many people to count them all.

    Examples
    --------
    Ten errors of the first alone, two of the second alone: 2 * sum(C(12, k), k <= 2) / 2^12.

    >>> one, other = np.array([1] * 10 + [0] * 2, bool), np.array([0] * 10 + [1] * 2, bool)
    >>> round(paired_errors(one, other, np.arange(12)).p_photographs, 6)
    0.038574
    """
    only_first, only_second = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    differences = np.bincount(people, first.astype(float) - second.astype(float)) if len(people) else np.zeros(0)
    kept = differences[differences != 0]
    return PairedErrors(
        only_first, only_second, mcnemar(only_first, only_second), sign_flip(kept, seed=seed), len(kept)
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test; 1 where nothing differs."""
    from scipy.stats import binomtest

    total = only_first + only_second
    return float(binomtest(only_first, total, 0.5).pvalue) if total else 1.0


def sign_flip(differences: npt.ArrayLike, *, seed: int = 0) -> float:
    """Return how often a sum as far from 0 comes up when each difference's sign is a coin toss (Fisher 1935).

    Examples
    --------
    >>> sign_flip([1, 1, 1, 1])  # two of sixteen
    0.125
    """
    values = np.asarray(differences, float)
    if len(values) == 0:
        return 1.0
    if len(values) <= MOST_EXACT:
        codes = np.arange(2 ** len(values))[:, None] >> np.arange(len(values)) & 1
        sums = (2 * codes - 1) @ values
        return float(np.mean(np.abs(sums) >= abs(float(values.sum())) - 1e-9))
    rng = np.random.default_rng(seed)
    drawn = 2**MOST_EXACT
    hits = sum(
        int(np.sum(np.abs(rng.choice((-1.0, 1.0), (drawn // 64, len(values))) @ values) >= abs(values.sum()) - 1e-9))
        for _ in range(64)
    )
    return float((hits + 1) / (drawn + 1))  # the observed signs are one of the draws
