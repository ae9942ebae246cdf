"""Teach a trained model its limits from photographs: find and cut their faces its own way, fit, store in its file."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from liveliness_lib import images
from liveliness_lib.faces import FaceDetector, load_detector
from liveliness_lib.models.domain import Domain
from liveliness_lib.models.domain_onnx import attach_domain
from liveliness_lib.models.face_classifier import CropClassifier, cut_for
from liveliness_lib.models.metadata import ModelMetadata
from liveliness_lib.paths import atomic_path

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)


def fit_limits(
    model: str | os.PathLike[str],
    table: pd.DataFrame,
    *,
    out: str | os.PathLike[str] | None = None,
    detector: FaceDetector | None = None,
    quantile: float = 0.99,
    tensor: str | None = None,
    name: str = "",
    progress: bool = True,
) -> Domain:
    """Fit where the faces of the train rows lie, with a limit that lets in a share of the dev rows' faces.

    Parameters
    ----------
    model : path
        An ONNX file of ours.
    table : DataFrame
        A manifest with train and dev rows, best those that the model was trained with.
    out : path, optional
        A copy that gets the limits; the file itself where none is given.
    detector : FaceDetector, optional
        The model's own where none is given.
    quantile : float
        The share of dev faces within the limit.
    tensor : str, optional
        The value in the graph that holds the features, see `models.domain_onnx.expose_features`.
    name : str
        What the faces are, for the record.
    progress : bool

    Raises
    ------
    ValueError
        No train or dev rows with a face, or no features can be named.
    """
    about = CropClassifier(model).metadata
    finder = detector or load_detector(about.detector)
    crops = {part: _crops(table[table["split"] == part], about, finder, progress) for part in ("train", "dev")}
    if any(len(labels) == 0 for _, labels in crops.values()):
        counts = {part: len(labels) for part, (_, labels) in crops.items()}
        raise ValueError(f"expected faces in the train and the dev rows. Received: {counts}")
    target = Path(out or model)
    with atomic_path(target) as temporary:
        shutil.copyfile(model, temporary)
        domain = attach_domain(
            temporary, *crops["train"], crops["dev"][0], quantile=quantile, fitted_on=name, tensor=tensor
        )
    return domain


def _crops(
    rows: pd.DataFrame, about: ModelMetadata, detector: FaceDetector, progress: bool
) -> tuple[npt.NDArray[np.uint8], list[str]]:
    from tqdm.auto import tqdm

    cut, labels = [], []
    pairs = zip(rows["path"], rows["label"], strict=True)
    for path, label in tqdm(pairs, total=len(rows), desc="faces", unit="photo", disable=not progress, leave=False):
        try:
            image = images.read_image(path)
        except images.ImageReadError as error:
            log.warning("left out: %s", error)
            continue
        faces = detector.detect(image)
        if faces:
            largest = max(faces, key=lambda face: face.width * face.height)
            cut.append(cut_for(about, image, largest.box))
            labels.append(label)
    return np.stack(cut) if cut else np.zeros((0, *about.crop_shape), np.uint8), labels
