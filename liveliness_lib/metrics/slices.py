"""Look at the rates of a part: one device, one light, one size of face, one skin tone.

An average hides whom a detector fails. The threshold stays the one of the whole; what is asked is who meets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from liveliness_lib.metrics.evaluation import Rate, counted_rate
from liveliness_lib.metrics.thresholds import Threshold
from liveliness_lib.scores import check_scores

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Slice:
    """Hold the rates of the rows that share a value.

    Attributes
    ----------
    by, value : str
        The column and what stands in it.
    bpcer : Rate or None
        None without real rows.
    apcer : Rate or None
        Of the worst attack type in the slice, `species`; None without attacks.
    species : str
    """

    by: str
    value: str
    bpcer: Rate | None
    apcer: Rate | None
    species: str


def slice_rates(table: pd.DataFrame, threshold: Threshold | float, by: str, *, seed: int = 0) -> tuple[Slice, ...]:
    """Return the rates of each value of the column `by`, in the order of its categories or of the alphabet.

    Parameters
    ----------
    table : DataFrame
        A score table with that column. Rows in which it is empty belong to no slice; several values in one row are
        joined by ``+`` (``camera+screen``), and the row then counts in each.
    threshold : Threshold or float
        Of the whole, not refitted.
    by : str
    seed : int
        Of the bootstrap over people.

    Raises
    ------
    ValueError
        There is no such column.
    """
    if by not in check_scores(table).columns:
        raise ValueError(f"expected a column {by!r} in the score table. Received: {list(table.columns)}")
    value = threshold.value if isinstance(threshold, Threshold) else float(threshold)
    parts = table.copy()
    parts[by] = [str(v).split("+") for v in table[by].astype(object).fillna("")]
    parts = parts.explode(by)
    categories = getattr(table[by].dtype, "categories", None)
    names = sorted(set(parts[by])) if categories is None else [str(name) for name in categories]
    held = {name: parts[parts[by] == name] for name in names if name and name != "nan"}
    return tuple(_slice(by, name, rows, value, seed) for name, rows in held.items() if len(rows))


def _slice(by: str, name: str, rows: pd.DataFrame, threshold: float, seed: int) -> Slice:
    real, fake = rows[rows["label"] == "real"], rows[rows["label"] == "fake"]
    attacks = {
        str(species): counted_rate(some["score"] >= threshold, some, seed=seed)
        for species, some in fake.groupby("attack_type", sort=True)
    }
    worst = max(attacks, key=lambda species: (attacks[species].value, -(attacks[species].total or 0)), default="")
    return Slice(
        by,
        name,
        counted_rate(~(real["score"] >= threshold), real, seed=seed) if len(real) else None,
        attacks.get(worst),
        worst,
    )


def spread(slices: tuple[Slice, ...]) -> dict[str, float]:
    """Return the largest difference of BPCER and of APCER between slices with presentations; 0 for fewer than two."""
    found = {}
    for name in ("bpcer", "apcer"):
        rates = [getattr(one, name).value for one in slices if getattr(one, name) is not None]
        found[name] = float(np.ptp(rates)) if len(rates) > 1 else 0.0
    return found
