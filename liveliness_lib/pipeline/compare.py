"""What `liveliness compare` asks for: two detectors on the same photographs, every rate's paired difference."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from liveliness_lib import metrics, results, scores

if TYPE_CHECKING:
    import pandas as pd

RATES = ("acer", "apcer", "bpcer", "hter", "eer", "bpcer20", "auc")


@dataclass(frozen=True)
class Side:
    """One detector: its name, its score table, its threshold."""

    name: str
    table: pd.DataFrame
    threshold: metrics.Threshold


@dataclass(frozen=True)
class Differences:
    """Every rate's paired difference, and exact tests of the decisions.

    Attributes
    ----------
    first, second : Side
    rates : tuple of metrics.Comparison
    errors : dict
        ``all``, ``real`` and ``fake`` -> on which of them only one of the two is wrong.
    """

    first: Side
    second: Side
    rates: tuple[metrics.Comparison, ...]
    errors: dict[str, metrics.PairedErrors]

    def to_text(self) -> str:
        """Return the tables for the terminal."""
        names = [
            f"{letter}: {side.name}, threshold {side.threshold}"
            for letter, side in (("A", self.first), ("B", self.second))
        ]
        lines = [
            *names,
            f"{self.rates[0].presentations} photographs",
            "",
            f"{'rate':<8} {'A':>8} {'B':>8} {'A - B':>8}  95 %",
        ]
        for one in self.rates:
            values = " ".join(f"{100 * v:7.1f}%" for v in (one.first, one.second))
            ends = f"[{100 * one.low:+.1f}, {100 * one.high:+.1f}]"
            lines.append(f"{one.metric:<8} {values} {100 * one.difference:+8.1f}  {ends}{_remark(one)}")
        lines += ["", f"{'wrong':<8} {'only A':>8} {'only B':>8}  McNemar p  p by people (with a difference)"]
        for name, test in self.errors.items():
            counts, p = (
                f"{test.only_first:>8} {test.only_second:>8}",
                f"{test.p_photographs:<9.3g}  {test.p_people:.3g}",
            )
            lines.append(f"{name:<8} {counts}  {p} ({test.people})")
        return "\n".join(lines)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the numbers as JSON."""
        found = {
            "first": self.first.name,
            "second": self.second.name,
            "rates": {one.metric: asdict(one) for one in self.rates},
            "errors": {name: asdict(one) for name, one in self.errors.items()},
        }
        return results.record_metrics(path, found)


def read_side(given: str) -> Side:
    """Read the folder of a report, or ``FILE.csv[@THRESHOLD]``; without one, dev rows in the file choose it.

    Raises
    ------
    ValueError
        There are no scores, or no threshold is known.
    """
    folder = Path(given)
    if folder.is_dir():
        if not (folder / "scores.csv").is_file():
            held = sorted(f.parent.name for f in folder.glob("*/scores.csv"))
            raise ValueError(
                f"expected a report with scores.csv{f', one of {held} in it' if held else ''}. Received: {given}"
            )
        about = results.read_metrics(folder)
        threshold = metrics.Threshold(about["threshold"], about["threshold_rule"], about["threshold_chosen_on"])
        return Side(folder.name, scores.read_scores(folder / "scores.csv"), threshold)
    match = re.fullmatch(r"(.+)@([-+.\deE]+)", given)
    file = match[1] if match else given
    table = scores.read_scores(file)
    if match:
        return Side(Path(file).stem, table, metrics.Threshold(float(match[2]), "given", "the command line"))
    dev = table[table["split"] == "dev"] if "split" in table.columns else table[:0]
    if set(dev["label"]) != {"real", "fake"}:
        raise ValueError(f"expected FILE.csv@THRESHOLD, or dev rows to choose it on. Received: {given!r}")
    return Side(Path(file).stem, table.drop(dev.index).reset_index(drop=True), metrics.choose_threshold(dev))


def compare(first: Side, second: Side, *, seed: int = 0, rates: tuple[str, ...] = RATES) -> Differences:
    """Compare two detectors.

    Raises
    ------
    ValueError
        They were not shown the same photographs, or one class is missing.
    """
    sides = (first.table, first.threshold, second.table, second.threshold)
    found = tuple(metrics.compare_detectors(*sides, metric=rate, seed=seed) for rate in rates)
    errors = {name: metrics.compare_errors(*sides, label=label, seed=seed) for name, label in _LABELS.items()}
    return Differences(first, second, found, errors)


def _remark(one: metrics.Comparison) -> str:
    return "" if one.distinguishable else "  (not distinguishable)"


_LABELS = {"all": None, "real": "real", "fake": "fake"}
