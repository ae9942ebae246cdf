"""Keep rendered crops in a folder, so that rendering goes on where it stopped; and vary them for training."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.dataset.parallel import run_tasks
from liveliness_lib.depth.data import HeadCrops, join_crops, load_crops, make_crops, save_crops

HEADS_A_FILE = 20


def rendered_crops(
    folder: Path, split: str, heads_count: int, *, rounds: int = 1, jobs: int = 1, progress: bool = True
) -> HeadCrops:
    """Return the crops of so many heads of a split, rendering those whose file is not in the folder yet.

    Parameters
    ----------
    jobs : int
        Processes that render; -1 for one on each core.
    """
    starts = range(0, heads_count, HEADS_A_FILE)
    parts = [_Part(folder, split, start, min(HEADS_A_FILE, heads_count - start), rounds) for start in starts]
    run_tasks(_render_part, parts, jobs=jobs, description=f"{split} crops", progress=progress)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # unpacking leaves the interpreter's lock alone
        return join_crops(list(pool.map(load_crops, [part.file for part in parts])))


@dataclass(frozen=True)
class _Part:
    """A file of crops that is, or will be."""

    folder: Path
    split: str
    start: int
    count: int
    rounds: int

    @property
    def file(self) -> Path:
        ending = "" if self.count == HEADS_A_FILE else f"_{self.count}"
        return self.folder / f"{self.split}_r{self.rounds}_{self.start:05d}{ending}.npz"


def _render_part(part: _Part) -> None:
    if not part.file.is_file():
        crops = make_crops(part.split, part.count, start=part.start, rounds=part.rounds, progress=False)
        save_crops(part.file, crops)


def augment(
    images: NDArray[np.uint8], nearness: NDArray[Any], rng: np.random.Generator, *, degraded: float = 0.0
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return crops and truth: half of them mirrored, each moved a little, gain and gamma of each channel drawn.

    Moves are whole pixels of picture and map: resampling would blur, and sharpness, noise and compression are what tells
    a screen from a face. They tell it less in other people's pictures, so a share `degraded` of the crops, live or not,
    loses colour, contrast, resolution and sharpness, gains noise, and is compressed again.
    """
    count = len(images)
    flips = rng.random(count) < 0.5
    moves = rng.integers(-2, 3, (count, 2))
    gammas = np.exp(rng.normal(0, 0.15, (count, 1)) + rng.normal(0, 0.04, (count, 3)))
    gains = np.exp(rng.normal(0, 0.12, count))
    worse = rng.random(count) < degraded
    levels = np.arange(256)[:, None] / 255.0
    pictures, targets = [], []
    for index in range(count):
        step = -1 if flips[index] else 1
        table = np.clip(levels ** gammas[index] * gains[index], 0, 1)
        picture = _moved(images[index][:, ::step], 3 * moves[index])
        picture = cv2.LUT(picture, np.round(255 * table).astype(np.uint8)[None])
        pictures.append(_degraded(picture, rng) if worse[index] else picture)
        targets.append(_moved(nearness[index][:, ::step].astype(np.float32), 2 * moves[index]))
    return np.stack(pictures), np.stack(targets)


def _degraded(crop: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a crop (H, W, 3) as a worse camera, a messenger or an editor would leave it; each change in every second one."""
    colour, detail, soft, noisy, coded = rng.random(5) < 0.5
    if colour:
        crop = _recoloured(crop, rng)
    if detail:
        height, width = crop.shape[:2]
        kept = float(np.exp(rng.uniform(np.log(0.45), 0)))
        small = cv2.resize(crop, (round(kept * width), round(kept * height)), interpolation=cv2.INTER_AREA)
        crop = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if soft:
        crop = cv2.GaussianBlur(crop, (0, 0), float(rng.uniform(0.3, 1.2)))
    if noisy:
        grain = rng.normal(0, min(rng.exponential(3.0), 10.0), crop.shape).astype(np.float32)
        crop = np.clip(crop + grain, 0, 255).round().astype(np.uint8)
    if coded:
        _, code = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(40, 95))])
        crop = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return crop


def _recoloured(crop: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a crop with another white balance, black level, contrast and saturation."""
    gains, lift = np.exp(rng.normal(0, 0.1, 3)), float(rng.uniform(0, 0.12))
    level = np.linspace(0, 1, 256)[:, None] * gains
    level = lift + (1 - lift) * ((level - 0.45) * rng.uniform(0.7, 1.15) + 0.45)
    crop = cv2.LUT(crop, np.round(255 * level.clip(0, 1)).astype(np.uint8)[None])
    grey = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    saturation = float(rng.uniform(0.5, 1.4))
    return cv2.addWeighted(crop, saturation, grey, 1 - saturation, 0)


def _moved(array: NDArray[Any], move: NDArray[np.int64]) -> NDArray[Any]:
    """Move a map or picture (H, W, ...) by so many pixels down and right, mirrored at the edge."""
    height, width = array.shape[:2]
    down, right = (abs(int(step)) for step in move)
    wide = cv2.copyMakeBorder(np.ascontiguousarray(array), down, down, right, right, cv2.BORDER_REFLECT_101)
    top, left = down - int(move[0]), right - int(move[1])
    return wide[top : top + height, left : left + width]
