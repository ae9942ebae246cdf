"""What every classifier offers: scores for the faces of a whole image, cut the way it was trained on.

A classifier is more than its network: the crop it wants (scale, shape, border) belongs to it and travels in its
metadata, so nobody outside has to know it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from liveliness_lib import crops
from liveliness_lib.models.metadata import ModelMetadata
from liveliness_lib.models.minifasnet_cut import cut_as_minifasnet
from liveliness_lib.models.onnx_model import OnnxClassifier


@runtime_checkable
class FaceClassifier(Protocol):
    """Score faces in an image."""

    @property
    def metadata(self) -> ModelMetadata:
        """Return the threshold, the band, the name and the origin of the model."""
        ...

    def score_faces(self, image: npt.NDArray[np.uint8], boxes: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return P(real) of each face.

        Parameters
        ----------
        image : (H, W, 3) uint8 RGB
            The whole picture; the classifier cuts what it needs.
        boxes : (N, 4)
            ``x_min, y_min, x_max, y_max`` in pixels.

        Returns
        -------
        (N,) float32 in [0, 1]
        """
        ...


@runtime_checkable
class KnowsItsDomain(Protocol):
    """Score faces, and say how far each lies from what was learnt."""

    def assess_faces(
        self, image: npt.NDArray[np.uint8], boxes: npt.ArrayLike
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64] | None]:
        """Return P(real) of each face as `FaceClassifier.score_faces` does, and its strangeness (N,).

        Above 1 a face lies outside of the domain and its score means nothing; None where the model has no domain.
        """
        ...


class CropClassifier:
    """Score faces by one crop of each, cut as the ONNX file's metadata says."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._network = OnnxClassifier(path)

    @property
    def path(self) -> Path:
        """Return the model file."""
        return self._network.path

    @property
    def metadata(self) -> ModelMetadata:
        """Return what the model file says about itself."""
        return self._network.metadata

    def score_faces(self, image: npt.NDArray[np.uint8], boxes: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return P(real) of each face; see `FaceClassifier.score_faces`."""
        return self.assess_faces(image, boxes)[0]

    def assess_faces(
        self, image: npt.NDArray[np.uint8], boxes: npt.ArrayLike
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64] | None]:
        """Return P(real) and strangeness of each face; see `KnowsItsDomain.assess_faces`."""
        asked, domain = np.asarray(boxes, float).reshape(-1, 4), self._network.domain
        if len(asked) == 0:
            return np.zeros(0, np.float32), None if domain is None else np.zeros(0)
        crops = np.stack([cut_for(self.metadata, image, box) for box in asked])
        scores, features = self._network.predict_with_features(crops)
        return scores, None if domain is None or features is None else domain.strangeness(features)

    def pixel_maps(self, image: npt.NDArray[np.uint8], boxes: npt.ArrayLike) -> npt.NDArray[np.float32] | None:
        """Return the model's own maps of each face, (N, K, h, w), positive for real; None where it makes none."""
        asked = np.asarray(boxes, float).reshape(-1, 4)
        if len(asked) == 0:
            return None
        return self._network.pixel_maps(np.stack([cut_for(self.metadata, image, box) for box in asked]))


def cut_for(metadata: ModelMetadata, image: npt.NDArray[np.uint8], box: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Cut one face the way `metadata` asks for; shape `ModelMetadata.crop_shape`."""
    whole = tuple(np.asarray(box, float))
    if not metadata.crop_scales:
        return _cut_one(metadata, image, whole, metadata.crop_scale)
    return np.stack([_cut_one(metadata, image, whole, scale) for scale in metadata.crop_scales])


def _cut_one(
    metadata: ModelMetadata, image: npt.NDArray[np.uint8], box: tuple[float, ...], scale: float
) -> npt.NDArray[np.uint8]:
    if metadata.crop_border == "minifasnet":
        return cut_as_minifasnet(image, box, scale, metadata.image_size)
    return crops.cut_face(
        image,
        box,
        scale=scale,
        square=metadata.crop_square,
        image_size=metadata.image_size,
        border=metadata.crop_border,
    )
