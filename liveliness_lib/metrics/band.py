"""Say what a *not sure* band buys: accuracy with it and without it, and what it costs in pictures left undecided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from liveliness_lib.metrics.intervals import clopper_pearson

if TYPE_CHECKING:
    import pandas as pd

ORIGINAL_BAND = (1 / 76, 0.5)
"""The limits of the original system, guessed there: fake where P(fake)/P(real) > 75, not sure between 1 and 75."""


@dataclass(frozen=True)
class BandAccuracy:
    """Count what was right with a band and without one.

    Attributes
    ----------
    right, total : int
        Every presentation, decided at the threshold; what was not acquired counts as rejected.
    sure_right, sure : int
        Only those outside the band; what was not acquired was not decided.
    """

    right: int
    total: int
    sure_right: int
    sure: int

    @property
    def accuracy(self) -> float:
        """Return the share that is right without a band."""
        return self.right / self.total if self.total else float("nan")

    @property
    def sure_accuracy(self) -> float:
        """Return the share that is right among those that are decided; NaN where none is."""
        return self.sure_right / self.sure if self.sure else float("nan")

    @property
    def undecided(self) -> float:
        """Return the share of presentations that is not decided."""
        return 1 - self.sure / self.total if self.total else float("nan")

    def __str__(self) -> str:
        without = _share(self.right, self.total)
        return (
            f"{without} without a band; {_share(self.sure_right, self.sure)} on the {self.sure} outside it, "
            f"{100 * self.undecided:.1f} % not sure"
        )


def band_accuracy(table: pd.DataFrame, threshold: float, band: tuple[float, float]) -> BandAccuracy:
    """Count the right answers of a score table with and without a not-sure band.

    Parameters
    ----------
    table : DataFrame
        A score table; `threshold` and `band` were chosen on other rows.
    threshold : float
        Without a band: real at ``score >= threshold``.
    band : (low, high)
        With it: fake below low, real from high on, between them not sure.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"label": ["real", "real", "fake", "fake"], "score": [0.9, 0.45, 0.55, 0.1]})
    >>> found = band_accuracy(rows, 0.5, (0.4, 0.6))
    >>> found.accuracy, found.sure_accuracy, found.undecided
    (0.5, 1.0, 0.5)
    """
    low, high = band
    if not low <= high:
        raise ValueError(f"expected a band (low, high) with low <= high. Received: {band}")
    score, real = table["score"].to_numpy(float), (table["label"] == "real").to_numpy()
    sure = (score < low) | (score >= high)  # NaN is neither
    right = (score >= threshold) == real
    return BandAccuracy(int(right.sum()), len(score), int((sure & ((score >= high) == real)).sum()), int(sure.sum()))


def _share(part: int, whole: int) -> str:
    if not whole:
        return "no picture right of none"
    low, high = clopper_pearson(part, whole)
    return f"{100 * part / whole:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
