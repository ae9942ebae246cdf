"""One table of runs, best on dev first: it replaces notes kept by hand.

Runs are ordered by what was measured on *dev*. The columns of *test* stand beside it to be read, not to choose by: the
smallest of many test errors is small partly by luck, and the table says how much that would have claimed.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liveliness_lib.metrics import band_accuracy
from liveliness_lib.paths import atomic_path
from liveliness_lib.results import read_metrics
from liveliness_lib.scores import read_scores
from liveliness_lib.training.run_folder import is_finished, read_run_state

log = logging.getLogger(__name__)

SETTINGS = ("source", "learning_rate", "batch_size", "epochs", "seed")
MEASURED = ("dev_eer", "dev_auc", "test_acer", "test_apcer", "test_bpcer", "test_auc")
COLUMNS = (
    "rank",
    "name",
    *SETTINGS,
    "epochs_run",
    "best_epoch",
    *(f"{name}{part}" for name in MEASURED for part in ("", "_low", "_high")),
    "accuracy",
    "sure_accuracy",
    "not_sure",
    "threshold",
    "band_low",
    "band_high",
    "pictures",
    "data",
    "cpu_seconds",
    "error",
    "folder",
)

LEGEND = (
    "Ordered by the error on dev. In brackets: 95 % intervals. Epochs: kept / run / allowed. Faces *found*: detected and "
    "cut; *as given*: the whole picture."
)


def read_board(folder: str | os.PathLike[str], *, notes: Mapping[str, Mapping[str, Any]] | None = None) -> pd.DataFrame:
    """Collect every finished run below `folder`.

    Parameters
    ----------
    folder : path
        Searched at every depth.
    notes : mapping, optional
        By run name: ``cpu_seconds``, and ``error`` for a run that failed; it is listed without numbers.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`, ordered by EER on dev, then by loss on dev. Rates are shares with the ends of their
        95 % intervals; ``accuracy`` is that of test without a not-sure band, ``sure_accuracy`` on what lies outside the
        band, ``not_sure`` the share inside it. ``data`` is the same where runs saw the same crops and splits.

    Raises
    ------
    ValueError
        There is no run.
    """
    said, root = dict(notes or {}), Path(folder)
    runs = [file.parent for file in sorted(root.rglob("run.json"))] if root.is_dir() else []
    rows = [
        row_of(run) | {k: v for k, v in said.get(run.name, {}).items() if k == "cpu_seconds"}
        for run in runs
        if is_finished(run)
    ]
    known = {row["name"] for row in rows}
    rows += [{"name": name, **note} for name, note in said.items() if note.get("error") and name not in known]
    if not rows:
        raise ValueError(f"expected a folder with finished runs. Received: {root}")
    board = pd.DataFrame(rows).reindex(columns=[*COLUMNS, "dev_loss"])
    board = board.sort_values(["dev_eer", "dev_loss", "name"], ignore_index=True).drop(columns="dev_loss")
    return board.assign(rank=np.arange(1, len(board) + 1), error=board["error"].astype(object).fillna(""))


def row_of(run: Path) -> dict[str, Any]:
    """Return the row of one finished run: its settings, and its rates on dev and test."""
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    measured, state = read_metrics(run), read_run_state(run)
    row: dict[str, Any] = {"name": run.name, "folder": str(run)} | {name: config[name] for name in SETTINGS}
    row |= {"epochs_run": measured["training"]["epochs"], "best_epoch": measured["training"]["best_epoch"]}
    row |= {"dev_loss": measured["training"]["best_dev_loss"], "pictures": sum(measured["pictures"].values())}
    for name in MEASURED:
        split, _, rate = name.partition("_")
        for part in ("", "_low", "_high"):
            row[name + part] = measured.get(split, {}).get(rate + part)
    scores = read_scores(run / "scores.csv")
    test = scores[scores["split"] == "test"]
    band = (measured["band"][0], measured["band"][1])
    found = band_accuracy(test, measured["threshold"], band)
    row |= {"accuracy": found.accuracy, "sure_accuracy": found.sure_accuracy, "not_sure": found.undecided}
    row |= {"threshold": measured["threshold"], "band_low": band[0], "band_high": band[1]}
    return row | {"data": "" if state is None else state.data}


def write_board(folder: str | os.PathLike[str], board: pd.DataFrame, *, title: str = "Leaderboard") -> None:
    """Write ``leaderboard.csv`` and ``leaderboard.md`` into `folder`, each whole."""
    target = Path(folder)
    with atomic_path(target / "leaderboard.csv") as temporary:
        board.to_csv(temporary, index=False, float_format="%.6g", lineterminator="\n")
    with atomic_path(target / "leaderboard.md") as temporary:
        temporary.write_text(board_markdown(board, title=title), encoding="utf-8")


def board_markdown(board: pd.DataFrame, *, title: str = "Leaderboard") -> str:
    """Return the board to read: the runs, the mean of each setting, and what choosing on test would have claimed."""
    head = (
        "#",
        "faces",
        "rate",
        "batch",
        "epochs",
        "seed",
        "dev EER",
        "test ACER",
        "APCER",
        "BPCER",
        "AUC",
        "accuracy",
        "outside the band",
        "not sure",
    )
    lines = [f"# {title}", "", _line(head), "|" + "---|" * 2 + "---:|" * (len(head) - 2)]
    measured = board[board["error"] == ""]
    lines += [_line(_cells(row)) for row in measured.to_dict("records")]
    lines += [f"| | {row['name']} failed: {row['error']} |" for row in board[board["error"] != ""].to_dict("records")]
    lines += ["", LEGEND, ""]
    return "\n".join([*lines, *_effects(measured), *_claims(measured)]) + "\n"


def effects(board: pd.DataFrame, rate: str = "test_acer") -> pd.DataFrame:
    """Return for every value of every setting that varies the mean of a rate over the runs, and their spread.

    Returns
    -------
    DataFrame
        ``setting, value, runs, mean, low, high``: low and high are the smallest and the largest run.
    """
    rows = []
    for setting in SETTINGS:
        groups = board.groupby(setting)[rate]
        if groups.ngroups > 1:
            rows += [(setting, value, len(g), g.mean(), g.min(), g.max()) for value, g in groups]
    return pd.DataFrame(rows, columns=["setting", "value", "runs", "mean", "low", "high"])


def _cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    def rate(name: str) -> str:
        if row[name] is None or np.isnan(row[name]):
            return ""
        return f"{100 * row[name]:.1f} [{100 * row[name + '_low']:.1f}, {100 * row[name + '_high']:.1f}]"

    faces = {"photos": "found", "faces": "as given"}[row["source"]]
    epochs = f"{row['best_epoch']:.0f} / {row['epochs_run']:.0f} / {row['epochs']:.0f}"
    settings = (
        str(row["rank"]),
        faces,
        f"{row['learning_rate']:g}",
        f"{row['batch_size']:.0f}",
        epochs,
        f"{row['seed']:.0f}",
    )
    shares = (row["accuracy"], row["sure_accuracy"], row["not_sure"])
    return (
        *settings,
        *(rate(name) for name in ("dev_eer", "test_acer", "test_apcer", "test_bpcer", "test_auc")),
        *("" if np.isnan(share) else f"{100 * share:.1f}" for share in shares),
    )


def _effects(board: pd.DataFrame) -> list[str]:
    found = effects(board)
    if found.empty:
        return []
    lines = [
        "## What each setting did",
        "",
        _line(("setting", "value", "runs", "mean test ACER", "from", "to")),
        "|---|---|" + "---:|" * 4,
    ]
    lines += [
        _line((r["setting"], r["value"], r["runs"], *(f"{100 * r[k]:.1f}" for k in ("mean", "low", "high"))))
        for r in found.to_dict("records")
    ]
    return [*lines, ""]


def _claims(board: pd.DataFrame) -> list[str]:
    tested = board[board["test_acer"].notna()]
    if len(tested) < 2:
        return []
    records = tested.to_dict("records")
    chosen, smallest = records[0], min(records, key=lambda row: float(row["test_acer"]))
    return [
        f"Chosen on dev: {chosen['name']}, test ACER {100 * chosen['test_acer']:.1f} %. The smallest test ACER of the "
        f"{len(tested)} runs is {100 * smallest['test_acer']:.1f} % ({smallest['name']}): to report that one would be "
        "to choose on test."
    ]


def _line(cells: tuple[Any, ...]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
