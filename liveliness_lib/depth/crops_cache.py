"""Keep rendered crops in a folder, so that rendering goes on where it stopped; and vary them for training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.dataset.parallel import run_tasks
from liveliness_lib.depth.data import HeadCrops, join_crops, load_crops, make_crops, save_crops
from liveliness_lib.depth.small_dpt import to_input

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
    return join_crops([load_crops(part.file) for part in parts])


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
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return network inputs and targets: half of them mirrored, each moved a little, gain and gamma of each channel drawn.

    Moves are whole pixels of picture and map: resampling would blur, and sharpness, noise and compression are what tells
    a screen from a face. They tell it less in other people's pictures, so a share `degraded` of the crops, live or not,
    loses colour, contrast, resolution and sharpness, gains noise, and is compressed again.
    """
    flip = rng.random(len(images)) < 0.5
    pictures = np.where(flip[:, None, None, None], images[:, :, ::-1], images)
    targets = np.where(flip[:, None, None], nearness[:, :, ::-1], nearness).astype(np.float32)
    steps = rng.integers(-2, 3, (len(images), 2))
    pictures, targets = _moved(pictures, 3 * steps, 6), _moved(targets, 2 * steps, 4)
    gamma = np.exp(rng.normal(0, 0.15, (len(images), 1, 1)) + rng.normal(0, 0.04, (len(images), 1, 3)))
    gain = np.exp(rng.normal(0, 0.12, (len(images), 1, 1)))
    tables = np.clip((np.arange(256)[:, None] / 255.0) ** gamma * gain, 0, 1)
    tables = np.round(255 * tables).astype(np.uint8)
    worse = rng.random(len(images)) < degraded
    toned = [cv2.LUT(picture, table[None]) for picture, table in zip(pictures, tables, strict=True)]
    return to_input(
        np.stack([_degraded(one, rng) if bad else one for one, bad in zip(toned, worse, strict=True)])
    ), targets


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


def _moved(arrays: NDArray[Any], moves: NDArray[np.int64], most: int) -> NDArray[Any]:
    """Move each of (N, H, W, ...) by so many pixels down and right, mirrored at the edge."""
    height, width = arrays.shape[1:3]
    wide = np.pad(arrays, [(0, 0), (most, most), (most, most)] + [(0, 0)] * (arrays.ndim - 3), mode="reflect")
    return np.stack(
        [
            one[most - y : most - y + height, most - x : most - x + width]
            for one, (y, x) in zip(wide, moves, strict=True)
        ]
    )
