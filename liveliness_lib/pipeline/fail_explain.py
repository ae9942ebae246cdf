"""Explain the worst cases of a round with the model that made the mistakes, or with another."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from liveliness_lib import images
from liveliness_lib.failcases.gallery import Cases
from liveliness_lib.failcases.panel import explain_face, plot_explanation
from liveliness_lib.failcases.sheet import describe
from liveliness_lib.figures import save_figure
from liveliness_lib.models.registry import load_classifier
from liveliness_lib.pipeline.fail_round import BOX

log = logging.getLogger(__name__)


def explain_round(
    folder: str | os.PathLike[str], model: str, *, most: int = 12, out: str | os.PathLike[str] | None = None
) -> Iterator[Path]:
    """Write a figure for each of the worst cases and yield its path; cases without a face are passed over.

    Parameters
    ----------
    folder : path
        The round.
    model : str
        As ``load_classifier`` takes it. For the folder of a run with a ``model.keras``, Grad-CAM is among the panels
        where Keras is installed.
    most : int
    out : path, optional
        ``explained/`` in the round where none is given.
    """
    cases, classifier, network = Cases(folder), load_classifier(model), load_keras(model)
    rows = [row for row in cases.select().to_dict("records") if not _lost(row)][:most]
    for row in rows:
        image, box = images.read_image(row["path"]), [float(row[name]) for name in BOX]
        found = explain_face(image, box, classifier, keras_model=network)
        title = describe(row).replace("\n", ", ")
        target = Path(out or Path(folder) / "explained") / f"{row['case']}.png"
        yield save_figure(plot_explanation(found, title=f"{title}; {classifier.metadata.name}"), target)


def load_keras(model: str) -> Any:
    """Return the Keras model of a run folder, None where there is none or Keras is not installed."""
    file = Path(model) / "model.keras"
    if not file.is_file():
        return None
    try:
        import keras
    except ImportError:
        log.warning("no Grad-CAM: pip install 'liveliness[train]' brings Keras")
        return None
    return keras.models.load_model(file, compile=False)


def _lost(row: dict[Any, Any]) -> bool:
    values = [row.get(name, "") for name in BOX]
    return any(value == "" or np.isnan(float(value)) for value in values)
