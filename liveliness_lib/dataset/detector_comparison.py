"""Ask every detector about every picture; measure, where there is truth, and compare them with each other where not."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from liveliness_lib.dataset.detector_benchmark import Picture
from liveliness_lib.faces import DETECTORS, Face, FaceDetector, load_detector
from liveliness_lib.faces.matching import iou_matrix, landmark_error, match_faces

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

FACE_COLUMNS = (
    "picture",
    "condition",
    "level",
    "detector",
    "face",
    "face_px",
    "found",
    "iou",
    "score",
    "landmark_error",
    "orientation",
)
PICTURE_COLUMNS = (
    "picture",
    "condition",
    "level",
    "detector",
    "true_faces",
    "found_faces",
    "false_faces",
    "best_false",
    "milliseconds",
)


def available_detectors(names: Sequence[str] | None = None, **options: Any) -> dict[str, FaceDetector]:
    """Load detectors of the table; one that lacks its library or weights is left out, with a line in the log.

    Raises
    ------
    ValueError
        An unknown name, or none of them can be loaded.
    """
    loaded: dict[str, FaceDetector] = {}
    for name in names or DETECTORS:
        try:
            loaded[name] = load_detector(name, **options)
        except (ImportError, OSError) as error:
            log.warning("%s is left out: %s", name, error)
    if not loaded:
        raise ValueError(f"expected at least one detector that can be loaded. Received: {names}")
    return loaded


def compare(
    pictures: Iterable[Picture], detectors: Mapping[str, FaceDetector], *, progress: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ask every detector about every picture, on one core, warm.

    Parameters
    ----------
    pictures : iterable of Picture
        Read once each.
    detectors : mapping
        Name in the tables -> detector.
    progress : bool
        Show a progress bar.

    Returns
    -------
    faces : DataFrame
        One row for each true face and detector: `FACE_COLUMNS`. `face_px` is the width of its box; `landmark_error` is
        in distances between the eyes.
    pictures : DataFrame
        One row for each picture and detector: `PICTURE_COLUMNS`. `best_false` is the highest score of a box that is no
        face's, 0 without one. `milliseconds` are one core's work: what a clock shows on a quiet machine.
    """
    import pandas as pd
    from tqdm.auto import tqdm

    faces: list[tuple[Any, ...]] = []
    rows: list[tuple[Any, ...]] = []
    with one_core():
        _warm(detectors.values())
        for picture in tqdm(pictures, desc="compare", unit="picture", disable=not progress, leave=False):
            image = picture.load()
            for name, detector in detectors.items():
                start = time.process_time()  # of this process alone: another one beside it does not count
                found = detector.detect(image)
                spent = 1e3 * (time.process_time() - start)
                matched = match_faces(found, picture.faces)
                faces.extend(_face_rows(picture, name, found, matched))
                false = [face.score for i, face in enumerate(found) if i not in matched]
                key = (picture.name, picture.condition, picture.level, name)
                rows.append((*key, len(picture.faces), len(found), len(false), max(false, default=0.0), spent))
    return pd.DataFrame(faces, columns=list(FACE_COLUMNS)), pd.DataFrame(rows, columns=list(PICTURE_COLUMNS))


def _face_rows(picture: Picture, name: str, found: list[Face], matched: list[int | None]) -> Iterator[tuple[Any, ...]]:
    for number, (true, index) in enumerate(zip(picture.faces, matched, strict=True)):
        key = (picture.name, picture.condition, picture.level, name, number, true.width)
        if index is None:
            yield (*key, False, np.nan, np.nan, np.nan, -1)
        else:
            face = found[index]
            overlap = float(iou_matrix([face.box], [true.box])[0, 0])
            right = face.orientation == true.orientation
            yield (*key, True, overlap, face.score, landmark_error(face, true) if right else np.nan, face.orientation)


def agreement(found: Mapping[str, Sequence[Sequence[Face]]], *, min_iou: float = 0.5) -> pd.DataFrame:
    """Compare detectors with each other on pictures without truth.

    Parameters
    ----------
    found : mapping
        Detector -> for each picture, in the same order, its faces, best first.

    Returns
    -------
    DataFrame
        Square; row a, column b: the share of pictures in which the best face of a is a face of b as well, among the
        pictures in which a found one (NaN where it found none).
    """
    import pandas as pd

    names = list(found)
    table = pd.DataFrame(np.nan, index=names, columns=names)
    for first in names:
        asked = [index for index, faces in enumerate(found[first]) if faces]
        for second in names:
            same = [
                bool(match_faces(found[second][i], [found[first][i][0]], min_iou=min_iou)[0] is not None) for i in asked
            ]
            table.loc[first, second] = float(np.mean(same)) if same else np.nan
    return table


@contextmanager
def one_core() -> Iterator[None]:
    """Let OpenCV use one core inside the block, so that milliseconds can be compared; its setting is put back."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _warm(detectors: Iterable[FaceDetector]) -> None:
    image = np.full((240, 180, 3), 127, np.uint8)
    for detector in detectors:
        detector.detect(image)
