"""Make face crops whose depth is known: a rendered head live, and the same head on a screen and on paper.

The truth is *nearness*: 1 at the median depth of the face, rising towards the camera, in units of the face's width
(1.2 is a fifth of a face's width nearer). A sheet is 1 all over, whatever its tilt: the tilt of a plane says nothing
about a face, and every feature removes it. What lies more than a face's width behind is 0, and so is what surrounds a sheet.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.crops import cut_face, grow_box
from liveliness_lib.paths import atomic_path
from liveliness_lib.synthetic import camera, heads, recapture

CROP_SIZE = 96
"""Side of a crop in pixels."""
TRUTH_SIZE = 64
"""Side of a depth map in pixels: what the small network gives."""
CROP_SCALE = 1.7
"""Side of a crop over the longer side of the face box."""
RANGE = (0.0, 1.6)
LEVELS = 159.0
"""Steps of a unit of nearness on the way through 8-bit cutting: 0.6 % of a face's width."""
FIRST_SEED = {"train": 0, "dev": 100_000, "test": 200_000}
"""The first head of each split; heads of two splits are different people."""
EVERY = 4
"""One device in so many is unseen: only the test split has it, and nothing else."""


@dataclass(frozen=True)
class HeadCrops:
    """Hold crops with their truth.

    Attributes
    ----------
    images : (N, 96, 96, 3) uint8 RGB
    nearness : (N, 64, 64) float16
        See the module.
    attack_type : (N,) str
        ``none``, ``screen`` or ``print``.
    subject, device : (N,) str
    yaw : (N,) float32
        Degrees that the head is turned.
    light : (N,) float32
        Mean linear luminance of the face, 1 = white.
    """

    images: NDArray[np.uint8]
    nearness: NDArray[np.float16]
    attack_type: NDArray[np.str_]
    subject: NDArray[np.str_]
    device: NDArray[np.str_]
    yaw: NDArray[np.float32]
    light: NDArray[np.float32]

    def __len__(self) -> int:
        """Return N."""
        return len(self.images)

    @property
    def live(self) -> NDArray[np.bool_]:
        """Return which crops show a head and not a picture of one, (N,)."""
        return self.attack_type == "none"


def device_names(table: Mapping[str, object], split: str) -> list[str]:
    """Return the devices of a split: for test every `EVERY`-th in alphabetical order, for the others the rest."""
    names = sorted(table)
    unseen = names[::EVERY]
    return unseen if split == "test" else [name for name in names if name not in unseen]


def make_crops(split: str, heads_count: int, *, start: int = 0, rounds: int = 1, progress: bool = True) -> HeadCrops:
    """Render heads of a split; in every round each is taken live twice, once on a screen and once on paper.

    Parameters
    ----------
    split : str
        ``train``, ``dev`` or ``test``: other people in each, other cameras, screens and printers in test.
    heads_count, start : int
        How many heads, and how many of the split to leave out first.
    rounds : int
        How often, each time with other devices: a head costs as much to render as twenty pictures of it to take.
    progress : bool
        Show a bar.

    Raises
    ------
    ValueError
        An unknown split, no heads or no round.
    """
    if split not in FIRST_SEED or heads_count < 1 or rounds < 1:
        raise ValueError(
            f"expected a split of {tuple(FIRST_SEED)} and at least one head and round. "
            f"Received: {split!r}, {heads_count}, {rounds}"
        )
    from tqdm.auto import tqdm

    first = FIRST_SEED[split] + start
    rows: list[tuple[object, ...]] = []
    for seed in tqdm(range(first, first + heads_count), desc=f"{split} heads", disable=not progress, leave=False):
        rows += crops_of_head(seed, split, rounds)
    columns = list(zip(*rows, strict=True))
    kinds = (np.uint8, np.float16, str, str, str, np.float32, np.float32)
    return HeadCrops(*(np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))


@dataclass(frozen=True)
class Take:
    """Hold one picture of a head, live or not.

    Attributes
    ----------
    shot : Recapture
    box : (x_min, y_min, x_max, y_max)
        Its face, misplaced a little, as detectors do.
    attack_type : str
        ``none``, ``screen`` or ``print``.
    device : str
    cameras : int
        Through how many it went: every attack through two, and one of two live pictures, so that the traces of a second
        camera alone are no attack.
    """

    shot: recapture.Recapture
    box: tuple[float, float, float, float]
    attack_type: str
    device: str
    cameras: int


def crops_of_head(seed: int, split: str, rounds: int = 1) -> list[tuple[object, ...]]:
    """Return the rows of one head, each in the order of the fields of `HeadCrops`; more rounds never change the first."""
    scene, takes = takes_of_head(seed, split, rounds)
    light = float(scene.radiance[scene.mask].mean()) if scene.mask.any() else 0.0
    relief = nearness_of(scene)
    rows: list[tuple[object, ...]] = []
    for take in takes:
        try:
            crop = cut_for_training(take.shot.image, take.box)
        except ValueError:  # the head was drawn at the edge and the second camera left it out
            continue
        truth = relief if take.attack_type == "none" else np.ones(relief.shape, np.float32)
        cut = _into_crop(truth, take.shot, take.box)
        rows.append((crop, cut, take.attack_type, f"h{seed}", take.device, float(scene.pose.yaw), light))
    return rows


def takes_of_head(seed: int, split: str, rounds: int = 1) -> tuple[heads.HeadRender, list[Take]]:
    """Render a head and take it: in each round live by two cameras and by one, on a screen, on paper."""
    rng = np.random.default_rng((seed, 6))
    scene = heads.sample_scene(seed, image_size=(192, 192), face_px=float(rng.uniform(60, 110)))
    takes = []
    for number in range(rounds):
        for attack, device, cameras, shot in _one_round(scene, split, seed + number * FIRST_SEED["dev"] * 10, rng):
            takes.append(Take(shot, _jittered(_mapped_box(shot, scene.box), rng), attack, device, cameras))
    return scene, takes


def _one_round(
    scene: heads.HeadRender, split: str, seed: int, rng: np.random.Generator
) -> list[tuple[str, str, int, recapture.Recapture]]:
    """Draw devices of the split and take a head through them."""
    first, second = (_pick(rng, camera.CAMERAS, split) for _ in range(2))
    photo = camera.photograph(scene.radiance, first, seed=seed).image
    screen, printer = _pick(rng, recapture.SCREENS, split), _pick(rng, recapture.PRINTERS, split)
    how: dict[str, Any] = {"image_size": photo.shape[:2], "framing": "device" if rng.random() < 0.25 else "close"}
    seeds = [int(s) for s in rng.integers(2**31, size=4)]
    return [
        ("none", second, 2, recapture.rephotograph(photo, second, seed=seeds[0], **how)),
        ("none", first, 1, recapture.rephotograph(scene.radiance, first, seed=seeds[1], **how)),
        ("screen", f"{second}+{screen}", 2, recapture.recapture_screen(photo, screen, second, seed=seeds[2], **how)),
        ("print", f"{second}+{printer}", 2, recapture.recapture_print(photo, printer, second, seed=seeds[3], **how)),
    ]


def cut_for_training(image: NDArray[np.uint8], box: tuple[float, ...]) -> NDArray[np.uint8]:
    """Cut a crop as the network sees it: square, mirrored where it leaves the picture."""
    return cut_face(image, box, scale=CROP_SCALE, square=True, image_size=(CROP_SIZE, CROP_SIZE), border="pad")


def nearness_of(scene: heads.HeadRender) -> NDArray[np.float32]:
    """Return the nearness of every pixel of a render, (H, W); the unit is the width of the face."""
    x_min, y_min, x_max, y_max = scene.box
    height, width = scene.depth.shape
    inside = np.zeros((height, width), bool)
    inside[max(int(y_min), 0) : max(int(y_max), 0), max(int(x_min), 0) : max(int(x_max), 0)] = True
    face = scene.depth[inside & scene.mask]
    middle = float(np.median(face)) if face.size else float(np.median(scene.depth))
    face_width = (x_max - x_min) * middle / scene.camera.focal_px
    return np.clip(1.0 + (middle - scene.depth) / face_width, *RANGE).astype(np.float32)


def _pick(rng: np.random.Generator, table: Mapping[str, object], split: str) -> str:
    return str(rng.choice(device_names(table, split)))


def _mapped_box(shot: recapture.Recapture, box: tuple[float, ...]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = box
    points = shot.map_points(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _jittered(box: tuple[float, ...], rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Misplace a box as face detectors do."""
    side = box[2] - box[0]
    x, y = rng.normal(0, 0.04, 2) * side
    grown = grow_box(box, float(np.exp(rng.normal(0, 0.07))))
    return grown[0] + x, grown[1] + y, grown[2] + x, grown[3] + y


def _into_crop(truth: NDArray[np.float32], shot: recapture.Recapture, box: tuple[float, ...]) -> NDArray[np.float16]:
    """Carry a map of the photo into the picture and cut it like the picture, mirrored border and all.

    What lies beyond the edge of a sheet becomes 0; a live scene goes on.
    """
    height, width = truth.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    landed = shot.map_points(corners)
    move = cv2.getPerspectiveTransform((corners - 0.5).astype(np.float32), (landed - 0.5).astype(np.float32))
    border = cv2.BORDER_CONSTANT if shot.record["instrument"] != "none" else cv2.BORDER_REPLICATE
    seen = cv2.warpPerspective(
        truth, move, shot.image.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=border, borderValue=0.0
    )
    levels = np.round(np.repeat(seen[..., None], 3, axis=2) * LEVELS).astype(np.uint8)
    size = (TRUTH_SIZE, TRUTH_SIZE)
    cut = cut_face(levels, box, scale=CROP_SCALE, square=True, image_size=size, border="pad")
    return (cut[..., 0] / LEVELS).astype(np.float16)


def save_crops(path: str | os.PathLike[str], crops: HeadCrops) -> Path:
    """Write crops as one compressed file of arrays (.npz)."""
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **{item.name: getattr(crops, item.name) for item in fields(HeadCrops)})
    return Path(path)


def load_crops(path: str | os.PathLike[str]) -> HeadCrops:
    """Read what `save_crops` wrote.

    Raises
    ------
    ValueError
        Another file; names it.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            return HeadCrops(*(held[item.name] for item in fields(HeadCrops)))
    except (KeyError, OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"expected depth crops at {path}: make them again. Received: {error}") from error


def join_crops(parts: list[HeadCrops]) -> HeadCrops:
    """Return the crops of all parts, in order."""
    return HeadCrops(*(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(HeadCrops)))
