"""The optimism panel: what careless protocols would have claimed, beside the honest number.

Three habits that reviewers catch, each by itself and all together: pictures split at random, so that the same people
stand on both sides; the threshold chosen on the test pictures; the epoch chosen on the test pictures. All are the same
network, recipe, seed and pictures, and all are measured by the same command.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from liveliness_lib import metrics, results
from liveliness_lib.dataset.splits import ensure_splits
from liveliness_lib.pipeline.cross_domain import Fold, Scorer
from liveliness_lib.pipeline.optimism import random_split
from liveliness_lib.pipeline.report_files import table_of, write_pages

if TYPE_CHECKING:
    import pandas as pd

HABITS = (
    "honest: people apart, all fixed on dev",
    "threshold chosen on test",
    "epoch chosen on test",
    "random split",
    "all three together",
)


@dataclass(frozen=True)
class Claim:
    """What one habit would have claimed.

    Attributes
    ----------
    habit : str
        One of `HABITS`.
    evaluations : tuple of metrics.Evaluation
        One a seed.
    """

    habit: str
    evaluations: tuple[metrics.Evaluation, ...]

    def mean(self, rate: str) -> float:
        """Return the mean of a rate over seeds."""
        return float(np.mean([getattr(one, rate).value for one in self.evaluations]))


@dataclass(frozen=True)
class Panel:
    """All claims, the honest one first."""

    claims: tuple[Claim, ...]

    def to_text(self) -> str:
        """Return the panel for the terminal."""
        width = max(map(len, HABITS))
        lines = [f"{'':<{width}}     ACER   beside honest     AUC"]
        honest = self.claims[0].mean("acer")
        for claim in self.claims:
            acer = claim.mean("acer")
            beside = "" if claim is self.claims[0] else f"{100 * (acer - honest):+.1f} points"
            lines.append(f"{claim.habit:<{width}}  {100 * acer:6.1f} %  {beside:>14}  {100 * claim.mean('auc'):5.1f} %")
        return "\n".join(lines)

    def markdown(self) -> str:
        """Return the panel as a table."""
        honest, rows = self.claims[0].mean("acer"), []
        for claim in self.claims:
            beside = "" if claim is self.claims[0] else f"{100 * (claim.mean('acer') - honest):+.1f} points"
            means = [f"{100 * claim.mean(rate):.1f} %" for rate in ("apcer", "bpcer", "acer", "auc")]
            rows.append([claim.habit, *means, _interval(claim), beside])
        header = ["protocol", "APCER", "BPCER", "ACER", "AUC", "ACER, 95 % by people", "beside the honest number"]
        return table_of(header, rows)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers: for each habit the mean over seeds, and what it claims beyond the honest number."""
        names = ("honest", "threshold_on_test", "epoch_on_test", "random_split", "all_together")
        found: dict[str, Any] = {}
        for name, claim in zip(names, self.claims, strict=True):
            found[name] = {rate: claim.mean(rate) for rate in ("apcer", "bpcer", "acer", "auc")}
            found[name]["acer_optimism"] = self.claims[0].mean("acer") - claim.mean("acer")
        return found


def optimism_panel(
    table: pd.DataFrame,
    scorer: Scorer,
    out: str | os.PathLike[str],
    *,
    name: str = "Optimism panel",
    seeds: Sequence[int] = (0,),
) -> Panel:
    """Train four times a seed, judge five ways, write the panel.

    Parameters
    ----------
    table : DataFrame
        A manifest; its splits, or new ones by person, are the honest ones.
    scorer : Scorer
        It must choose its epoch by the rows of the dev split, as `livenessnet_scorer` does; a detector that is trained
        already has nothing to be careless with but its threshold.
    out : path
        Folder: ``report.md``, ``report.html``, ``metrics.json``; trainings below ``runs``. It goes on where it stopped.
    name : str
        Title.
    seeds : sequence of int
        Of the splits; the panel shows means, for one split may show the opposite by chance.
    """
    from tqdm.auto import tqdm

    drawn: list[list[metrics.Evaluation]] = [[] for _ in HABITS]
    folder = Path(out)
    for seed in tqdm(seeds, desc="seeds", unit="seed", disable=len(seeds) < 2):
        honest_table = ensure_splits(table, seed=seed) if len(seeds) == 1 else _fresh(table, seed)
        place = folder / "runs" / str(seed)
        honest = _scores(honest_table, scorer, place / "honest")
        peeking = _scores(_swapped(honest_table), scorer, place / "epoch_on_test")
        careless_table = random_split(table, seed=seed)
        careless = _scores(careless_table, scorer, place / "random")
        worst = _scores(_swapped(careless_table), scorer, place / "random_epoch_on_test")
        for place_in, evaluation in enumerate(
            (
                _evaluate(honest, "dev", "test", seed),
                _evaluate(honest, "test", "test", seed),
                _evaluate(peeking, "test", "dev", seed),  # the splits changed places: its test rows are the dev people
                _evaluate(careless, "dev", "test", seed),
                _evaluate(worst, "dev", "dev", seed),
            )
        ):
            drawn[place_in].append(evaluation)
    panel = Panel(tuple(Claim(habit, tuple(held)) for habit, held in zip(HABITS, drawn, strict=True)))
    results.record_metrics(folder / "metrics.json", panel.to_dict())
    write_pages(folder, f"# {name}\n\n{_words(len(seeds))}\n\n{panel.markdown()}\n")
    return panel


def _fresh(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    from liveliness_lib.dataset.splits import assign_splits

    return assign_splits(table, seed=seed)


def _swapped(table: pd.DataFrame) -> pd.DataFrame:
    """Let dev and test change places, so that the epoch is chosen on what is then called the test."""
    return table.assign(split=table["split"].replace({"dev": "test", "test": "dev"}))


def _scores(table: pd.DataFrame, scorer: Scorer, folder: Path) -> pd.DataFrame:
    folder.mkdir(parents=True, exist_ok=True)
    tested = table.loc[table["split"] == "test", "path"]
    return scorer(Fold(folder.name, table, {folder.name: tuple(tested)}), folder)


def _evaluate(scored: pd.DataFrame, chosen_on: str, tested: str, seed: int) -> metrics.Evaluation:
    rows = scored[scored["split"] == chosen_on].assign(split="")  # choose_threshold refuses test rows, and rightly
    threshold = metrics.choose_threshold(rows)
    return metrics.evaluate(scored[scored["split"] == tested], threshold, seed=seed)


def _interval(claim: Claim) -> str:
    if len(claim.evaluations) > 1:
        values = [100 * one.acer.value for one in claim.evaluations]
        return f"{min(values):.1f} to {max(values):.1f} over seeds"
    low, high = claim.evaluations[0].acer.interval
    return f"[{100 * low:.1f}, {100 * high:.1f}]"


def _words(seeds: int) -> str:
    return (
        "The same network, recipe and pictures, judged honestly and as it is often done: the threshold or the epoch chosen "
        f"on the test pictures, pictures split at random so that people stand on both sides, and all of it. {seeds} "
        f"{'seed' if seeds == 1 else 'seeds'} of the splits. A number below the honest one was bought by the habit, not by "
        "the network."
    )
