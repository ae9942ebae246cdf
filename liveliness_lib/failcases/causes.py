"""Sort mistakes into groups by the condition that sets each apart from the pictures that went right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liveliness_lib.failcases.conditions import CONDITIONS

if TYPE_CHECKING:
    import pandas as pd

WORDS = {
    "side": ("small face", "large face"),
    "sharpness": ("soft", "very sharp"),
    "brightness": ("dark", "bright"),
    "contrast": ("flat light", "harsh light"),
    "saturation": ("pale", "colourful"),
    "blueness": ("reddish", "bluish"),
    "noise": ("clean", "noisy"),
}
ORDINARY = "nothing unusual"


def likely_causes(cases: pd.DataFrame, reference: pd.DataFrame, *, unusual: float = 1.5) -> pd.Series:
    """Name for each case the condition in which it lies farthest from pictures of its class that went right.

    The distance is a robust z-score, (value - median) / (1.4826 MAD). It names what is unusual about a picture; that
    this is *why* it failed is a guess that `explain` and a next round can test.

    Parameters
    ----------
    cases, reference : DataFrame
        The columns of `CONDITIONS`; the reference is what went right.
    unusual : float
        Below this z-score nothing is named.

    Returns
    -------
    Series of str
        One of `WORDS`, or "nothing unusual".
    """
    import pandas as pd

    z = _distances(cases, reference)
    return pd.Series([_name(row, unusual) for row in z.to_numpy()], index=cases.index, dtype=object)


def cause_table(cases: pd.DataFrame, reference: pd.DataFrame, *, unusual: float = 1.5) -> pd.DataFrame:
    """Count the groups of `likely_causes`, and ask whether each is more frequent among mistakes than among the rest.

    Parameters
    ----------
    cases, reference : DataFrame
        The columns of `CONDITIONS`; the reference is what went right.
    unusual : float

    Returns
    -------
    DataFrame
        One row a group, largest first: ``cause``, ``cases``, ``share`` (of the cases), ``usual_share`` (of what went
        right, named by the same rule) and ``p_value``, Fisher's exact test, one-sided, that the share is no larger
        among the mistakes. With as many tests as rows, one in twenty lies below .05 by luck.
    """
    import pandas as pd
    from scipy.stats import fisher_exact

    found = likely_causes(cases, reference, unusual=unusual).value_counts()
    usual = likely_causes(reference, reference, unusual=unusual).value_counts()
    rows = []
    for cause, count in found.items():
        other = int(usual.get(cause, 0))
        table = [[int(count), len(cases) - int(count)], [other, len(reference) - other]]
        p = float(fisher_exact(table, alternative="greater").pvalue)
        rows.append((cause, int(count), count / len(cases), other / len(reference), p))
    return pd.DataFrame(rows, columns=["cause", "cases", "share", "usual_share", "p_value"])


def _distances(cases: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    if len(reference) < 3:
        raise ValueError(
            f"expected at least three pictures that went right to compare with. Received: {len(reference)}"
        )
    middle = reference[list(CONDITIONS)].median()
    spread = 1.4826 * (reference[list(CONDITIONS)] - middle).abs().median()
    return (cases[list(CONDITIONS)] - middle) / spread.clip(lower=1e-9)


def _name(row: np.ndarray, unusual: float) -> str:
    if not np.isfinite(row).any():
        return "unreadable"
    worst = int(np.nanargmax(np.abs(row)))
    if abs(row[worst]) < unusual:
        return ORDINARY
    return WORDS[CONDITIONS[worst]][int(row[worst] > 0)]
