"""Make the 8-bit version of a model, and measure on real crops how far its answers moved."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from liveliness_lib.dataset.manifest import load_table
from liveliness_lib.models import OnnxClassifier
from liveliness_lib.models.quantise import quantise_dynamic, quantise_static
from liveliness_lib.models.registry import find_model
from liveliness_lib.training.data import load_splits
from liveliness_lib.training.limits import settings_of

TOLERANCE = {"dynamic": 0.05, "static": 0.12}
"""Largest difference of a score that the int8 versions of LivenessNet are held to on real crops."""


@dataclass(frozen=True)
class Quantised:
    """Say what was made and how far it is from what it was made of.

    Attributes
    ----------
    path : Path
    kind : {"dynamic", "static"}
    bytes_before, bytes_after : int
    crops : int
        How many were compared; 0 where none were given.
    largest, median : float
        Difference of the scores.
    same : float
        Share of crops with the same verdict at the model's threshold.
    """

    path: Path
    kind: str
    bytes_before: int
    bytes_after: int
    crops: int = 0
    largest: float = float("nan")
    median: float = float("nan")
    same: float = float("nan")

    def to_text(self) -> str:
        """Return one or two lines for the terminal."""
        text = f"{self.path}: {self.kind} int8, {self.bytes_after} bytes, before {self.bytes_before}"
        if self.crops:
            text += (
                f"\n{self.crops} crops: scores moved by at most {self.largest:.4f}, median {self.median:.5f}; "
                f"{100 * self.same:.1f} % the same side of the threshold"
            )
        return text


def quantise_model(
    model: str, out: str | os.PathLike[str], *, photos: str | os.PathLike[str] | None = None, faces: bool = False
) -> Quantised:
    """Write the int8 version of `model` to `out`: static where there are photos to set its ranges by, else dynamic.

    Parameters
    ----------
    model : str
        As :func:`liveliness_lib.models.registry.load_classifier` takes it.
    out : path
    photos : path, optional
        Labelled photos, or a manifest. Half of the crops set the ranges, the other half is compared.
    faces : bool
        They are cut faces.
    """
    source = find_model(model).path
    if photos is None:
        path = quantise_dynamic(source, out)
        return Quantised(path, "dynamic", source.stat().st_size, path.stat().st_size)
    crops = face_crops(source, photos, faces=faces)
    path = quantise_static(source, out, crops[::2])
    return compare(source, path, crops[1::2], "static")


def face_crops(model: Path, photos: str | os.PathLike[str], *, faces: bool = False) -> npt.NDArray[np.uint8]:
    """Return the crops of every face in a labelled set, cut as the model's metadata says, in a mixed order."""
    settings = settings_of(OnnxClassifier(model).metadata, "faces" if faces else "photos")
    crops = load_splits(load_table(photos).assign(split="test"), settings)["test"].images
    return crops[np.random.default_rng(0).permutation(len(crops))]


def compare(before: Path, after: Path, crops: npt.NDArray[np.uint8], kind: str) -> Quantised:
    """Return how far the scores of two versions of a model lie apart on `crops`."""
    one, other = OnnxClassifier(before), OnnxClassifier(after)
    scores, moved = one.predict(crops), other.predict(crops)
    distance, limit = np.abs(scores - moved), one.metadata.threshold
    same = float(((scores >= limit) == (moved >= limit)).mean())
    sizes = before.stat().st_size, after.stat().st_size
    return Quantised(after, kind, *sizes, len(crops), float(distance.max()), float(np.median(distance)), same)
