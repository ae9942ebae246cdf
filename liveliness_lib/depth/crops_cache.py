"""Keep rendered crops in a folder, so that rendering goes on where it stopped; and vary them for training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    images: NDArray[np.uint8], nearness: NDArray[Any], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return network inputs and targets: half of them mirrored, each moved a little, gain and gamma of each channel drawn.

    Sharpness, noise and compression are left alone: they are what tells a screen from a face. Moves are whole pixels of
    picture and map for the same reason: resampling would blur.
    """
    flip = rng.random(len(images)) < 0.5
    pictures = np.where(flip[:, None, None, None], images[:, :, ::-1], images)
    targets = np.where(flip[:, None, None], nearness[:, :, ::-1], nearness).astype(np.float32)
    steps = rng.integers(-2, 3, (len(images), 2))
    pictures, targets = _moved(pictures, 3 * steps, 6), _moved(targets, 2 * steps, 4)
    gamma = np.exp(rng.normal(0, 0.15, (len(images), 1, 1)) + rng.normal(0, 0.04, (len(images), 3, 1)))
    gain = np.exp(rng.normal(0, 0.12, (len(images), 1, 1)))
    tables = (np.clip((np.arange(256) / 255.0) ** gamma * gain, 0, 1) * 2 - 1).astype(np.float32)
    inputs = np.empty(pictures.shape, np.float32)
    for one, picture, table in zip(inputs, pictures, tables, strict=True):
        for channel in range(3):
            one[..., channel] = table[channel][picture[..., channel]]
    return inputs.transpose(0, 3, 1, 2), targets


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
