"""Does the file format matter? Train on each, test on each, with several seeds."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveliness_lib.dataset.formats import FORMATS, convert
from liveliness_lib.metrics import Threshold, evaluate
from liveliness_lib.models import OnnxClassifier
from liveliness_lib.paths import atomic_path
from liveliness_lib.scores import as_score_table
from liveliness_lib.training import TrainConfig, train
from liveliness_lib.training.data import load_splits

RATES = ("apcer", "bpcer", "acer", "hter", "auc")


def compare_formats(
    table: pd.DataFrame,
    out: str | os.PathLike[str],
    *,
    formats: Sequence[str] = tuple(FORMATS),
    seeds: Sequence[int] = (0, 1, 2),
    config: TrainConfig | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Convert a set to every format, train on each with every seed, and test each network on all of them.

    A cell that was measured is kept in ``grid.csv``, so an interrupted grid goes on where it stopped. Each network's
    threshold comes from the dev split *of the format it was trained on*.

    Parameters
    ----------
    table
        A manifest with train, dev and test splits, of lossless pictures.
    out
        Folder of the converted sets, the runs and ``grid.csv``.
    formats
        As :func:`liveliness_lib.dataset.formats.find_format` takes them.
    seeds
        Of the networks; with two or more :func:`summarise_grid` has intervals.
    config
        Of every training; whole photographs unless it says otherwise.

    Returns
    -------
    DataFrame
        One row per network and tested format: ``trained_on, tested_on, seed``, the rates of the test split,
        ``acer_low`` and ``acer_high`` (95 %, over people) and ``bytes`` (mean size of a test picture on disk).
    """
    if (table["split"] == "test").sum() == 0 or not seeds or not formats:
        raise ValueError("expected a test split, at least one seed and one format. Received: one of them empty")
    folder = Path(out)
    sets = {name: convert(table, folder / "sets" / name, name, progress=progress) for name in formats}
    cells = _read_cells(folder / "grid.csv")
    for seed in seeds:  # outermost, so that an interrupted grid has whole seeds
        for trained_on in formats:
            done = cells[(cells["trained_on"] == trained_on) & (cells["seed"] == seed)]
            if set(formats) <= set(done["tested_on"]):
                continue
            settings = dataclasses.replace(config or TrainConfig(), seed=seed, name=f"{trained_on}-{seed}")
            new = _measure(sets, trained_on, settings, folder / "runs" / settings.name, progress)
            cells = pd.concat([cells.drop(done.index), new], ignore_index=True)
            with atomic_path(folder / "grid.csv") as temporary:
                cells.to_csv(temporary, index=False)
    return cells


def _read_cells(file: Path) -> pd.DataFrame:
    columns = ["trained_on", "tested_on", "seed", *RATES, "acer_low", "acer_high", "bytes"]
    return pd.read_csv(file) if file.is_file() else pd.DataFrame({name: [] for name in columns})


def _measure(
    sets: dict[str, pd.DataFrame], trained_on: str, config: TrainConfig, folder: Path, progress: bool
) -> pd.DataFrame:
    learnt = sets[trained_on][sets[trained_on]["split"] != "test"]  # the test split is judged below, once a format
    run = train(learnt, folder, config, overwrite=True, progress=progress)
    classifier = OnnxClassifier(run.folder / "model.onnx")
    threshold = Threshold(run.metadata.threshold, config.threshold_rule, "dev")
    rows = []
    for tested_on, table in sets.items():
        test = table[table["split"] == "test"]
        crops = load_splits(test, config.effective(), progress=progress)["test"]
        scores = as_score_table(crops.table, crops.scatter(classifier.predict(crops.images)))
        found = evaluate(scores, threshold, seed=config.seed)
        low, high = found.acer.interval
        cell = {"trained_on": trained_on, "tested_on": tested_on, "seed": config.seed}
        rates = {name: getattr(found, name).value for name in RATES} | {"acer_low": low, "acer_high": high}
        rows.append(cell | rates | {"bytes": float(test["bytes"].mean())})
    return pd.DataFrame(rows)


def summarise_grid(cells: pd.DataFrame, rate: str = "acer") -> pd.DataFrame:
    """Return mean and 95 % interval over the seeds of one rate, for every pair of formats.

    Returns
    -------
    DataFrame
        ``trained_on, tested_on, mean, low, high, seeds, bytes``. The interval is Student's, over the seeds only: it
        says how much the networks differ, not how much other people would.
    """
    rows = []
    for (trained_on, tested_on), group in cells.groupby(["trained_on", "tested_on"], sort=False):
        mean, low, high = student_interval(group[rate].to_numpy(float))
        spread = (mean, max(low, 0.0), min(high, 1.0)) if len(group) > 1 else (mean, low, high)
        rows.append((trained_on, tested_on, *spread, len(group), group["bytes"].mean()))
    return pd.DataFrame(rows, columns=["trained_on", "tested_on", "mean", "low", "high", "seeds", "bytes"])


def student_interval(values: NDArray[np.floating]) -> tuple[float, float, float]:
    """Return the mean and the ends of its 95 % interval (Student's t); NaN ends for a single value.

    Examples
    --------
    >>> [round(v, 3) for v in student_interval(np.array([0.1, 0.2, 0.3]))]
    [0.2, -0.048, 0.448]
    """
    from scipy.stats import t

    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return mean, float("nan"), float("nan")
    half = float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return mean, mean - half, mean + half


def format_effects(cells: pd.DataFrame, *, base: str = "png", rate: str = "acer") -> pd.DataFrame:
    """Return what changing the format does to a rate, in pairs that share everything else.

    ``tested``: the same network judges the same pictures in another format than `base`; a pair for each network.
    ``trained``: networks of the same seed, so of the same first weights and order, learn from another format than
    `base` and judge `base`; a pair for each seed. Pairs take out what differs between networks, which is far more
    than what differs between formats.

    Returns
    -------
    DataFrame
        ``changed`` (``tested`` or ``trained``), ``format``, ``mean``, ``low``, ``high`` (Student's 95 %), ``pairs``.

    Raises
    ------
    ValueError
        `base` is not in the grid.
    """
    if base not in set(cells["trained_on"]) & set(cells["tested_on"]):
        raise ValueError(f"expected {base} among the formats. Received: {sorted(set(cells['tested_on']))}")
    table = cells.set_index(["trained_on", "seed", "tested_on"])[rate].unstack("tested_on")
    tested = table.sub(table[base], axis=0)
    learnt = table[base].unstack("trained_on")
    trained = learnt.sub(learnt[base], axis=0)
    rows = []
    for changed, effects in (("tested", tested), ("trained", trained)):
        for name in dict.fromkeys(cells["tested_on"]):
            if name != base and name in effects:
                values = effects[name].dropna().to_numpy(float)
                rows.append((changed, name, *student_interval(values), len(values)))
    return pd.DataFrame(rows, columns=["changed", "format", "mean", "low", "high", "pairs"])


def grid_matrix(cells: pd.DataFrame, rate: str = "acer") -> pd.DataFrame:
    """Return the mean of a rate as a square table: rows trained on, columns tested on, in the order measured."""
    order = list(dict.fromkeys(cells["trained_on"]))
    mean = cells.pivot_table(index="trained_on", columns="tested_on", values=rate, aggfunc="mean")
    return mean.loc[order, [name for name in order if name in mean.columns]]
