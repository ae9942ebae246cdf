"""Fit the limits of a model, threshold and not-sure band, on pictures set aside for it, and say what they buy."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

from liveliness_lib.metrics import ORIGINAL_BAND, BandAccuracy, band_accuracy, choose_band, choose_threshold
from liveliness_lib.models import ModelMetadata, OnnxClassifier
from liveliness_lib.models.onnx_export import write_metadata
from liveliness_lib.scores import as_score_table
from liveliness_lib.training.config import TrainConfig
from liveliness_lib.training.data import load_splits

if TYPE_CHECKING:
    import pandas as pd

    from liveliness_lib.training.train import TrainingRun


def bands_of(run: TrainingRun) -> dict[str, dict[str, BandAccuracy]]:
    """Return, for dev and test, what the band fitted on dev buys and what the original's guessed one would have."""
    bands = {
        "fitted band": (run.metadata.threshold, run.metadata.band),
        "the original's band": (ORIGINAL_BAND[1], ORIGINAL_BAND),
    }
    return {
        str(split): {name: band_accuracy(rows, *limits) for name, limits in bands.items()}
        for split, rows in run.scores.groupby("split")
    }


def fit_limits(
    model: str | os.PathLike[str],
    dev: pd.DataFrame,
    *,
    source: str = "photos",
    rule: str = "eer",
    max_apcer: float = 0.05,
    max_bpcer: float = 0.05,
    progress: bool = True,
) -> ModelMetadata:
    """Choose threshold and band of the ONNX file `model` on `dev`, and write them into it.

    Parameters
    ----------
    model : path
        An ONNX file with metadata.
    dev : DataFrame
        A manifest of pictures that the model neither learnt from nor will be tested on.
    source : {"photos", "faces"}
        Whole photographs, whose faces are found as the metadata says, or faces cut already.
    rule, max_apcer, max_bpcer
        As :func:`liveliness_lib.metrics.choose_threshold` and ``choose_band`` take them.

    Returns
    -------
    ModelMetadata
        As it now stands in the file.
    """
    classifier = OnnxClassifier(model)
    crops = load_splits(dev.assign(split="dev"), settings_of(classifier.metadata, source), progress=progress)["dev"]
    scores = as_score_table(crops.table, crops.scatter(classifier.predict(crops.images)))
    threshold = choose_threshold(scores, rule)
    band = choose_band(scores, threshold, max_apcer=max_apcer, max_bpcer=max_bpcer)
    chosen = f"{threshold.rule} on {threshold.chosen_on}"
    metadata = dataclasses.replace(classifier.metadata, threshold=threshold.value, threshold_from=chosen, band=band)
    write_metadata(model, metadata)
    return metadata


def settings_of(metadata: ModelMetadata, source: str) -> TrainConfig:
    """Return the settings that cut faces as `metadata` says.

    Raises
    ------
    ValueError
        The model looks at several crops of a face.
    """
    if metadata.crop_scales or metadata.crop_border == "minifasnet":
        raise ValueError(
            "expected a model that looks at one crop of a face; choose the threshold of this one with "
            f"`liveliness evaluate --dev`. Received: {metadata.name!r}"
        )
    return TrainConfig(
        source="photos" if source == "photos" else "faces",
        detector=metadata.detector,
        image_size=metadata.image_size,
        crop_scale=metadata.crop_scale,
        crop_square=metadata.crop_square,
        crop_border=metadata.crop_border,
    )
