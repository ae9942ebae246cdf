"""Judge one photo: find the face, check that it can be judged, score it, say why."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from liveliness_lib.faces import Face, FaceDetector, load_detector
from liveliness_lib.models.face_classifier import FaceClassifier, KnowsItsDomain
from liveliness_lib.models.registry import load_classifier
from liveliness_lib.pipeline.gate import Gate

VERDICTS = ("real", "not sure", "fake", "retake")


@dataclass(frozen=True)
class Judgement:
    """What was decided about one photo, and why.

    Attributes
    ----------
    verdict : str
        ``real``, ``not sure``, ``fake``, or ``retake`` when there is no face that can be judged.
    score : float or None
        P(real) in [0, 1]; None when no face was scored.
    face : Face or None
        The face that was judged: the largest one found.
    reasons : tuple of str
        Reason codes, the deciding one first.
    milliseconds : dict
        Time spent in ``detect`` and ``classify``.
    model : str
        Name of the classifier.
    strangeness : float or None
        How far the face lies from what the classifier has learnt: above 1 the verdict is *not sure* with the reason
        ``out_of_domain``, whatever the score. None where nothing was scored or the classifier knows no limits.
    """

    verdict: str
    score: float | None
    face: Face | None
    reasons: tuple[str, ...]
    milliseconds: dict[str, float]
    model: str
    strangeness: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        face = self.face
        return {
            "verdict": self.verdict,
            "score": None if self.score is None else round(self.score, 6),
            "box": None if face is None else [round(float(v), 1) for v in face.box],
            "detector": None if face is None else face.detector,
            "detector_score": None if face is None else round(float(face.score), 4),
            "fell_through": [] if face is None else list(face.fell_through),
            "reasons": list(self.reasons),
            "milliseconds": {key: round(value, 2) for key, value in self.milliseconds.items()},
            "model": self.model,
            "strangeness": None if self.strangeness is None else round(self.strangeness, 3),
        }


class FaceGate(Protocol):
    """Say whether a face can be judged at all."""

    def refusals(self, image: npt.NDArray[np.uint8], faces: Sequence[Face]) -> tuple[str, ...]:
        """Return reason codes for a retake, none if the first face is good enough."""
        ...


class Judge:
    """A detector, a gate and a classifier that decide together.

    Parameters
    ----------
    detector
        Finds the faces.
    classifier
        Scores the largest of them.
    gate
        Refuses faces that are too poor to be judged; None refuses nothing but a missing face.
    """

    def __init__(self, detector: FaceDetector, classifier: FaceClassifier, gate: FaceGate | None = None) -> None:
        self.detector = detector
        self.classifier = classifier
        self.gate = gate

    def judge(self, image: npt.NDArray[np.uint8]) -> Judgement:
        """Judge one photo.

        Parameters
        ----------
        image : (H, W, 3) uint8 RGB

        Returns
        -------
        Judgement
            A photo without a usable face gets ``retake`` and no score; it is never scored as a whole.
        """
        start = time.perf_counter()
        faces = sorted(self.detector.detect(image), key=_area, reverse=True)
        found = time.perf_counter()
        spent = {"detect": 1e3 * (found - start)}
        if not faces:
            return self._said("retake", None, None, ("no_face",), spent)
        refused = self.gate.refusals(image, faces) if self.gate else ()
        if refused:
            return self._said("retake", None, faces[0], refused, spent)
        score, strangeness = self._assess(image, faces[0])
        spent["classify"] = 1e3 * (time.perf_counter() - found)
        verdict, reason = self._band(score)
        if strangeness is not None and strangeness > 1:
            verdict, reason = "not sure", "out_of_domain"
        return self._said(verdict, score, faces[0], (reason, *_remarks(faces)), spent, strangeness)

    def score(self, image: npt.NDArray[np.uint8]) -> float | None:
        """Return P(real) of the largest face, None where there is none that can be judged."""
        return self.judge(image).score

    def _assess(self, image: npt.NDArray[np.uint8], face: Face) -> tuple[float, float | None]:
        if not isinstance(self.classifier, KnowsItsDomain):
            return float(self.classifier.score_faces(image, [face.box])[0]), None
        scores, strangeness = self.classifier.assess_faces(image, [face.box])
        return float(scores[0]), None if strangeness is None else float(strangeness[0])

    def _band(self, score: float) -> tuple[str, str]:
        low, high = self.classifier.metadata.band
        if score >= high:
            return "real", "score_above_band"
        return ("fake", "score_below_band") if score < low else ("not sure", "score_in_band")

    def _said(
        self,
        verdict: str,
        score: float | None,
        face: Face | None,
        reasons: tuple[str, ...],
        spent: dict[str, float],
        strangeness: float | None = None,
    ) -> Judgement:
        return Judgement(verdict, score, face, reasons, spent, self.classifier.metadata.name, strangeness)


def _area(face: Face) -> float:
    x_min, y_min, x_max, y_max = face.box
    return (x_max - x_min) * (y_max - y_min)


def _remarks(faces: Sequence[Face]) -> tuple[str, ...]:
    return ("more_than_one_face",) if len(faces) > 1 else ()


def load_judge(model: str = "auto", detector: str | None = None, *, gate: bool = True) -> Judge:
    """Put a judge together.

    Parameters
    ----------
    model
        ``auto``, the name of a packaged model, or the path of an ONNX file or of a training run.
    detector
        Name of a face detector; the one the model was trained with where none is given.
    gate
        Refuse faces that are too small, blurred, dark … to be judged; False scores every face that is found.

    Raises
    ------
    ValueError
        Unknown model or detector; lists the known ones.
    """
    classifier = load_classifier(model)
    return Judge(load_detector(detector or classifier.metadata.detector), classifier, Gate() if gate else None)
