"""Photographs to depth: find the face, estimate, describe; with our network also a verdict."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.depth.features import DepthFeatures, describe_depth, spread_of
from liveliness_lib.depth.onnx import SmallDepth
from liveliness_lib.depth.pretrained import estimate_depth
from liveliness_lib.depth.verdict import cut_for_depth, judge_crop, load_verdict
from liveliness_lib.faces import load_detector
from liveliness_lib.images import read_image, write_image

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class PhotoDepth:
    """Hold what depth says about one photograph.

    Attributes
    ----------
    path : str
    found : bool
        Whether there was a face large enough to look at.
    verdict : str
        ``real``, ``not sure``, ``fake``; ``retake`` where nothing was found, ``relief only`` without a calibration.
    score : float or None
        P(real).
    features : DepthFeatures or None
    note : str
    """

    path: str
    found: bool
    verdict: str
    score: float | None = None
    features: DepthFeatures | None = None
    note: str = ""

    def to_text(self) -> str:
        """Return one line."""
        if self.features is None:
            return f"{self.verdict:<11} {self.path}  ({self.note})"
        chance = "--   " if self.score is None else f"{self.score:.3f}"
        relief = f"nose {self.features.nose_relief:+.3f}, from a plane {self.features.plane_residual:.3f}"
        return f"{self.verdict:<11} P(real) {chance}  {self.path}  ({relief} {self.note})"


def load_photo_depth(
    model: str = "small", *, detector: str = "cascade", device: str = "auto", download: bool = False
) -> Callable[[PathLike, PathLike | None], PhotoDepth]:
    """Return a function of a photograph and a folder for its map (or None).

    Parameters
    ----------
    model : str
        ``small``: ours, in the package, no torch. Otherwise a checkpoint for `pretrained.estimate_depth`.
    detector : str
        Name of a face detector.
    device, download
        For a checkpoint.
    """
    finder = load_detector(detector)
    network, verdict = (SmallDepth(), load_verdict()) if model == "small" else (None, None)

    def estimate(path: PathLike, out: PathLike | None = None) -> PhotoDepth:
        if out is not None and Path(out).exists() and not Path(out).is_dir():
            raise ValueError(f"expected a folder for the maps, not a file. Received: {out}")
        image = read_image(path)
        faces = finder.detect(image)
        if not faces:
            return PhotoDepth(str(path), False, "retake", note="no face found")
        try:
            if network is not None and verdict is not None:
                opinion = judge_crop(cut_for_depth(image, faces[0].box), network, verdict)
                answer = PhotoDepth(str(path), True, opinion.verdict, opinion.score, opinion.features, "face widths")
                shown = opinion.nearness
            else:
                shown = estimate_depth(image, model, device=device, download=download)[0].nearness
                features = describe_depth(shown, faces[0].box, unit=spread_of(shown))
                answer = PhotoDepth(str(path), True, "relief only", None, features, "of the photograph's range")
        except ValueError as error:
            if "face of" not in str(error):
                raise
            return PhotoDepth(str(path), False, "retake", note=str(error))
        if out is not None:
            write_image(Path(out) / f"{Path(path).stem}_depth.png", as_grey(shown))
        return answer

    return estimate


def as_grey(nearness: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return a map as a picture (H, W, 3), lighter is nearer, stretched over the whole map, not over the face."""
    values = np.asarray(nearness, np.float64)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    grey = (values - low) / max(high - low, 1e-9) * 255
    return np.repeat(np.round(np.nan_to_num(grey))[..., None], 3, axis=2).astype(np.uint8)
