"""Train a grid of settings, resumably and side by side; every cell is one run folder.

A cell is named by its settings and is a finished, an interrupted or no run: so the same command, given again, goes on
where it stopped, and a larger grid adds its cells to those that are there.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from liveliness_lib.dataset.parallel import run_tasks
from liveliness_lib.paths import atomic_path
from liveliness_lib.training.config import TrainConfig
from liveliness_lib.training.crops_cache import CropsCache
from liveliness_lib.training.data import check_table
from liveliness_lib.training.leaderboard import read_board, write_board
from liveliness_lib.training.run_folder import is_finished
from liveliness_lib.training.train import train

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

RUNS, CELLS = "runs", "cells"


@dataclass(frozen=True)
class Grid:
    """Hold the values to combine.

    Attributes
    ----------
    sources : tuple of {"photos", "faces"}
        *photos*: faces are found and cut first; *faces*: every picture is taken as it is, so that on whole photographs
        this is training without face detection.
    learning_rates, batch_sizes, epochs, seeds
        Each value of one with each of the others.
    base : TrainConfig
        Every other setting.
    """

    sources: tuple[Literal["photos", "faces"], ...] = ("photos", "faces")
    learning_rates: tuple[float, ...] = (1e-3, 1e-4)
    batch_sizes: tuple[int, ...] = (64,)
    epochs: tuple[int, ...] = (60,)
    seeds: tuple[int, ...] = (0,)
    base: TrainConfig = dataclasses.field(default_factory=TrainConfig)

    def cells(self) -> list[TrainConfig]:
        """Return the settings of every cell, named by what varies.

        Raises
        ------
        ValueError
            An axis is empty or names a value twice, or a setting that cannot be trained with.

        Examples
        --------
        >>> [cell.name for cell in Grid(learning_rates=(1e-3,), batch_sizes=(64, 128)).cells()]
        ['photos-lr0.001-b64-e60-s0', 'photos-lr0.001-b128-e60-s0', 'faces-lr0.001-b64-e60-s0', 'faces-lr0.001-b128-e60-s0']
        """
        axes: list[tuple[Any, ...]] = [self.sources, self.learning_rates, self.batch_sizes, self.epochs, self.seeds]
        if not all(axis and len(set(axis)) == len(axis) for axis in axes):
            raise ValueError(f"expected at least one value on every axis, each once. Received: {axes}")
        return [
            dataclasses.replace(
                self.base,
                source=source,
                learning_rate=rate,
                batch_size=batch,
                epochs=epochs,
                seed=seed,
                name=f"{source}-lr{rate:g}-b{batch}-e{epochs}-s{seed}",
            )
            for source, rate, batch, epochs, seed in itertools.product(*axes)
        ]


def sweep(
    table: pd.DataFrame,
    out: str | os.PathLike[str],
    grid: Grid,
    *,
    jobs: int = -1,
    engine: str = "joblib",
    scheduler: str | None = None,
    cache: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Train every cell of `grid` on `table` and keep the leaderboard.

    Parameters
    ----------
    table : DataFrame
        A manifest with splits: the same for all cells of a folder.
    out : path
        Folder of ``leaderboard.csv`` and ``.md``, and of the runs below ``runs/``.
    grid : Grid
    jobs, engine, scheduler
        As :func:`liveliness_lib.dataset.parallel.run_tasks` takes them.
    cache : path, optional
        Folder of the crops that are cut once for all cells; the usual cache where none is given.
    progress : bool

    Returns
    -------
    DataFrame
        See :func:`liveliness_lib.training.leaderboard.read_board`: cells of this and of earlier calls. A cell that
        failed stands there with the reason, and is tried again by the next call.

    Raises
    ------
    ValueError
        The table cannot be trained on, the grid is empty, or `out` holds a sweep over other data.
    """
    folder, checked, cells = Path(out).resolve(), check_table(table), grid.cells()
    _claim(folder, checked)
    _cut_once(checked, cells, cache, jobs=jobs, engine=engine, scheduler=scheduler, progress=progress)
    todo = [cell for cell in cells if not _done(folder, cell)]
    log.info("%d of %d cells are done already", len(cells) - len(todo), len(cells))
    task = partial(
        _train_cell,
        table=checked,
        out=str(folder),
        cache=None if cache is None else str(cache),
        threads=0 if jobs == 1 and engine == "joblib" else 1,
    )
    run_tasks(
        task, todo, jobs=jobs, engine=engine, scheduler=scheduler, description="runs", progress=progress, retries=0
    )
    board = read_board(folder / RUNS, notes=_notes(folder))
    write_board(folder, board)
    return board


def status(out: str | os.PathLike[str], grid: Grid) -> dict[str, str]:
    """Return for every cell of `grid` whether it is ``done``, ``begun``, ``failed`` or ``to do`` in the folder `out`."""
    folder, notes = Path(out), _notes(Path(out))
    words = {}
    for cell in grid.cells():
        run = folder / RUNS / cell.name
        other = "begun" if run.is_dir() else "to do"
        words[cell.name] = (
            "done" if _done(folder, cell) else "failed" if notes.get(cell.name, {}).get("error") else other
        )
    return words


def _done(folder: Path, cell: TrainConfig) -> bool:
    run = folder / RUNS / cell.name
    if not run.is_dir() or not is_finished(run):
        return False
    held = json.loads((run / "config.json").read_text(encoding="utf-8"))
    return bool(held == json.loads(cell.effective().to_json()))  # the base settings are not in the name


def _claim(folder: Path, table: pd.DataFrame) -> None:
    """Note which data a folder's runs are of; rows of other data would not compare."""
    digest, file = _digest(table), folder / "sweep.json"
    if file.is_file():
        held = json.loads(file.read_text(encoding="utf-8")).get("data")
        if held != digest:
            raise ValueError(
                f"{folder} holds a sweep over other data or splits: choose another folder. Received: {digest}"
            )
        return
    with atomic_path(file) as temporary:
        temporary.write_text(json.dumps({"data": digest, "pictures": len(table)}) + "\n", encoding="utf-8")


def _digest(table: pd.DataFrame) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path, label, attack, split in table[["path", "label", "attack_type", "split"]].itertuples(index=False):
        file = Path(path)
        content = hashlib.blake2b(file.read_bytes(), digest_size=16).digest() if file.is_file() else b"missing"
        digest.update(content + f"{label},{attack},{split}".encode())
    return digest.hexdigest()


def _cut_once(
    table: pd.DataFrame, cells: Sequence[TrainConfig], cache: str | os.PathLike[str] | None, **how: Any
) -> None:
    """Fill the cache of crops before the runs ask for them all at once."""
    photos = [cell for cell in cells if cell.source == "photos"]
    if photos:
        task = partial(_cut_one, config=photos[0], cache=None if cache is None else str(cache))
        parts = [list(table["path"][start : start + 16]) for start in range(0, len(table), 16)]
        run_tasks(task, parts, description="faces", **how)


def _cut_one(paths: list[str], config: TrainConfig, cache: str | None) -> int:
    found = CropsCache(config, None if cache is None else Path(cache)).crops(paths, progress=False)
    return sum(crop is not None for crop in found)


def _train_cell(config: TrainConfig, table: pd.DataFrame, out: str, cache: str | None, threads: int) -> str:
    """Train one cell; what goes wrong with it is written down and does not stop the others."""
    if threads:  # a worker's own process: the cells share the cores already
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
    start, error, folder = time.process_time(), "", Path(out)
    crops = CropsCache(config, None if cache is None else Path(cache))
    try:
        train(
            table, folder / RUNS / config.name, config, cache=crops, overwrite=not _same(folder, config), progress=False
        )
    except (ValueError, RuntimeError, OSError) as reason:
        error = f"{type(reason).__name__}: {reason}"
        log.warning("%s: %s", config.name, error)
    with atomic_path(folder / CELLS / f"{config.name}.json") as temporary:
        note = {"cpu_seconds": round(time.process_time() - start, 1), "error": error}
        temporary.write_text(json.dumps(note) + "\n", encoding="utf-8")
    return error


def _same(folder: Path, config: TrainConfig) -> bool:
    """Return whether what stands in the cell's folder, if anything, is an interrupted run of the same settings."""
    from liveliness_lib.training.run_folder import read_run_state

    state = read_run_state(folder / RUNS / config.name)
    return state is None or (state.state == "running" and state.config == config.effective().digest())


def _notes(folder: Path) -> dict[str, dict[str, Any]]:
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted((folder / CELLS).glob("*.json"))}
