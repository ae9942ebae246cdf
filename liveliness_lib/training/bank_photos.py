"""Put one's own photographs into a face bank, and simulate attacks on those of people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from liveliness_lib.dataset.face_bank import FaceBank, bank_of_rows, cut_twice, devices_of
from liveliness_lib.faces import load_detector
from liveliness_lib.images import ImageReadError, read_image, resize_image
from liveliness_lib.synthetic import camera, recapture

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

LONGEST = 640
"""Photographs are made no longer than this before they are attacked: a face of two hundred pixels is enough."""

Box = tuple[float, float, float, float]
Row = tuple[Any, ...]


def photo_bank(
    table: pd.DataFrame, *, detector: str | None = "cascade", attack: bool = False, seed: int = 0, progress: bool = True
) -> FaceBank:
    """Return the faces of the photographs of a manifest as a bank.

    Parameters
    ----------
    table
        A manifest.
    detector
        Finds the faces; None where each picture is a cut face already.
    attack
        Show and print every photograph of a person in simulation, too, twice each, and take it live once more through
        the cameras of those attacks.
    seed
        Of the attacks.
    progress
        Show a bar.

    Raises
    ------
    ValueError
        No photograph had a face.
    """
    from tqdm.auto import tqdm

    find = _finder(detector)
    rows: list[Row | None] = []
    missed = 0
    for number, record in enumerate(
        tqdm(table.to_dict("records"), desc="photographs", disable=not progress, leave=False)
    ):
        found = _read(str(record["path"]), find)
        if found is None:
            missed += 1
            continue
        image, box = found
        rows.append(
            _row(image, box, str(record["attack_type"]), "photo", str(record["device"]), str(record["subject"]))
        )
        if attack and record["label"] == "real":
            rows.extend(_attacked(image, box, str(record["subject"]), np.random.default_rng((seed, number))))
    if missed:
        log.warning("%d of %d photographs gave no face", missed, len(table))
    kept = [row for row in rows if row is not None]
    if not kept:
        raise ValueError(f"expected photographs of faces. Received: {len(table)} without one")
    return bank_of_rows(kept)


def _finder(detector: str | None) -> Callable[[npt.NDArray[np.uint8]], Box | None]:
    if detector is None:
        return lambda image: (0.0, 0.0, float(image.shape[1]), float(image.shape[0]))
    finder = load_detector(detector)

    def largest(image: npt.NDArray[np.uint8]) -> Box | None:
        boxes = [tuple(float(v) for v in face.box) for face in finder.detect(image)]
        return max(boxes, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]), default=None)  # type: ignore[return-value]

    return largest


def _read(path: str, find: Callable[[npt.NDArray[np.uint8]], Box | None]) -> tuple[npt.NDArray[np.uint8], Box] | None:
    try:
        image = read_image(path)
    except ImageReadError as error:
        log.warning("left out: %s", error)
        return None
    box = find(image)
    return None if box is None else (image, box)


def _row(image: npt.NDArray[np.uint8], box: Box, attack: str, framing: str, device: str, subject: str) -> Row | None:
    try:
        close, wide = cut_twice(image, box)
    except ValueError:  # the second camera left the face out
        return None
    return close, wide, attack, framing, device, subject, np.float32(box[2] - box[0])


def _attacked(image: npt.NDArray[np.uint8], box: Box, subject: str, rng: np.random.Generator) -> Iterator[Row | None]:
    scale = min(1.0, LONGEST / max(image.shape[:2]))
    size = (max(round(image.shape[0] * scale), 64), max(round(image.shape[1] * scale), 64))
    photo = resize_image(image, size)
    grow = np.array(size[::-1]) / np.array(image.shape[1::-1])
    corners = (np.array(box).reshape(2, 2) * grow)[[[0, 0], [1, 0], [1, 1], [0, 1]], [0, 1]]
    cameras = [str(rng.choice(devices_of(camera.CAMERAS, "train"))) for _ in range(2)]
    for attack, shown, name, shot in _shots(photo, cameras, rng):
        landed = shot.map_points(corners)
        where = (*landed.min(0).tolist(), *landed.max(0).tolist())
        device = f"{name}+{shown}" if shown else name
        yield _row(shot.image, where, attack, shot.record["framing"], device, subject)


def _shots(
    photo: npt.NDArray[np.uint8], cameras: list[str], rng: np.random.Generator
) -> Iterator[tuple[str, str, str, recapture.Recapture]]:
    for name, framing in zip(cameras, ("close", "device"), strict=True):
        seeds = [int(s) for s in rng.integers(2**31, size=3)]
        size = photo.shape[:2]
        screen = str(rng.choice(devices_of(recapture.SCREENS, "train")))
        printer = str(rng.choice(devices_of(recapture.PRINTERS, "train")))
        how: dict[str, Any] = {"image_size": size, "framing": framing}
        yield "none", "", name, recapture.rephotograph(photo, name, seed=seeds[0], **how)
        yield "screen", screen, name, recapture.recapture_screen(photo, screen, name, seed=seeds[1], **how)
        yield "print", printer, name, recapture.recapture_print(photo, printer, name, seed=seeds[2], **how)
