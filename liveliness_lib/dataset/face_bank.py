"""A bank of simulated faces to learn from: rendered people live, on screens and on paper, each cut twice.

Whole pictures of ten thousand takes would fill a disk and be read again in every epoch. What a network looks at is the
face and what surrounds it, so each take is kept as two small crops with room for augmentation: the face itself, and
the scene about it in which a bezel, a margin or a hand may be seen. One file holds the takes of a few people; a bank that
was interrupted goes on with the file it was at.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.crops import cut_face
from liveliness_lib.dataset.parallel import run_tasks
from liveliness_lib.paths import atomic_path
from liveliness_lib.synthetic import camera, clutter, heads, recapture

CLOSE_SCALE, CLOSE_SIDE = 1.35, 128
"""The face crop: so many face boxes wide and high, in so many pixels: a face is 95 pixels wide in it."""
WIDE_SCALE, WIDE_SIDE = 3.1, 112
"""The crop with its surroundings; a face is 36 pixels wide in it."""
PEOPLE_PER_FILE = 20
FIRST_PERSON = {"train": 0, "dev": 1_000_000, "test": 2_000_000}
"""The number of the first person of each split: splits are different people."""
Plan = tuple[tuple[str, str, int], ...]
"""The attacks on a person: type; ``close``, ``device`` or ``portrait``, a device that shows little but the face; camera."""
_ALL_KINDS: Plan = (
    *(("screen", "close", 1), ("screen", "close", 2), ("screen", "device", 1), ("screen", "device", 2)),
    *(("print", "close", 2), ("print", "device", 1), ("print", "device", 2)),
)
_MOSTLY_DEVICES: Plan = (
    *(("screen", "close", 1), ("screen", "device", 0), ("screen", "portrait", 1), ("screen", "portrait", 2)),
    *(("print", "device", 1), ("print", "portrait", 2)),
)
"""Where surroundings are what it is for: close attacks show none."""
Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.uint8]]


@dataclass(frozen=True)
class Setting:
    """Say how people and the devices of their attacks are taken.

    Attributes
    ----------
    plan : Plan
    far : float
        Share of people so far back that what surrounds them fills the wide crop.
    backdrop : callable or None
        Draws what is behind, (rng, size) to (height, width, 3) uint8; None leaves rooms to the simulator.
    people, devices : float
        Shares of people and of devices that are before it.
    """

    plan: Plan
    far: float = 0.0
    backdrop: Draw | None = None
    people: float = 0.0
    devices: float = 0.0


SETTINGS = {
    "near": Setting(_ALL_KINDS),
    "room": Setting(_ALL_KINDS, far=1.0),
    "clutter": Setting(_MOSTLY_DEVICES, far=0.65, backdrop=clutter.draw_clutter, people=0.6, devices=0.75),
    "plain": Setting(_MOSTLY_DEVICES, far=1.0, backdrop=clutter.draw_wall, people=1.0, devices=0.75),
}
"""How people are taken: near the camera or not; far back; before drawn rooms, clutter and photographs of things, which are
behind the devices of the attacks as well; and before plain walls, which are behind those, too."""
_INSTRUMENTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "screen": (recapture.recapture_screen, recapture.SCREENS),
    "print": (recapture.recapture_print, recapture.PRINTERS),
}
EVERY = 4
"""One device in so many is seen in no training picture: dev and test share those."""


@dataclass(frozen=True)
class FaceBank:
    """Hold takes.

    Attributes
    ----------
    close : (N, 128, 128, 3) uint8 RGB
    wide : (N, 112, 112, 3) uint8 RGB
        Black where it reaches beyond the picture.
    attack_type : (N,) str
        ``none``, ``screen`` or ``print``.
    framing : (N,) str
        ``close`` (nothing but the photo is seen) or ``device``; of a real take the share of the frame it fills.
    device : (N,) str
        ``camera`` or ``camera+instrument``.
    subject : (N,) str
    face_px : (N,) float32
        Width of the face in the picture that the crops come from.
    """

    close: NDArray[np.uint8]
    wide: NDArray[np.uint8]
    attack_type: NDArray[np.str_]
    framing: NDArray[np.str_]
    device: NDArray[np.str_]
    subject: NDArray[np.str_]
    face_px: NDArray[np.float32]

    def __len__(self) -> int:
        """Return N."""
        return len(self.close)

    @property
    def real(self) -> NDArray[np.bool_]:
        """Return which takes show a person, (N,)."""
        return self.attack_type == "none"


def devices_of(table: dict[str, Any], split: str) -> list[str]:
    """Return the devices of a split: every `EVERY`-th by name is kept from training.

    Examples
    --------
    >>> devices_of(dict.fromkeys("abcdef"), "train")
    ['b', 'c', 'd', 'f']
    >>> devices_of(dict.fromkeys("abcdef"), "test")
    ['a', 'e']
    """
    names = sorted(table)
    return [name for i, name in enumerate(names) if (i % EVERY == 0) != (split == "train")]


def make_bank(
    folder: str | os.PathLike[str],
    people: int,
    *,
    split: str = "train",
    setting: str = "near",
    seed: int = 0,
    jobs: int = -1,
    progress: bool = True,
) -> list[Path]:
    """Render people and take each of them live, on screens and on paper; return the files.

    Parameters
    ----------
    folder
        Where the files lie; those that are there already are kept.
    people
        How many; more people never change the first ones.
    split
        ``train``, ``dev`` or ``test``: other people in each; other devices in train than in the others.
    setting
        One of `SETTINGS`.
    seed
        Everything follows from it.
    jobs
        Processes; -1 for one on each core.
    progress
        Show a bar.

    Raises
    ------
    ValueError
        An unknown split or setting, or no people.
    """
    if split not in FIRST_PERSON or people < 1:
        raise ValueError(f"expected a split of {tuple(FIRST_PERSON)} and people >= 1. Received: {split!r}, {people}")
    if setting not in SETTINGS:
        raise ValueError(f"expected a setting among {tuple(SETTINGS)}. Received: {setting!r}")
    starts = list(range(0, people, PEOPLE_PER_FILE))
    task = partial(_make_file, folder=Path(folder), people=people, split=split, setting=setting, seed=seed)
    what = f"{split} people ({setting}) x {PEOPLE_PER_FILE}"
    return run_tasks(task, starts, jobs=jobs, description=what, progress=progress)


def _make_file(start: int, folder: Path, people: int, split: str, setting: str, seed: int) -> Path:
    count = min(PEOPLE_PER_FILE, people - start)
    path = folder / f"{'-'.join(_name(split, setting))}-{seed}-{start:06d}-{count:02d}.npz"
    if path.is_file():
        return path
    bank = bank_of_rows(
        [row for k in range(start, start + count) for row in takes_of(k, split=split, setting=setting, seed=seed)]
    )
    with atomic_path(path) as temporary:
        np.savez(temporary, **{item.name: getattr(bank, item.name) for item in fields(FaceBank)})
    return path


def bank_of_rows(rows: list[tuple[Any, ...]]) -> FaceBank:
    """Return a bank of rows in the order of the fields of `FaceBank`."""
    kinds = (np.uint8, np.uint8, str, str, str, str, np.float32)
    return FaceBank(*(np.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)))


def chosen(bank: FaceBank, rows: NDArray[Any]) -> FaceBank:
    """Return some rows of a bank, by their numbers or a mask."""
    return FaceBank(*(getattr(bank, item.name)[rows] for item in fields(FaceBank)))


def read_bank(paths: list[Path] | list[str]) -> FaceBank:
    """Read files of a bank into one.

    Raises
    ------
    ValueError
        A file is damaged; names it.
    """
    parts: list[dict[str, NDArray[Any]]] = []
    for path in paths:
        try:
            with np.load(path, allow_pickle=False) as held:
                parts.append({item.name: held[item.name] for item in fields(FaceBank)})
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is no file of a face bank ({error}): remove it and make it again") from error
    return FaceBank(**{item.name: np.concatenate([part[item.name] for part in parts]) for item in fields(FaceBank)})


def takes_of(person: int, *, split: str, setting: str = "near", seed: int = 0) -> Iterator[tuple[Any, ...]]:
    """Yield the takes of one person, each a row in the order of the fields of `FaceBank`.

    Takes in which the second camera left the face out of the picture are missing.
    """
    number, how = list(SETTINGS).index(setting), SETTINGS[setting]
    rng = np.random.default_rng((seed, FIRST_PERSON[split] + person, *([number] if number else [])))
    size, face_px = _framing(rng, _happens(how.far, rng))
    scene = heads.sample_scene(int(rng.integers(2**31)), image_size=size, face_px=face_px)
    backdrop = how.backdrop if _happens(how.people, rng) else None
    if backdrop is not None:
        scene = clutter.put_behind(scene, backdrop(rng, size), rng)
    name = "-".join([*_name(split, setting), f"{seed}-{person}"])
    corners = np.array(scene.box).reshape(2, 2)[[[0, 0], [1, 0], [1, 1], [0, 1]], [0, 1]]
    for attack, framing, device, shot, origin in _takes(scene, split, rng, how, backdrop):
        landed = shot.map_points(corners - origin)
        box = (*landed.min(0).tolist(), *landed.max(0).tolist())
        try:
            close, wide = cut_twice(shot.image, box)
        except ValueError:  # the head was drawn at the edge and the second camera left it out
            continue
        yield close, wide, attack, framing, device, name, np.float32(box[2] - box[0])


def _name(split: str, setting: str) -> list[str]:
    return [split] if setting == "near" else [split, setting]


def _happens(share: float, rng: np.random.Generator) -> bool:
    """Return whether something that happens to a share of people happens to this one; what is certain draws no number."""
    return share >= 1 or bool(share > 0 and rng.random() < share)


def _framing(rng: np.random.Generator, far_back: bool) -> tuple[tuple[int, int], float | None]:
    """Return the size of the scene and the width of the face in it.

    A face that fills the picture leaves its surroundings outside; every second person stands further back, so that
    seeing much of a room does not mean that a device is held before it.
    """
    if far_back:
        size = (480, 640) if rng.random() < 0.6 else (640, 480)
        return size, float(rng.uniform(75, 112))
    far = rng.random() < 0.5
    tall, share = int(rng.uniform(512, 672) if far else rng.uniform(384, 512)), rng.uniform(0.2, 0.32)
    size = (tall, int(tall * 0.75)) if rng.random() < 0.5 else (int(tall * 0.75), tall)
    return size, float(share * min(size)) if far else None


def cut_twice(image: NDArray[np.uint8], box: tuple[float, ...]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Cut a face and its surroundings as a bank keeps them."""
    close = cut_face(image, box, scale=CLOSE_SCALE, image_size=(CLOSE_SIDE, CLOSE_SIDE), border="black")
    wide = cut_face(image, box, scale=WIDE_SCALE, image_size=(WIDE_SIDE, WIDE_SIDE), border="black")
    return close, wide


def _takes(
    scene: heads.HeadRender, split: str, rng: np.random.Generator, how: Setting, backdrop: Draw | None
) -> Iterator[tuple[str, str, str, recapture.Recapture, tuple[int, int]]]:
    """Take a person live four times, on screens and on paper as planned, by three cameras of the split.

    The last of what is yielded is the corner, x and y, of the part of the photo that was shown.
    """
    cameras = [_pick(rng, camera.CAMERAS, split) for _ in range(3)]
    seeds = iter(int(s) for s in rng.integers(2**31, size=16))
    photo = _shared(camera.photograph(scene.radiance, cameras[0], seed=next(seeds)).image, rng)
    for source, framing, who in (
        (scene.radiance, "close", 0),
        (scene.radiance, "device", 1),
        (photo, "close", 1),
        (photo, "device", 2),
    ):
        name = cameras[who]
        size = _frame(photo, framing, rng)
        yield (
            "none",
            framing,
            name,
            recapture.rephotograph(source, name, seed=next(seeds), image_size=size, framing=framing),
            (0, 0),
        )
    for attack, what, who in how.plan:
        shoot, table = _INSTRUMENTS[attack]
        framing = "close" if what == "close" else "device"
        name, shown = cameras[who], _pick(rng, table, split)
        size = _frame(photo, framing, rng)
        before = framing == "device" and backdrop is not None and _happens(how.devices, rng)
        behind = backdrop(rng, size) if backdrop is not None and before else None
        part, origin = _portrait(photo, scene.box, rng) if what == "portrait" else (photo, (0, 0))
        made = shoot(part, shown, name, seed=next(seeds), image_size=size, framing=framing, background=behind)
        yield attack, framing, f"{name}+{shown}", made, origin


def _portrait(
    photo: NDArray[np.uint8], box: tuple[float, ...], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Cut a portrait out of a photo, its edges half a face box to one and a half from the middle of the face.

    Whoever shows a photo of somebody shows the face: a whole room would leave the edges of the device out of sight.
    """
    x_min, y_min, x_max, y_max = box
    x, y, width, height = (x_min + x_max) / 2, (y_min + y_max) / 2, x_max - x_min, y_max - y_min
    left, right = rng.uniform(0.55, 1.5, 2) * width
    above, below = rng.uniform(0.65, 1.4, 2) * height
    top, first = max(int(y - above), 0), max(int(x - left), 0)
    return np.ascontiguousarray(photo[top : int(y + below) + 1, first : int(x + right) + 1]), (first, top)


def _shared(photo: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the photo as it reaches whoever shows it: as taken, or made smaller and compressed by a messenger."""
    if rng.random() > 0.35:
        return photo
    height, width = photo.shape[:2]
    scale = float(rng.uniform(0.5, 0.9))
    small = cv2.resize(photo, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    _, code = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(45, 90))])
    return cv2.resize(cv2.imdecode(code, cv2.IMREAD_COLOR), (width, height), interpolation=cv2.INTER_CUBIC)


def _frame(photo: NDArray[np.uint8], framing: str, rng: np.random.Generator) -> tuple[int, int]:
    """Return the size of a picture: the photo's, larger where a whole device has to fit into it."""
    height, width = photo.shape[:2]
    if framing == "close":
        return height, width
    grown = float(rng.uniform(1.0, 1.6))
    if rng.random() < 0.5:  # a device held upright before a wide camera, or the other way round
        height, width = width, height
    return round(height * grown), round(width * grown)


def _pick(rng: np.random.Generator, table: dict[str, Any], split: str) -> str:
    return str(rng.choice(devices_of(table, split)))
