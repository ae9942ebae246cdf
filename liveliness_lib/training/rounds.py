"""The history of a model that learns from its mistakes: what each round added, what it cured, and what it broke."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liveliness_lib.failcases.rounds import RoundChange, add_round, compare_rounds, read_round
from liveliness_lib.paths import atomic_path
from liveliness_lib.results import read_metrics
from liveliness_lib.scores import read_scores
from liveliness_lib.training.run_folder import is_finished

if TYPE_CHECKING:
    import pandas as pd

FILE = "rounds.json"


def add_rounds(table: pd.DataFrame, rounds: Sequence[str | os.PathLike[str]]) -> pd.DataFrame:
    """Return `table` with the cases of every round in its train split; see `failcases.rounds.add_round`."""
    for folder in rounds:
        table = add_round(table, folder)
    return table


def note_rounds(run: str | os.PathLike[str], rounds: Sequence[str | os.PathLike[str]]) -> Path:
    """Write into the folder of a run which rounds it learnt from, and which model had made the mistakes."""
    said = []
    for folder in rounds:
        cases = read_round(folder)
        added = cases[cases["add"] == "yes"]
        said.append(
            {
                "round": str(folder),
                "failed_by": sorted(set(cases["failed_by"].astype(str))),
                "added": len(added),
                "real": int((added["label"] == "real").sum()),
                "fake": int((added["label"] == "fake").sum()),
                "kinds": {str(k): int(n) for k, n in added["kind"].value_counts().items()} if "kind" in added else {},
            }
        )
    with atomic_path(Path(run) / FILE) as temporary:
        temporary.write_text(json.dumps(said, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return Path(run) / FILE


def failed_by(run: str | os.PathLike[str]) -> list[str]:
    """Return the models whose mistakes a run learnt from, in the order of its rounds."""
    return [name for one in _notes(run) for name in one["failed_by"]]


def compare_runs(before: str | os.PathLike[str], after: str | os.PathLike[str]) -> RoundChange:
    """Compare two finished runs on the test set that both were measured on, each at the threshold of its own dev.

    Raises
    ------
    ValueError
        One is no finished run, has no test split, or the test sets are not the same pictures.
    """
    tables, thresholds = [], []
    for run in (before, after):
        if not is_finished(run):
            raise ValueError(f"expected a finished run. Received: {run}")
        scores = read_scores(Path(run) / "scores.csv")
        test = scores[scores["split"] == "test"].reset_index(drop=True)
        if test.empty:
            raise ValueError(f"expected a run with a test split. Received: {run}")
        tables.append(test)
        thresholds.append(float(read_metrics(run)["threshold"]))
    return compare_rounds(tables[0], tables[1], thresholds[0], thresholds[1])


def rounds_table(runs: Sequence[str | os.PathLike[str]]) -> pd.DataFrame:
    """Lay the runs of successive rounds out as a table, each compared with the one before it.

    Parameters
    ----------
    runs : sequence of path
        Run folders, oldest first.

    Returns
    -------
    DataFrame
        ``run``; ``added`` cases, of them ``added_real`` and ``added_fake``; on the fixed test set ``cured``, ``broke``
        (of them ``broke_real``, ``broke_fake``), ``still_wrong`` and ``p_value`` of McNemar's exact test against the run
        before; ``test_acer`` with its interval.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for number, run in enumerate(runs):
        row: dict[str, Any] = {"run": Path(run).name, "added": 0, "added_real": 0, "added_fake": 0}
        for one in _notes(run):
            row["added"] += one["added"]
            row["added_real"] += one["real"]
            row["added_fake"] += one["fake"]
        if number:
            change = compare_runs(runs[number - 1], run)
            broke = change.broken["label"].value_counts()
            row |= {"cured": len(change.cured), "broke": len(change.broken), "still_wrong": change.still_wrong}
            row |= {"broke_real": int(broke.get("real", 0)), "broke_fake": int(broke.get("fake", 0))}
            row["p_value"] = change.p_value
        test = read_metrics(run).get("test", {})
        rows.append(row | {f"test_acer{part}": test.get(f"acer{part}") for part in ("", "_low", "_high")})
    return pd.DataFrame(rows)


def rounds_markdown(table: pd.DataFrame) -> str:
    """Return `rounds_table` to read."""
    lines = [
        "| run | added (real, fake) | cured | broke (real, fake) | still wrong | p | test ACER |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in table.to_dict("records"):
        acer = f"{100 * row['test_acer']:.1f} % [{100 * row['test_acer_low']:.1f}, {100 * row['test_acer_high']:.1f}]"
        change = " | | | "
        if row.get("cured") == row.get("cured") and "cured" in row:  # NaN for the first
            broke = f"{row['broke']:.0f} ({row['broke_real']:.0f}, {row['broke_fake']:.0f})"
            change = f"{row['cured']:.0f} | {broke} | {row['still_wrong']:.0f} | {row['p_value']:.2f}"
        added = f"{row['added']} ({row['added_real']}, {row['added_fake']})" if row["added"] else ""
        lines.append(f"| {row['run']} | {added} | {change} | {acer} |")
    return "\n".join(lines)


def _notes(run: str | os.PathLike[str]) -> list[dict[str, Any]]:
    file = Path(run) / FILE
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
