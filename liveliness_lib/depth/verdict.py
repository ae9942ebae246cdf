"""From depth to a verdict: a calibrated score of the features, with a band in which it abstains."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from liveliness_lib.crops import cut_face
from liveliness_lib.depth.data import CROP_SCALE, CROP_SIZE, HeadCrops
from liveliness_lib.depth.features import FEATURE_NAMES, DepthFeatures, describe_depth, face_coordinates
from liveliness_lib.depth.onnx import WEIGHTS
from liveliness_lib.images import read_image
from liveliness_lib.paths import atomic_path
from liveliness_lib.scores import check_scores

if TYPE_CHECKING:
    import pandas as pd

    from liveliness_lib.faces.face import FaceDetector

PACKAGED_VERDICT = WEIGHTS / "verdict.json"
SMALLEST_FACE = 32
"""Pixels: under this the crop holds less detail than one patch in three needs."""
Floats = NDArray[np.float64]


class DepthNetwork(Protocol):
    """What gives the maps: `onnx.SmallDepth`, or anything like it."""

    def predict(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return maps (N, H, W) of crops (N, 96, 96, 3)."""


@dataclass(frozen=True)
class DepthVerdict:
    """Hold the logistic score, its threshold and its band.

    Attributes
    ----------
    mean, scale, weights : tuple of float
        Of each feature in `FEATURE_NAMES`: standardise, then weigh.
    bias : float
    threshold : float
        Accept at ``score >= threshold``.
    band : (low, high)
        Scores from low up to high are *not sure*.
    chosen_on : str
        What threshold and band were chosen on.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float = 0.5
    band: tuple[float, float] = (0.5, 0.5)
    chosen_on: str = "nothing"

    def __post_init__(self) -> None:
        """Refuse a score of other features, or a band that leaves its threshold out."""
        lengths = {len(self.mean), len(self.scale), len(self.weights)}
        if lengths != {len(FEATURE_NAMES)}:
            raise ValueError(f"expected {len(FEATURE_NAMES)} numbers, one a feature. Received: {sorted(lengths)}")
        if not self.band[0] <= self.threshold <= self.band[1]:
            raise ValueError(f"expected low <= threshold <= high. Received: {self.band}, {self.threshold}")

    def score(self, features: ArrayLike) -> Floats:
        """Return P(real) of features (N, 7), as (N,)."""
        rows = np.atleast_2d(np.asarray(features, np.float64))
        logit = ((rows - self.mean) / self.scale) @ np.array(self.weights) + self.bias
        return 1.0 / (1.0 + np.exp(-np.clip(logit, -50, 50)))

    def call(self, score: float) -> str:
        """Return ``real``, ``not sure`` or ``fake``; real from the band's upper end on."""
        if score >= self.band[1]:
            return "real"
        return "fake" if score < self.band[0] else "not sure"


@dataclass(frozen=True)
class DepthOpinion:
    """Hold what depth says about one face."""

    verdict: str
    score: float
    features: DepthFeatures
    nearness: NDArray[np.float32]


def fit_verdict(features: ArrayLike, live: ArrayLike, *, ridge: float = 1.0, steps: int = 50) -> DepthVerdict:
    """Fit the logistic score by Newton steps; both classes weigh the same.

    Parameters
    ----------
    features : (N, 7)
        Of people that the network was not trained on: on its own training people it is too sure.
    live : (N,) bool
    ridge : float
        Penalty on the squared weights, in presentations.

    Raises
    ------
    ValueError
        A class is missing.
    """
    mean, scale, weights, bias = fit_logistic(features, live, ridge=ridge, steps=steps)
    return DepthVerdict(tuple(map(float, mean)), tuple(map(float, scale)), tuple(map(float, weights)), bias)


def fit_logistic(
    features: ArrayLike, live: ArrayLike, *, ridge: float = 1.0, steps: int = 50
) -> tuple[Floats, Floats, Floats, float]:
    """Return mean and scale (F,) of the features, and weights (F,) and bias of the logistic score; see `fit_verdict`."""
    rows, truth = np.asarray(features, np.float64), np.asarray(live, bool)
    if rows.ndim != 2 or len(rows) != len(truth) or truth.all() or not truth.any():
        raise ValueError(f"expected features (N, F) of both classes. Received: {rows.shape}, {int(truth.sum())} live")
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    design = np.column_stack([(rows - mean) / scale, np.ones(len(rows))])
    each = np.where(truth, 0.5 / truth.mean(), 0.5 / (~truth).mean())
    penalty, beta = ridge * np.diag([*np.ones(rows.shape[1]), 1e-3]), np.zeros(design.shape[1])
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        slope = design.T @ (each * (truth - chance)) - penalty @ beta
        curve = (design * (each * chance * (1 - chance))[:, None]).T @ design + penalty
        beta = beta + np.linalg.solve(curve, slope)
    return mean, scale, beta[:-1], float(beta[-1])


def save_verdict(path: str | os.PathLike[str], verdict: DepthVerdict) -> Path:
    """Write a verdict as JSON, with the names of its features."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps({"features": FEATURE_NAMES, **asdict(verdict)}, indent=1) + "\n")
    return Path(path)


def load_verdict(path: str | os.PathLike[str] = PACKAGED_VERDICT) -> DepthVerdict:
    """Read a verdict.

    Raises
    ------
    ValueError
        Not readable, or made for other features; names the file.
    """
    try:
        held = json.loads(Path(path).read_text())
        if tuple(held.pop("features")) != FEATURE_NAMES:
            raise ValueError("it was made for other features")
        settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in held.items()}
        return DepthVerdict(**settings)
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"expected a depth verdict at {path}. Received: {error}") from error


def box_in_map(side: int) -> tuple[float, float, float, float]:
    """Return where the face lies in the map of a crop: central, four fifths as wide as high."""
    half = side / CROP_SCALE / 2
    middle = side / 2
    return middle - 0.8 * half, middle - half, middle + 0.8 * half, middle + half


def face_in_map(side: int) -> NDArray[np.bool_]:
    """Return the ellipse of the face in the map of a crop, (side, side)."""
    u, v = face_coordinates((side, side), box_in_map(side))
    return u**2 + v**2 < 1


def crop_features(maps: NDArray[np.floating]) -> Floats:
    """Return the features (N, 7) of the maps (N, H, W) of crops."""
    described = [describe_depth(one, box_in_map(one.shape[1])).to_array() for one in maps]
    return np.array(described).reshape(-1, len(FEATURE_NAMES))


def crops_table(crops: HeadCrops, scores: ArrayLike, split: str) -> pd.DataFrame:
    """Return the score table of rendered crops, in the form of every other detector's."""
    import pandas as pd

    pairs = zip(crops.subject, crops.device, strict=True)
    names = [f"{subject}/{device}/{k}" for k, (subject, device) in enumerate(pairs)]
    table = {"path": names, "label": np.where(crops.live, "real", "fake"), "attack_type": crops.attack_type,
             "subject": crops.subject, "session": names, "device": crops.device, "split": split}  # fmt: skip
    return check_scores(pd.DataFrame(table).assign(score=np.asarray(scores, np.float64)))


def judge_crop(crop: NDArray[np.uint8], network: DepthNetwork, verdict: DepthVerdict) -> DepthOpinion:
    """Return the opinion on one crop (96, 96, 3), cut by `cut_for_depth`."""
    nearness = network.predict(crop[None])[0]
    features = describe_depth(nearness, box_in_map(nearness.shape[0]))
    score = float(verdict.score(features.to_array())[0])
    return DepthOpinion(verdict.call(score), score, features, nearness)


def cut_for_depth(image: NDArray[np.uint8], box: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """Cut a face as the network was trained.

    Raises
    ------
    ValueError
        A face of less than 32 pixels a side, or a box outside the image.
    """
    smaller = min(box[2] - box[0], box[3] - box[1])
    if smaller < SMALLEST_FACE:
        raise ValueError(
            f"expected a face of at least {SMALLEST_FACE} pixels a side, to see relief: come nearer or take a larger "
            f"picture. Received: {smaller:.0f} pixels"
        )
    size = (CROP_SIZE, CROP_SIZE)
    return cut_face(image, box, scale=CROP_SCALE, square=True, image_size=size, border="pad")


def photo_judge(detector: FaceDetector, network: DepthNetwork, verdict: DepthVerdict) -> Callable[[str], float | None]:
    """Return a judge for `scores.score_table`: path -> P(real), None where there is no face or too small a one."""

    def judge(path: str) -> float | None:
        image = read_image(path)
        found = detector.detect(image)
        try:
            return judge_crop(cut_for_depth(image, found[0].box), network, verdict).score if found else None
        except ValueError:
            return None

    return judge
