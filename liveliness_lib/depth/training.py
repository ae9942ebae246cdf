"""Train the small depth network on rendered heads: one command, stopped and resumed at will.

First the convolutions alone learn to tell patches of live faces from patches of pictures (a pixel-wise binary map, as
DeePixBiS by George and Marcel 2019): that is what takes most passes, and costs a third of a pass through everything.
Then the whole network learns depth: true relief for the living, a plane for pictures.

A run folder holds the crops as they were rendered (``crops/``), the state after each epoch (``state.safetensors``),
``history.csv`` and at the end ``small_dpt.safetensors``. Every epoch draws from its own number, so a
resumed run sees the batches that an unbroken one sees.
"""

from __future__ import annotations

import functools
import json
import logging
import math
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.depth.data import HeadCrops, join_crops, load_crops, make_crops, save_crops
from liveliness_lib.depth.small_dpt import build_small_dpt, patch_logits, save_small_dpt
from liveliness_lib.depth.verdict import face_in_map
from liveliness_lib.paths import atomic_path, require

if TYPE_CHECKING:
    import torch
    from transformers import DPTForDepthEstimation

log = logging.getLogger(__name__)
HEADS_A_FILE = 20


@dataclass(frozen=True)
class DepthTraining:
    """What a training run is made of.

    Parameters
    ----------
    train_heads, rounds
        Rendered people, and how often each is taken; a round gives four crops.
    patch_epochs
        Passes of the convolutions alone.
    epochs
        Passes of the whole network.
    batch_size, patch_rate, learning_rate, weight_decay
        Of AdamW; each of the two rates rises over the first twentieth and falls along a cosine.
    face_weight
        How much more a pixel of the middle of the crop counts than one of its surroundings.
    flat_weight
        How much the question *has the face relief at all* counts beside the error of the map.
    seed
        Of the weights, the order and the augmentation.
    threads
        Of torch.
    precision : {'auto', 'bfloat16', 'float32'}
        Of the multiplications. auto: bfloat16 where the processor has instructions for it.
    """

    train_heads: int = 500
    rounds: int = 4
    patch_epochs: int = 8
    epochs: int = 2
    batch_size: int = 32
    patch_rate: float = 3e-3
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    face_weight: float = 3.0
    flat_weight: float = 0.3
    seed: int = 0
    threads: int = 1
    precision: str = "auto"

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        counts = (self.train_heads, self.rounds, self.epochs, self.batch_size, self.threads)
        if min(counts) < 1 or self.patch_epochs < 0 or min(self.learning_rate, self.patch_rate) <= 0:
            raise ValueError(f"expected at least one head, round, epoch, batch and thread. Received: {asdict(self)}")
        if self.precision not in ("auto", "bfloat16", "float32"):
            raise ValueError(f"expected precision auto, bfloat16 or float32. Received: {self.precision!r}")


def train_small_dpt(
    out: str | os.PathLike[str],
    config: DepthTraining = DepthTraining(),
    *,
    crops: HeadCrops | None = None,
    stop_after: int | None = None,
    progress: bool = True,
    **settings: Any,
) -> Path:
    """Train, or go on training, in the folder `out`; return the file with the weights.

    Parameters
    ----------
    out : path
        The run folder; one that was begun with another config is refused.
    config : DepthTraining
    crops : HeadCrops, optional
        Train on these; default: `config.train_heads` heads of the train split, rendered into the folder once.
    stop_after : int, optional
        Leave off when so many passes of both kinds are done.
    progress : bool
        Show bars.
    **settings
        Changes to `small_dpt.SETTINGS`.

    Raises
    ------
    ValueError
        `out` belongs to another config.
    """
    from tqdm.auto import tqdm

    torch = require("torch", extra="depth")
    torch.set_num_threads(config.threads)
    folder = Path(out)
    _claim(folder, config)
    if crops is None:
        crops = rendered_crops(folder / "crops", "train", config.train_heads, rounds=config.rounds, progress=progress)
    model = build_small_dpt(config.seed, **settings).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
    )
    history = _restore(folder, model, optimiser)
    whole = config.patch_epochs + config.epochs
    last = min(whole, stop_after if stop_after is not None else whole)
    for epoch in tqdm(range(len(history), last), desc="epochs", disable=not progress):
        history.append(_epoch(model, optimiser, crops, config, epoch))
        log.info("epoch %d: loss %.4f", epoch + 1, history[-1])
        _keep(folder, model, optimiser, history)
    return save_small_dpt(folder / "small_dpt.safetensors", model)


def rendered_crops(folder: Path, split: str, heads_count: int, *, rounds: int = 1, progress: bool = True) -> HeadCrops:
    """Return the crops of so many heads of a split, rendering those whose file is not in the folder yet."""
    from tqdm.auto import tqdm

    parts = []
    for start in tqdm(range(0, heads_count, HEADS_A_FILE), desc=f"{split} crops", disable=not progress):
        count = min(HEADS_A_FILE, heads_count - start)
        part = "" if count == HEADS_A_FILE else f"_{count}"
        file = folder / f"{split}_r{rounds}_{start:05d}{part}.npz"
        if not file.is_file():
            save_crops(file, make_crops(split, count, start=start, rounds=rounds, progress=False))
        parts.append(load_crops(file))
    return join_crops(parts)


def learning_rate_at(step: int, total: int, peak: float) -> float:
    """Return the rate of a step: a ramp over the first twentieth, then a cosine down to a hundredth of the peak.

    Examples
    --------
    >>> [round(learning_rate_at(step, 40, 1.0), 2) for step in (0, 1, 2, 39)]
    [0.5, 1.0, 1.0, 0.01]
    """
    ramp = max(total // 20, 1)
    if step < ramp:
        return peak * (step + 1) / ramp
    along = (step - ramp) / max(total - ramp, 1)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * along)))


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


def depth_loss(predicted: torch.Tensor, target: torch.Tensor, face_weight: float) -> torch.Tensor:
    """Return the weighted squared error of maps (N, H, W) plus that of their slopes at two scales.

    Squared, not absolute: before screens and faces are told apart the median of the truth is 1 everywhere, and an absolute
    error stays there.
    """
    torch = require("torch", extra="depth")
    height, width = target.shape[1:]
    y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    weight = 1.0 + (face_weight - 1.0) * ((x / 0.55) ** 2 + (y / 0.62) ** 2 < 1).float()
    error = predicted - target
    loss = (weight * error**2).mean() / weight.mean()
    for step in (2, 6):
        across, down = error[:, :, step:] - error[:, :, :-step], error[:, step:] - error[:, :-step]
        loss = loss + 0.5 * ((weight[:, step:] * across**2).mean() + (weight[step:] * down**2).mean())
    return loss


def flat_loss(predicted: torch.Tensor, live: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of *live* given how far the face of each map (N, H, W) is from its best plane.

    An error of maps is content with half a relief where it is half sure; this is not. Half a chance at `HALF_RELIEF`.
    """
    torch = require("torch", extra="depth")
    inside, basis = _face_and_plane(predicted.shape[1])
    face = predicted.flatten(1)[:, inside]
    face = face - (face @ basis) @ basis.T
    residual = (face.pow(2).mean(dim=1) + 1e-6).sqrt()
    return torch.nn.functional.binary_cross_entropy_with_logits((residual - HALF_RELIEF) / RELIEF_STEP, live)


HALF_RELIEF, RELIEF_STEP = 0.05, 0.015
"""Residual from the plane, face widths, at which live and flat are equally likely, and the step that multiplies odds by e."""


@functools.lru_cache(maxsize=2)
def _face_and_plane(side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the indices of the face's pixels in a flattened map, and an orthonormal basis of planes over them."""
    torch = require("torch", extra="depth")
    inside = face_in_map(side)
    y, x = np.nonzero(inside)
    basis, _ = np.linalg.qr(np.column_stack([np.ones(len(x)), x, y]).astype(np.float64))
    return torch.from_numpy(np.flatnonzero(inside)), torch.from_numpy(basis.astype(np.float32))


def patch_loss(logits: torch.Tensor, live: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of *live* given all patches (N, h, w) together, plus a third of that given each alone."""
    torch = require("torch", extra="depth")
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    return entropy(logits.mean((1, 2)), live) + 0.3 * entropy(logits, live[:, None, None].expand_as(logits))


def _batches(
    data: HeadCrops, config: DepthTraining, epoch: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]]:
    rng = np.random.default_rng((config.seed, epoch))
    order = rng.permutation(len(data))
    for start in range(0, len(order), config.batch_size):
        chosen = order[start : start + config.batch_size]
        if len(chosen) > 1 or len(order) == 1:  # batch statistics of one crop say nothing
            yield (*augment(data.images[chosen], data.nearness[chosen], rng), data.live[chosen].astype(np.float32))


def _epoch(
    model: DPTForDepthEstimation, optimiser: torch.optim.Optimizer, data: HeadCrops, config: DepthTraining, epoch: int
) -> float:
    torch = require("torch", extra="depth")
    model.train()
    patches, steps = epoch < config.patch_epochs, math.ceil(len(data) / config.batch_size)
    done, epochs, peak = (
        (epoch, config.patch_epochs, config.patch_rate)
        if patches
        else (epoch - config.patch_epochs, config.epochs, config.learning_rate)
    )
    losses = []
    for index, (inputs, targets, live) in enumerate(_batches(data, config, epoch)):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate_at(done * steps + index, epochs * steps, peak)
        pictures = torch.from_numpy(inputs).contiguous(memory_format=torch.channels_last)
        labels = torch.from_numpy(live)
        with torch.autocast("cpu", torch.bfloat16, enabled=_in_bfloat16(config.precision)):
            found = patch_logits(model, pictures) if patches else model(pictures).predicted_depth
        if patches:
            loss = patch_loss(found.float(), labels)
        else:
            loss = depth_loss(found.float(), torch.from_numpy(targets), config.face_weight)
            loss = loss + config.flat_weight * flat_loss(found.float(), labels)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def _in_bfloat16(precision: str) -> bool:
    torch = require("torch", extra="depth")
    return precision == "bfloat16" or (precision == "auto" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()))


def _claim(folder: Path, config: DepthTraining) -> None:
    """Write the config down, or check that the folder was begun with the same one; threads may differ."""
    said = json.dumps({key: value for key, value in asdict(config).items() if key != "threads"}, indent=1)
    file = folder / "config.json"
    if file.is_file() and file.read_text() != said:
        raise ValueError(f"expected an empty folder or one of the same config. Received: {folder}, {file.read_text()}")
    with atomic_path(file) as temporary:
        temporary.write_text(said)


def _keep(folder: Path, model: DPTForDepthEstimation, optimiser: torch.optim.Optimizer, history: list[float]) -> None:
    """Write weights, optimiser state and history; one file, so that a kill leaves a whole epoch or the last one."""
    safetensors = require("safetensors.torch", extra="depth")
    tensors = {f"model.{name}": value.contiguous() for name, value in model.state_dict().items()}
    for index, state in optimiser.state_dict()["state"].items():
        tensors |= {f"adam.{index}.{name}": value.contiguous() for name, value in state.items()}
    with atomic_path(folder / "state.safetensors") as temporary:
        safetensors.save_file(tensors, temporary, metadata={"history": json.dumps(history)})
    with atomic_path(folder / "history.csv") as temporary:
        temporary.write_text("epoch,loss\n" + "".join(f"{i},{loss:.6f}\n" for i, loss in enumerate(history, 1)))


def _restore(folder: Path, model: DPTForDepthEstimation, optimiser: torch.optim.Optimizer) -> list[float]:
    safetensors = require("safetensors", extra="depth")
    file = folder / "state.safetensors"
    if not file.is_file():
        return []
    with safetensors.safe_open(str(file), framework="pt") as held:
        tensors = {name: held.get_tensor(name) for name in held.keys()}  # noqa: SIM118
        history = list(json.loads(held.metadata()["history"]))
    model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("adam."):
            _, index, key = name.split(".", 2)
            state.setdefault(int(index), {})[key] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return history
