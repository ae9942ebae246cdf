"""Write what a run found: numbers, curves, a classification report and a model card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from liveliness_lib.metrics import BandAccuracy, format_evaluation
from liveliness_lib.models.livenessnet import CLASS_ORDER
from liveliness_lib.paths import atomic_path, require
from liveliness_lib.results import record_metrics
from liveliness_lib.scores import write_scores
from liveliness_lib.training.config import TrainConfig
from liveliness_lib.training.data import SplitCrops
from liveliness_lib.training.limits import bands_of
from liveliness_lib.training.model_card import model_card

if TYPE_CHECKING:
    import pandas as pd

    from liveliness_lib.training.train import TrainingRun


def write_reports(run: TrainingRun, config: TrainConfig, splits: dict[str, SplitCrops]) -> None:
    """Write every file of the run folder except the models and the state."""
    folder = run.folder
    _write_text(folder / "config.json", config.to_json() + "\n")
    _write_text(folder / "labels.json", json.dumps(list(CLASS_ORDER)) + "\n")
    _write_text(folder / "history.csv", run.history.to_csv(index=False, float_format="%.8g", lineterminator="\n"))
    write_scores(folder / "scores.csv", run.scores)
    _write_curve(folder / "training.png", run)
    _write_classification(folder, run)
    record_metrics(folder / "metrics.json", metrics_of(run, splits))
    _write_text(folder / "model_card.md", model_card(run, config, splits))


def metrics_of(run: TrainingRun, splits: dict[str, SplitCrops]) -> dict[str, Any]:
    """Return the numbers of a run: rates by split, epochs, threshold, band and counts."""
    metrics: dict[str, Any] = {name: evaluation.to_dict() for name, evaluation in run.evaluations.items()}
    metrics["training"] = {
        "epochs": len(run.history),
        "best_epoch": run.best_epoch,
        "stopped_early": run.stopped_early,
        "best_dev_loss": float(run.history["val_loss"].iloc[run.best_epoch - 1]),
    }
    metrics["threshold"] = run.metadata.threshold
    metrics["band"] = list(run.metadata.band)
    metrics["accuracy"] = {name: _plain(found["fitted band"]) for name, found in bands_of(run).items()}
    metrics["pictures"] = {name: len(split.table) for name, split in splits.items()}
    metrics["acquired"] = {name: int(split.acquired.sum()) for name, split in splits.items()}
    return metrics


def _plain(found: BandAccuracy) -> dict[str, float | None]:
    values = {"all": found.accuracy, "sure": found.sure_accuracy, "not_sure_share": found.undecided}
    return {name: None if np.isnan(value) else value for name, value in values.items()}


def classification(scores: pd.DataFrame, threshold: float) -> tuple[str, dict[str, Any]]:
    """Return scikit-learn's classification report at `threshold` as text and as numbers.

    What was not acquired counts as fake: it is rejected.
    """
    metrics = require("sklearn.metrics", extra="train")
    names = list(CLASS_ORDER)
    given = np.where(scores["score"] >= threshold, "real", "fake")
    settings = {"labels": names, "zero_division": 0}
    text = metrics.classification_report(scores["label"], given, digits=3, **settings)
    return text, metrics.classification_report(scores["label"], given, output_dict=True, **settings)


def _write_classification(folder: Path, run: TrainingRun) -> None:
    texts, numbers = [], {}
    for split in ("dev", "test"):
        rows = run.scores[run.scores["split"] == split]
        if len(rows):
            text, numbers[split] = classification(rows, run.metadata.threshold)
            texts.append(f"{split}, {len(rows)} pictures, threshold {run.metadata.threshold:.4f}\n\n{text}")
            texts.append("".join(f"accuracy, {name}: {found}\n" for name, found in bands_of(run)[split].items()))
            if split in run.evaluations:
                texts.append(format_evaluation(run.evaluations[split]) + "\n")
    _write_text(folder / "classification_report.txt", "\n".join(texts))
    _write_text(folder / "classification_report.json", json.dumps(numbers, indent=2, sort_keys=True) + "\n")


def _write_curve(path: Path, run: TrainingRun) -> None:
    from liveliness_lib.figures import new_figure, plot_history, save_figure

    figure, axes = new_figure(columns=2)
    plot_history(run.history, metric="loss", best_epoch=run.best_epoch, ax=axes[0])
    plot_history(run.history, metric="accuracy", best_epoch=run.best_epoch, ax=axes[1])
    save_figure(figure, path)


def _write_text(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
