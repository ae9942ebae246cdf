"""Train from a table to a finished run folder."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from liveliness_lib import __version__
from liveliness_lib.metrics import Evaluation, choose_band, choose_threshold, evaluate
from liveliness_lib.models import ModelMetadata, OnnxClassifier
from liveliness_lib.models.domain_onnx import attach_domain
from liveliness_lib.models.livenessnet import CLASS_ORDER
from liveliness_lib.models.onnx_export import export_onnx, write_metadata
from liveliness_lib.paths import atomic_path, require
from liveliness_lib.scores import as_score_table
from liveliness_lib.training.config import TrainConfig
from liveliness_lib.training.crops_cache import CropsCache
from liveliness_lib.training.data import SplitCrops, check_table, data_digest, load_splits
from liveliness_lib.training.report import write_reports
from liveliness_lib.training.run_folder import CHECKPOINTS, begin_run, finish_run
from liveliness_lib.training.tensorflow import load_tensorflow

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

PARITY = 1e-4
"""Largest difference allowed between a score by Keras and by ONNX Runtime."""


@dataclass(frozen=True)
class TrainingRun:
    """Hold what a run found.

    Attributes
    ----------
    folder : Path
    metadata : ModelMetadata
        As it stands in ``model.onnx``: threshold and band from dev.
    history : DataFrame
        One row an epoch.
    best_epoch : int
        The epoch, from 1, whose weights were kept.
    stopped_early : bool
    scores : DataFrame
        The score table of dev, and of test where the table has one.
    evaluations : dict of Evaluation
        By split. On dev the threshold was chosen, so only test says how well it works.
    """

    folder: Path
    metadata: ModelMetadata
    history: pd.DataFrame
    best_epoch: int
    stopped_early: bool
    scores: pd.DataFrame
    evaluations: dict[str, Evaluation]


def train(
    table: pd.DataFrame,
    out: str | os.PathLike[str],
    config: TrainConfig | None = None,
    *,
    overwrite: bool = False,
    cache: CropsCache | None = None,
    progress: bool = True,
) -> TrainingRun:
    """Train a LivenessNet, fix its threshold on dev, and write the run folder.

    Parameters
    ----------
    table : DataFrame
        A manifest with a split column. *train* is learnt from, *dev* stops the training and fixes the threshold,
        *test* (optional) is judged once at the end. Splits that share a person are refused.
    out : path
        The run folder. If a run with the same settings and crops was interrupted there, it goes on.
    config : TrainConfig, optional
    overwrite : bool
        Replace a run that stands in `out`.
    cache : CropsCache, optional
        Where crops of whole photographs are kept.
    progress : bool
        Show bars.

    Raises
    ------
    ValueError
        The table cannot be trained on, or `out` holds something else; LeakError (a ValueError) where splits share
        people.
    ImportError
        TensorFlow is not installed.
    """
    load_tensorflow()
    settings = (config or TrainConfig()).effective()
    splits = load_splits(check_table(table), settings, cache=cache, progress=progress)
    folder = begin_run(out, settings, data_digest(splits), overwrite=overwrite)
    from liveliness_lib.training.fit import fit

    model, state = fit(splits["train"], splits["dev"], settings, folder / CHECKPOINTS, progress=progress)
    metadata, scores = _publish(model, folder, splits, settings)
    import pandas as pd

    run = TrainingRun(
        folder=folder,
        metadata=metadata,
        history=pd.DataFrame(state.history),
        best_epoch=state.best_epoch,
        stopped_early=state.stopped,
        scores=scores,
        evaluations=_evaluations(scores, metadata, settings),
    )
    write_reports(run, settings, splits)
    finish_run(folder)
    log.info("finished %s", folder)
    return run


def _publish(
    model: Any, folder: Path, splits: dict[str, SplitCrops], config: TrainConfig
) -> tuple[ModelMetadata, pd.DataFrame]:
    """Write both model files; the threshold comes from the scores of the very ONNX file that carries it."""
    import pandas as pd

    with atomic_path(folder / "model.keras") as temporary:
        model.save(temporary)
    path = export_onnx(model, folder / "model.onnx", _metadata(config, splits))
    classifier = OnnxClassifier(path)
    judged = {name: classifier.predict(split.images) for name, split in splits.items() if name != "train"}
    _check_parity(model, splits["dev"], judged["dev"])
    tables = {name: as_score_table(splits[name].table, splits[name].scatter(s)) for name, s in judged.items()}
    threshold = choose_threshold(tables["dev"], config.threshold_rule)
    band = choose_band(tables["dev"], threshold, max_apcer=config.band_apcer, max_bpcer=config.band_bpcer)
    chosen = f"{threshold.rule} on {threshold.chosen_on}"
    metadata = _metadata(config, splits, threshold=threshold.value, threshold_from=chosen, band=band)
    write_metadata(path, metadata)
    _say_its_limits(path, splits)
    return metadata, pd.concat(tables.values(), ignore_index=True)


def _say_its_limits(path: Path, splits: dict[str, SplitCrops]) -> None:
    train, dev = splits["train"], splits["dev"]
    if np.bincount(train.labels, minlength=2).min() < 2:
        log.warning("too few training crops to say what lies outside of them")
        return
    attach_domain(path, train.images, train.labels, dev.images, fitted_on=f"{train.table['subject'].nunique()} people")


def _check_parity(model: Any, dev: SplitCrops, scores: np.ndarray) -> None:
    real = CLASS_ORDER.index("real")
    by_keras = model.predict(dev.images.astype(np.float32), batch_size=256, verbose=0)[:, real]
    difference = float(np.abs(by_keras - scores).max())
    if not difference <= PARITY:
        raise RuntimeError(f"Keras and ONNX Runtime differ by {difference:.2g}, above {PARITY}: the export is broken")


def _metadata(config: TrainConfig, splits: dict[str, SplitCrops], **chosen: Any) -> ModelMetadata:
    tensorflow, keras = require("tensorflow", extra="train"), require("keras", extra="train")
    learnt = splits["train"].table
    counts = learnt["attack_type"].replace("none", "real").value_counts().sort_index()
    held = ", ".join(f"{n} {name}" for name, n in counts.items())
    return ModelMetadata(
        name=config.name,
        class_order=CLASS_ORDER,
        crop_scale=config.crop_scale,
        crop_square=config.crop_square,
        crop_border=config.crop_border,
        image_size=config.image_size,
        detector=config.detector,
        trained_on=f"{len(learnt)} pictures of {learnt['subject'].nunique()} people: {held}",
        created_with=f"liveliness {__version__}, keras {keras.__version__}, tensorflow {tensorflow.__version__}",
        **chosen,
    )


def _evaluations(scores: pd.DataFrame, metadata: ModelMetadata, config: TrainConfig) -> dict[str, Evaluation]:
    dev = scores[scores["split"] == "dev"]
    threshold = choose_threshold(dev, config.threshold_rule)
    found = {"dev": evaluate(dev, threshold, seed=config.seed)}
    test = scores[scores["split"] == "test"]
    if set(test["label"]) == {"real", "fake"} and test["score"].notna().any():
        found["test"] = evaluate(test, threshold, seed=config.seed)
    elif len(test):
        log.warning("test holds %s rows only: no rates", sorted(set(test["label"])))
    return found
