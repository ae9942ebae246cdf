"""Any RetinaFace that was exported to ONNX with its boxes, scores and five landmarks still relative to its anchors.

That is the common form: three outputs (1, N, 4), (1, N, 2) and (1, N, 10) over anchors of 16 to 512 pixels on maps of
8, 16 and 32 pixels a cell, variances 0.1 and 0.2 (Deng and others, CVPR 2020; the encoding is that of SSD, Liu and
others, ECCV 2016). No address or checksum is known for a file of one's own, so it is given by its path.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.faces.face import Face, best_first, check_image
from liveliness_lib.faces.scaling import shrink_to
from liveliness_lib.weights.session import open_session

if TYPE_CHECKING:
    import onnxruntime

_MEAN_BGR = (104.0, 117.0, 123.0)
_MAPS = ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))  # pixels a cell, sides of its two anchors
_VARIANCE = (0.1, 0.2)
_OVERLAP = 0.4
_MAX_LOGIT = 10.0  # e**(0.2 * 10): a box seven times its anchor; more is noise and would overflow


class RetinaFaceOnnx:
    """Find faces and landmarks with an ONNX export of RetinaFace.

    Parameters
    ----------
    path : path
        The model; its input (1, 3, H, W) takes blue, green, red less their means.
    max_side : int
        Larger pictures are shrunk to this first, in pixels. A model with a fixed input size is given a picture that is
        shrunk to fit and filled up with black.
    min_score : float
        Lowest score reported.

    Raises
    ------
    ValueError
        No such file, no ONNX model, or one of another form; says what it has.
    """

    name = "retinaface_onnx"

    def __init__(self, path: str | os.PathLike[str], *, max_side: int = 640, min_score: float = 0.5) -> None:
        self.path, self._max_side, self._min_score = Path(path), max_side, min_score
        self._session = _open(self.path)
        height, width = self._session.get_inputs()[0].shape[2:]
        self._fixed = (height, width) if isinstance(height, int) and isinstance(width, int) else None

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find faces with landmarks, best first; boxes may leave the image."""
        check_image(image)
        small, x, y = self._shrunk(image)
        blob = cv2.dnn.blobFromImage(_padded(small, self._fixed), mean=_MEAN_BGR, swapRB=True)
        offsets, scores, marks = self._outputs(blob)
        anchors = make_anchors(blob.shape[2:])
        if len(anchors) != len(offsets):
            raise ValueError(f"{self.path}: expected {len(anchors)} anchors. Received: {len(offsets)}")
        boxes, points = decode(anchors, offsets, marks)
        sure = np.flatnonzero(scores >= self._min_score)
        corners = np.concatenate([boxes[sure, :2], boxes[sure, 2:] - boxes[sure, :2]], axis=1)
        kept = cv2.dnn.NMSBoxes(corners.tolist(), scores[sure].tolist(), self._min_score, _OVERLAP) if len(sure) else ()
        return best_first([self._face(boxes[i], scores[i], points[i]).scaled(x, y) for i in sure[list(kept)]])

    def _face(self, box: NDArray[Any], score: float, points: NDArray[Any]) -> Face:
        return Face(tuple(box), min(float(score), 1.0), self.name, landmarks=points.reshape(5, 2))

    def _shrunk(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float, float]:
        if self._fixed is None:
            return shrink_to(image, self._max_side)
        share = min(1.0, self._fixed[0] / image.shape[0], self._fixed[1] / image.shape[1])
        return shrink_to(image, max(1, int(max(image.shape[:2]) * share)))

    def _outputs(self, blob: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return offsets (N, 4), scores (N,) and landmarks (N, 10), told apart by their widths."""
        found = {
            part.shape[-1]: part[0] for part in self._session.run(None, {self._session.get_inputs()[0].name: blob})
        }
        scores = found[2]
        if not np.allclose(scores.sum(axis=1), 1, atol=1e-3) or scores.min() < 0:  # exported without its softmax
            scores = np.exp(scores - scores.max(axis=1, keepdims=True))
            scores = scores / scores.sum(axis=1, keepdims=True)
        return found[4].astype(np.float64), scores[:, 1], found[10].astype(np.float64)


def make_anchors(input_size: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the anchors of an input (height, width): (N, 3) centre x, centre y, side, in pixels."""
    height, width = input_size
    rows = []
    for step, sides in _MAPS:
        down, across = -(-height // step), -(-width // step)
        y, x, side = np.meshgrid(np.arange(down), np.arange(across), sides, indexing="ij")
        rows.append(np.stack([(x + 0.5) * step, (y + 0.5) * step, side], axis=-1).reshape(-1, 3))
    return np.concatenate(rows).astype(np.float64)


def decode(
    anchors: NDArray[np.float64], offsets: NDArray[np.float64], marks: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn what the network says about its anchors into boxes (N, 4) and landmarks (N, 10) in pixels."""
    centre, side = anchors[:, :2], anchors[:, 2:]
    middle = centre + offsets[:, :2] * _VARIANCE[0] * side
    half = side * np.exp(np.clip(offsets[:, 2:], -_MAX_LOGIT, _MAX_LOGIT) * _VARIANCE[1]) / 2
    points = np.tile(centre, 5) + marks * _VARIANCE[0] * side
    return np.concatenate([middle - half, middle + half], axis=1), points


def _padded(image: NDArray[np.uint8], size: tuple[int, int] | None) -> NDArray[np.uint8]:
    if size is None:
        return image
    canvas = np.zeros((*size, 3), np.uint8)
    canvas[: image.shape[0], : image.shape[1]] = image
    return canvas


def _open(path: Path) -> onnxruntime.InferenceSession:
    if not path.is_file():
        raise ValueError(f"expected an ONNX export of RetinaFace. Received: {path}")
    session = open_session(path)
    widths = [output.shape[-1] for output in session.get_outputs()]
    if sorted(map(str, widths)) != ["10", "2", "4"] or len(session.get_inputs()[0].shape) != 4:
        raise ValueError(f"{path}: expected outputs of widths 4, 2 and 10 over one image input. Received: {widths}")
    return session
