"""The earned cascade: passes in the order that the comparison of detectors chose, each with its own bar.

It differs from the original's rule (`cascade.Cascade`) in four things: every stage has its own threshold, for scores of
different detectors cannot be compared; a box that leaves the image is accepted, for a face at the border is a face and
the quality gate says so; sideways and upside-down photos are looked for; and what a detector is doubtful about is kept,
and given when nobody is surer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.faces.face import Face, FaceDetector, check_image
from liveliness_lib.faces.scaling import shrink_to
from liveliness_lib.faces.turning import TURNS, turn_back, turn_image


@dataclass(frozen=True)
class Stage:
    """One pass of a staged cascade.

    Attributes
    ----------
    detector : FaceDetector
    accept : float
        A face counts from this score on.
    certain : float
        From this score on no other stage is asked. Between the two, later stages may do better.
    turned : bool
        Look at the picture turned by 90, 180 and 270 degrees instead of upright.
    last_resort : bool
        Ask only when nothing was accepted so far.
    """

    detector: FaceDetector
    accept: float
    certain: float
    turned: bool = False
    last_resort: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.accept <= self.certain <= 1:
            raise ValueError(
                f"Stage expects 0 <= accept <= certain <= 1. Received: accept={self.accept}, certain={self.certain}"
            )


class StagedCascade:
    """Ask one stage after another until one is certain; else give the faces of the least doubtful one.

    Stages are compared by how far their best face stands between their `accept` and `certain`, so a doubtful upright
    face (an upside-down one, seen as upright, is such) yields to a better one in the turned picture.

    Parameters
    ----------
    stages : sequence of Stage
        Cheap and good ones first.
    name : str
        Name of the cascade itself.
    """

    def __init__(self, stages: Sequence[Stage], *, name: str = "cascade") -> None:
        if not stages:
            raise ValueError("StagedCascade expects at least one stage. Received: none")
        self.name = name
        self.stages = tuple(stages)

    @property
    def detectors(self) -> tuple[FaceDetector, ...]:
        """Return the detectors in the order in which they are asked."""
        return tuple(stage.detector for stage in self.stages)

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find faces, best first, all by one detector and in one orientation."""
        check_image(image)
        reasons: list[str] = []
        best: list[Face] = []
        best_certainty = 0.0
        for stage in self.stages:
            if stage.last_resort and best:
                continue
            for faces in _looks(stage, image):
                certainty = _certainty(stage, faces)
                if certainty > best_certainty:
                    best, best_certainty = [replace(face, fell_through=tuple(reasons)) for face in faces], certainty
            if best_certainty >= 1:
                break
            reasons.append(f"{_label(stage)}: {_why(stage, best)}")
        return best


def _looks(stage: Stage, image: NDArray[np.uint8]) -> Iterator[list[Face]]:
    """Yield the accepted faces of each orientation that the stage looks at."""
    if not stage.turned:
        yield _accepted(stage, image)
        return
    # Turning a large picture takes longer than looking at a small one: where the detector shrinks, that comes first.
    small, x, y = shrink_to(image, getattr(stage.detector, "max_side", max(image.shape[:2])))
    for degrees in TURNS:
        found = _accepted(stage, turn_image(small, degrees))
        yield [turn_back(face, degrees, small.shape[:2]).scaled(x, y) for face in found]


def _accepted(stage: Stage, image: NDArray[np.uint8]) -> list[Face]:
    return [face for face in stage.detector.detect(image) if face.score >= stage.accept]


def _certainty(stage: Stage, faces: list[Face]) -> float:
    """Return 0 for no face, a little more at `accept`, 1 from `certain` on."""
    if not faces:
        return 0.0
    span = stage.certain - stage.accept
    return 1.0 if span == 0 else min(0.01 + 0.99 * (faces[0].score - stage.accept) / span, 1.0)


def _label(stage: Stage) -> str:
    return f"{stage.detector.name}, turned" if stage.turned else stage.detector.name


def _why(stage: Stage, best: list[Face]) -> str:
    return f"unsure ({best[0].score:.2f})" if best else "no face"
