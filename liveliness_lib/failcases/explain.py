"""Show which part of a crop a score hangs on, for any classifier: cover it and see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from liveliness_lib import crops

if TYPE_CHECKING:
    from liveliness_lib.models.face_classifier import FaceClassifier

Predict = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.floating]]


def occlusion_map(predict: Predict, crop: npt.NDArray[np.uint8], *, patches: int = 8) -> npt.NDArray[np.float32]:
    """Return how much P(real) falls when each part of a crop is covered by its mean colour.

    Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2. The patches are two
    cells wide and move by one, so each cell is covered by up to four of them and gets their mean.

    Parameters
    ----------
    predict : callable
        (N, H, W, 3) uint8 -> (N,) P(real).
    crop : (H, W, 3) uint8
    patches : int
        Cells along each side.

    Returns
    -------
    (patches, patches) float32
        Positive: this part speaks for *real*; negative: for *fake*.

    Raises
    ------
    ValueError
        More cells than pixels.
    """
    height, width = crop.shape[:2]
    if not 2 <= patches <= min(height, width):
        raise ValueError(f"expected 2 to {min(height, width)} patches a side. Received: patches={patches}")
    rows = np.linspace(0, height, patches + 1).astype(int)
    columns = np.linspace(0, width, patches + 1).astype(int)
    places = [(i, j) for i in range(patches - 1) for j in range(patches - 1)]
    covered = np.repeat(crop[None], len(places), axis=0)
    colour = crop.reshape(-1, 3).mean(axis=0).astype(np.uint8)
    for picture, (i, j) in zip(covered, places, strict=True):
        picture[rows[i] : rows[i + 2], columns[j] : columns[j + 2]] = colour
    falls = float(predict(crop[None])[0]) - np.asarray(predict(covered), float)
    total, count = np.zeros((patches, patches)), np.zeros((patches, patches))
    for fall, (i, j) in zip(falls, places, strict=True):
        total[i : i + 2, j : j + 2] += fall
        count[i : i + 2, j : j + 2] += 1
    return (total / count).astype(np.float32)


def occlusion_of_face(
    image: npt.NDArray[np.uint8],
    box: Sequence[float],
    classifier: FaceClassifier,
    *,
    patches: int = 7,
    scale: float = 1.0,
) -> npt.NDArray[np.float32]:
    """Return how much P(real) falls when parts of a face are covered in the photograph, the rest left as it is.

    Parameters
    ----------
    image : (H, W, 3) uint8 RGB
        The whole photograph.
    box : sequence of float
        The face's.
    classifier : FaceClassifier
        Any: it cuts its own crops of the covered photograph.
    patches : int
        Cells along each side; fewer for faces of fewer pixels.
    scale : float
        Cover the box grown so many times: 2.7 shows what a model finds in the surroundings.

    Returns
    -------
    (patches, patches) float32
        Positive: speaks for real.
    """
    part = face_pixels(crops.grow_box(box, scale), image.shape[:2])
    pasted = image.copy()

    def scores(faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        found = []
        for face in faces:
            pasted[part] = face
            found.append(float(classifier.score_faces(pasted, [box])[0]))
        return np.array(found)

    return occlusion_map(scores, image[part], patches=max(2, min(patches, *image[part].shape[:2])))


def face_pixels(box: Sequence[float], image_size: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the rows and columns of a box inside an image of (height, width), at least two of each."""
    x_min, y_min, x_max, y_max = (round(v) for v in crops.clip_box(box, (image_size[0], image_size[1])))
    return slice(y_min, max(y_max, y_min + 2)), slice(x_min, max(x_max, x_min + 2))
