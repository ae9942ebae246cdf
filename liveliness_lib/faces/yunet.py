"""YuNet: a tiny anchor-free face detector with five landmarks (Wu, Peng, Yu, Machine Intelligence Research 2023).

Its weights (230 kB, Apache-2.0) are fetched once: ``liveliness models fetch yunet``. It runs in ONNX Runtime, which takes
less than half the time of OpenCV's FaceDetectorYN and gives the same faces.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.faces.face import Face, best_first, check_image, too_narrow
from liveliness_lib.faces.onnx_bytes import with_sizes
from liveliness_lib.faces.scaling import shrink_to
from liveliness_lib.images import to_bgr
from liveliness_lib.weights import find_set
from liveliness_lib.weights.session import open_session

_OVERLAP = 0.3  # of OpenCV's own example: faces that overlap more are one
_CANDIDATES = 5000
_STRIDES = (8, 16, 32)  # pixels a cell of its three maps
_CELL = 32
_PARTS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


class YuNet:
    """Find faces with YuNet: frontal and turned, from about 10 pixels on, with landmarks.

    Parameters
    ----------
    max_side : int
        Larger pictures are shrunk to this first, in pixels. The time grows with the square; a face of 48 pixels in a
        photo of 1280 is one of 12 at 320, which is about the smallest that is found reliably.
    min_score : float
        Lowest score reported.
    weights : Path, optional
        By default the fetched ones.
    """

    name = "yunet"

    def __init__(self, *, max_side: int = 640, min_score: float = 0.5, weights: Path | None = None) -> None:
        if max_side < 32 or not 0 < min_score < 1:
            raise ValueError(
                f"YuNet expects max_side of at least 32 and min_score within (0, 1). Received: {max_side}, {min_score}"
            )
        self.max_side = max_side
        self._min_score = min_score
        path = weights or find_set("yunet")[0]
        outputs = {
            f"{part}_{stride}": (1, f"cells of {stride}", width)
            for part, width in _PARTS.items()
            for stride in _STRIDES
        }
        self._names = list(outputs)
        try:  # the published file is of one size, which none of its layers needs
            self._session = open_session(with_sizes(path.read_bytes(), {"input": (1, 3, "height", "width")}, outputs))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find faces with landmarks, best first; boxes may leave the image."""
        check_image(image)
        if too_narrow(image):
            return []
        small, x, y = shrink_to(image, self.max_side)
        rows = self._rows(small).astype(np.float64)
        return best_first([_face(row).scaled(x, y) for row in rows])

    def _rows(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return x, y, width, height, five landmarks and score of each face, (N, 15), in pixels."""
        height, width = image.shape[:2]
        bgr = cv2.copyMakeBorder(to_bgr(image), 0, -height % _CELL, 0, -width % _CELL, cv2.BORDER_CONSTANT)
        maps = self._session.run(self._names, {"input": cv2.dnn.blobFromImage(bgr)})
        named = {name: values[0] for name, values in zip(self._names, maps, strict=True)}
        rows = np.concatenate([_decoded(named, stride, bgr.shape[1] // stride, self._min_score) for stride in _STRIDES])
        rows = rows[np.isfinite(rows).all(axis=1) & (rows[:, 2] > 0) & (rows[:, 3] > 0)]
        if len(rows) < 2:
            return rows
        # OpenCV's detector compares boxes of whole pixels
        kept = cv2.dnn.NMSBoxes(
            rows[:, :4].astype(int).tolist(), rows[:, 14].tolist(), self._min_score, _OVERLAP, top_k=_CANDIDATES
        )
        return rows[list(kept)]


def _decoded(maps: dict[str, NDArray[np.float32]], stride: int, columns: int, min_score: float) -> NDArray[np.float32]:
    """Return the rows of one map whose score, the geometric mean of both opinions, is high enough."""
    classes, objects, boxes, points = (maps[f"{part}_{stride}"] for part in _PARTS)
    scores = np.sqrt(classes[:, 0].clip(0, 1) * objects[:, 0].clip(0, 1))
    sure = np.flatnonzero(scores >= np.float32(min_score))
    cells = np.stack([sure % columns, sure // columns], axis=1).astype(np.float32)
    with np.errstate(over="ignore"):  # a box without end, which is left out
        middle, sides = (cells + boxes[sure, :2]) * stride, np.exp(boxes[sure, 2:]) * stride
    marks = (points[sure] + np.tile(cells, 5)) * stride
    return np.concatenate([middle - sides / 2, sides, marks, scores[sure, None]], axis=1).astype(np.float32)


def _face(row: NDArray[np.float64]) -> Face:
    """Read one row: x, y, width, height, ten coordinates of landmarks in our order, score."""
    left, top, width, height = row[:4]
    box = (left, top, left + width, top + height)
    return Face(box, min(max(float(row[14]), 0.0), 1.0), YuNet.name, landmarks=row[4:14].reshape(5, 2))
