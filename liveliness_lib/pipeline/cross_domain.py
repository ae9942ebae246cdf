"""Ask how a detector does on what it has never met: leave one device, one attack, one source out; simulated to real.

A protocol is a list of folds; a fold is a manifest whose splits say who is learnt from (*train*), who fixes epoch and
threshold (*dev*) and who is judged (*test*). Whoever scores it is free: `livenessnet_scorer` trains a network for each
fold, `ready_scorer` asks a detector that is trained already, and any function of a fold and a folder will do.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from liveliness_lib import metrics
from liveliness_lib.dataset.splits import GROUPS, check_leaks, connected_groups, ensure_splits
from liveliness_lib.paths import atomic_path
from liveliness_lib.pipeline.evaluate import Report, report_scores, score_with
from liveliness_lib.pipeline.judge import Judge
from liveliness_lib.scores import check_scores

if TYPE_CHECKING:
    import pandas as pd

    from liveliness_lib.training import TrainConfig

log = logging.getLogger(__name__)

TEST_SHARE, DEV_SHARE = 0.4, 0.2
"""Most of the people that one fold judges; of the others, those that fix epoch and threshold."""


@dataclass(frozen=True)
class Fold:
    """One training and what it is judged on.

    Attributes
    ----------
    name : str
        What was left out.
    table : DataFrame
        A manifest with train, dev and test rows, disjoint by person, source photo and session.
    tests : dict
        Name -> paths of the test rows that are judged together; usually one entry.
    """

    name: str
    table: pd.DataFrame
    tests: dict[str, tuple[str, ...]] = field(default_factory=dict)


Scorer = Callable[[Fold, Path], "pd.DataFrame"]
"""A fold and an empty folder (kept between runs) -> score table of its dev and test rows, with their split."""


def leave_one_out(table: pd.DataFrame, column: str, *, seed: int) -> tuple[list[Fold], dict[str, str]]:
    """Return a fold for each value of `column`, and why there is none for the others.

    In a fold, the value is in the test rows only; the people of these rows are in no other split. Where a value belongs
    to attacks alone (a screen, an attack type), the same people's real rows are judged with them.

    Parameters
    ----------
    table : DataFrame
        A manifest; its own splits play no part.
    column : str
        ``device`` (where ``camera+screen`` are two values), ``attack_type``, ``subject``, or any other.
    seed : int
        Chooses the people.

    Raises
    ------
    ValueError
        There is no such column, or it has fewer than two values.
    """
    if column not in table.columns:
        raise ValueError(
            f"expected a column to leave values out of. Received: {column!r}, not in {list(table.columns)}"
        )
    values = table[column].astype(str)
    parts = [set(v.split("+")) - {""} for v in values] if column == "device" else [{v} - {"", "none"} for v in values]
    names = sorted(set().union(*parts))
    if len(names) < 2:
        raise ValueError(
            f"expected at least two values in the column {column!r}: fill it in the manifest. Received: {names}"
        )
    folds, skipped = [], {}
    for name in names:
        try:
            folds.append(_fold(table, name, np.array([name in part for part in parts]), seed))
        except ValueError as error:
            skipped[name] = str(error)
    return folds, skipped


def leave_one_device_out(table: pd.DataFrame, *, seed: int) -> tuple[list[Fold], dict[str, str]]:
    """Return a fold for each camera, screen and printer; see `leave_one_out`."""
    return leave_one_out(table, "device", seed=seed)


def leave_one_attack_out(table: pd.DataFrame, *, seed: int) -> tuple[list[Fold], dict[str, str]]:
    """Return a fold for each attack type; see `leave_one_out`."""
    return leave_one_out(table, "attack_type", seed=seed)


def simulated_to_real(simulated: pd.DataFrame, real: pd.DataFrame, *, seed: int) -> list[Fold]:
    """Return one fold: learnt and fixed on simulated rows, judged on unseen simulated people and on all real rows.

    Raises
    ------
    LeakError
        A person, photo or session stands in both.
    """
    import pandas as pd

    ours = ensure_splits(simulated, seed=seed)
    ours, theirs = ours[ours["split"] != ""], real.assign(split="test")
    at_home = ours.loc[ours["split"] == "test", "path"]
    tests = {"simulated, unseen people": tuple(at_home), "real": tuple(theirs["path"])}
    joined = check_leaks(pd.concat([ours, theirs], ignore_index=True), by=("path", *GROUPS))
    return [Fold("simulated to real", joined, {name: paths for name, paths in tests.items() if paths})]


def _fold(table: pd.DataFrame, name: str, held: npt.NDArray[np.bool_], seed: int) -> Fold:
    groups, rng = connected_groups(table), np.random.default_rng([seed, *name.encode()])
    real, everyone = (table["label"] == "real").to_numpy(), np.unique(groups)
    meets = rng.permutation(np.unique(groups[held]))
    tested = np.isin(groups, meets[: max(1, int(TEST_SHARE * len(everyone)))])
    others = rng.permutation(np.setdiff1d(everyone, groups[tested]))
    dev = np.isin(groups, others[: max(1, round(DEV_SHARE * len(everyone)))])
    test = tested & (held if (held & real).any() else held | real)
    split = np.where(test, "test", np.where(tested | held, "", np.where(dev, "dev", "train")))
    chosen = table.assign(split=split)
    for part in ("train", "dev"):
        missing = {"real", "fake"} - set(chosen.loc[chosen["split"] == part, "label"])
        if missing:
            raise ValueError(f"without it {part} has {' and '.join(f'no {label}' for label in sorted(missing))} rows")
    chosen = chosen[chosen["split"] != ""]
    return Fold(name, check_leaks(chosen).reset_index(drop=True), {name: tuple(table.loc[test, "path"])})


def ready_scorer(judge: Judge) -> Scorer:
    """Return a scorer that asks a detector which is trained already: only its threshold is of the fold."""

    def score(fold: Fold, folder: Path) -> pd.DataFrame:
        rows = fold.table[fold.table["split"].isin(["dev", "test"])]
        return score_with(judge, rows.reset_index(drop=True))

    return score


def livenessnet_scorer(config: TrainConfig, *, progress: bool = True) -> Scorer:
    """Return a scorer that trains a LivenessNet for each fold in its folder; what was finished there is taken as it is."""
    from liveliness_lib.scores import read_scores
    from liveliness_lib.training import train
    from liveliness_lib.training.run_folder import is_finished, read_run_state

    def score(fold: Fold, folder: Path) -> pd.DataFrame:
        run, note = folder / "run", folder / "fold.json"
        asked = {"data": _digest(fold.table), "config": config.effective().digest()}
        if note.is_file() and json.loads(note.read_text()) != asked:
            raise ValueError(f"expected other data or settings than before in another folder. Received: {folder}")
        state = read_run_state(run)
        if not is_finished(run):
            with atomic_path(note) as temporary:
                temporary.write_text(json.dumps(asked) + "\n")
            train(fold.table, run, config, overwrite=state is not None and state.state == "finished", progress=progress)
        return read_scores(run / "scores.csv")

    return score


def _digest(table: pd.DataFrame) -> str:
    rows = table[["path", "label", "split"]].astype(str).agg("\0".join, axis=1)
    return hashlib.blake2b("\n".join(rows).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class FoldResult:
    """What one fold gave on one of its tests."""

    name: str
    report: Report
    trained_on: int


def run_protocol(
    folds: Sequence[Fold],
    scorer: Scorer,
    out: str | os.PathLike[str],
    *,
    name: str,
    rule: str = "eer",
    seed: int = 0,
    skipped: dict[str, str] | None = None,
) -> list[FoldResult]:
    """Score each fold, fix the threshold on its dev rows, judge its test rows, write one report of all.

    Parameters
    ----------
    folds
        From `leave_one_out` and its like.
    scorer
        See `Scorer`.
    out
        Folder: ``report.md``, ``report.html``, ``folds.csv``, ``metrics.json``, and one folder a fold below ``folds``. Run
        again, it goes on where it was stopped.
    name
        Title.
    rule
        How thresholds are chosen on dev.
    seed
        Of the bootstrap.
    skipped
        Values without a fold and why, for the report.

    Raises
    ------
    ValueError
        No fold; or the scorer did not score what it was given.
    """
    from tqdm.auto import tqdm

    from liveliness_lib.pipeline.cross_domain_report import write_protocol

    if not folds:
        reasons = "; ".join(f"{value}: {why}" for value, why in (skipped or {}).items())
        raise ValueError(f"expected at least one fold. Received: none ({reasons})")
    folder, found = Path(out), []
    for fold in tqdm(folds, desc="folds", unit="fold"):
        place = folder / "folds" / re.sub(r"[^\w.-]+", "_", fold.name)
        place.mkdir(parents=True, exist_ok=True)
        found += judge_fold(fold, _checked(scorer(fold, place), fold), place, rule=rule, seed=seed)
        write_protocol(found, folder, name, skipped or {}, planned=len(folds))  # what is finished is kept
    return found


def judge_fold(fold: Fold, scored: pd.DataFrame, folder: Path, *, rule: str = "eer", seed: int = 0) -> list[FoldResult]:
    """Fix the threshold on the dev rows of a fold's scores and report each of its tests."""
    dev = scored[scored["split"] == "dev"]
    threshold = metrics.choose_threshold(dev, rule)
    both = set(dev.dropna(subset=["score"])["label"]) == {"real", "fake"}
    temperature = metrics.fit_temperature(dev) if both else None
    learnt, results = int((fold.table["split"] == "train").sum()), []
    for name, paths in fold.tests.items():
        rows = scored[scored["path"].isin(paths)].reset_index(drop=True)
        place = folder / re.sub(r"[^\w.-]+", "_", name) if len(fold.tests) > 1 else folder
        report = report_scores(rows, threshold, out=place, name=name, seed=seed, temperature=temperature)
        results.append(FoldResult(name, report, learnt))
    return results


def _checked(scored: pd.DataFrame, fold: Fold) -> pd.DataFrame:
    asked = fold.table[fold.table["split"].isin(["dev", "test"])]
    missing = set(asked["path"]) - set(check_scores(scored)["path"])
    if missing or "split" not in scored.columns:
        raise ValueError(
            f"{fold.name}: expected scores of all dev and test rows. Received: {len(missing)} without a row"
        )
    return scored
