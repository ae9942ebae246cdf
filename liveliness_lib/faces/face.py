"""A found face, and what every detector promises."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Face:
    """One face in one image.

    Attributes
    ----------
    box : tuple of float
        x_min, y_min, x_max, y_max in pixels of the image that was given. Finite and not empty, but it may leave
        the image.
    score : float
        In [0, 1]; how sure the detector is. Not comparable between detectors.
    detector : str
        Who found it.
    landmarks : ndarray, shape (5, 2), or None
        x, y of the person's right eye (left in the image), left eye, nose tip, right and left mouth corner. Read-only.
    fell_through : tuple of str
        In a cascade: one entry for each detector that was asked before and not trusted, with the reason.
    orientation : int
        0, 90, 180 or 270: degrees by which the image was turned clockwise to find the face upright.
    """

    box: Box
    score: float
    detector: str
    landmarks: NDArray[np.float64] | None = None
    fell_through: tuple[str, ...] = ()
    orientation: int = 0

    def __post_init__(self) -> None:
        box = tuple(float(v) for v in self.box)
        if len(box) != 4 or not all(map(math.isfinite, box)) or box[0] >= box[2] or box[1] >= box[3]:
            raise ValueError(f"Face expects a finite box with x_min < x_max and y_min < y_max. Received: {self.box}")
        if not 0 <= self.score <= 1:
            raise ValueError(f"Face expects a score in [0, 1]. Received: {self.score}")
        if self.orientation not in (0, 90, 180, 270):
            raise ValueError(f"Face expects an orientation of 0, 90, 180 or 270. Received: {self.orientation}")
        object.__setattr__(self, "box", box)
        object.__setattr__(self, "score", float(self.score))
        object.__setattr__(self, "fell_through", tuple(self.fell_through))
        if self.landmarks is not None:
            object.__setattr__(self, "landmarks", _frozen_landmarks(self.landmarks))

    def __eq__(self, other: object) -> bool:
        """Compare by value; the array of landmarks has no single truth value, so the generated method would fail."""
        return isinstance(other, Face) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        marks = None if self.landmarks is None else self.landmarks.tobytes()
        return self.box, self.score, self.detector, marks, self.fell_through, self.orientation

    @property
    def width(self) -> float:
        """Width of the box in pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """Height of the box in pixels."""
        return self.box[3] - self.box[1]

    def leaves(self, image_size: tuple[int, int]) -> bool:
        """Tell whether any of the box lies outside an image of (height, width)."""
        height, width = image_size
        return self.box[0] < 0 or self.box[1] < 0 or self.box[2] > width or self.box[3] > height

    def scaled(self, x: float, y: float) -> Face:
        """Return the face in an image whose width and height are `x` and `y` times as large."""
        box = (self.box[0] * x, self.box[1] * y, self.box[2] * x, self.box[3] * y)
        marks = None if self.landmarks is None else self.landmarks * (x, y)
        return replace(self, box=box, landmarks=marks)

    def moved(self, right: float, down: float) -> Face:
        """Return the face that many pixels farther right and down."""
        box = (self.box[0] + right, self.box[1] + down, self.box[2] + right, self.box[3] + down)
        marks = None if self.landmarks is None else self.landmarks + np.array([right, down])
        return replace(self, box=box, landmarks=marks)


def _frozen_landmarks(landmarks: NDArray[Any]) -> NDArray[np.float64]:
    marks = np.array(landmarks, dtype=np.float64)
    if marks.shape != (5, 2) or not np.isfinite(marks).all():
        raise ValueError(f"Face expects five finite landmarks, shape (5, 2). Received: shape {marks.shape}")
    marks.flags.writeable = False
    return marks


class FaceDetector(Protocol):
    """What every detector promises.

    The same image gives the same faces, in every run and from every thread. No image makes it raise as long as it is
    (H, W, 3) uint8 RGB with at least one pixel; where no face is found the list is empty.

    A detector that shrinks larger pictures to a longest side may say so in an attribute ``max_side``, in pixels: a
    cascade that turns pictures then shrinks them first.
    """

    @property
    def name(self) -> str:
        """The detector's name, as in the table of detectors."""
        ...

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find faces, best first."""
        ...


def check_image(image: NDArray[np.uint8]) -> None:
    """Raise ValueError unless the image is (H, W, 3) uint8 with at least one pixel."""
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        what = f"{image.shape} of {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
        raise ValueError(f"a detector expects an RGB image (H, W, 3) of uint8. Received: {what}")
    if 0 in image.shape:
        raise ValueError(f"a detector expects an image with at least one pixel. Received: {image.shape}")


def best_first(faces: list[Face]) -> list[Face]:
    """Sort faces by score, ties by size and then position, so that the order never depends on the library's."""
    return sorted(faces, key=lambda face: (-face.score, -face.width * face.height, face.box))


NARROWEST = 24
"""Pixels: a picture narrower than this holds no face that a network finds, and some invent one in a strip."""


def too_narrow(image: NDArray[np.uint8]) -> bool:
    """Say whether a picture is a strip in which no face can be found."""
    return min(image.shape[:2]) < NARROWEST
