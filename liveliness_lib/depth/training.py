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
import hashlib
import json
import logging
import math
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.depth.crops_cache import augment, rendered_crops
from liveliness_lib.depth.data import HeadCrops
from liveliness_lib.depth.losses import depth_loss, flat_loss, patch_loss
from liveliness_lib.depth.pretrained import choose_device
from liveliness_lib.depth.small_dpt import build_small_dpt, load_small_dpt, patch_logits, save_small_dpt, scaled
from liveliness_lib.paths import atomic_path, require

if TYPE_CHECKING:
    import torch
    from transformers import DPTForDepthEstimation

log = logging.getLogger(__name__)


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
    degraded
        Share of the crops, of both classes alike, that lose colour, resolution and sharpness on their way in.
    start_from
        SHA-256 of the weights that the run went on from; empty: from random ones. `train_small_dpt` fills it in.
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
    degraded: float = 0.15
    start_from: str = ""
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
    weights: str | os.PathLike[str] | None = None,
    jobs: int = 1,
    device: str = "cpu",
    loaders: int = 0,
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
    weights : path, optional
        Go on from these, a file that `save_small_dpt` wrote, instead of random ones.
    jobs : int
        Processes that render; the weights do not depend on it.
    device : {'cpu', 'cuda', 'mps', 'auto'}
        Where the network learns; a run may go on elsewhere. Sums are rounded differently, so weights differ a little.
    loaders : int
        Processes that vary the crops while the network learns; the weights do not depend on it. A graphics card would
        wait for one.
    stop_after : int, optional
        Leave off when so many passes of both kinds are done.
    progress : bool
        Show bars.
    **settings
        Changes to `small_dpt.SETTINGS`.

    Raises
    ------
    FileNotFoundError, ValueError
        No weights to go on from, or damaged ones.
    ValueError
        `out` belongs to another config, or this machine has no such device.
    """
    from tqdm.auto import tqdm

    torch = require("torch", extra="depth")
    torch.set_num_threads(config.threads)
    folder, device = Path(out), choose_device(device)
    begun = load_small_dpt(weights) if weights is not None else None
    if weights is not None:
        config = replace(config, start_from=hashlib.sha256(Path(weights).read_bytes()).hexdigest())
    _claim(folder, config)
    if crops is None:
        crops = rendered_crops(
            folder / "crops", "train", config.train_heads, rounds=config.rounds, jobs=jobs, progress=progress
        )
    model = begun if begun is not None else build_small_dpt(config.seed, **settings)
    model.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-arg]
    model.set_attn_implementation("eager")  # torch's fused attention is slow backwards in bfloat16: a sixth of a pass
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
    )
    history = _restore(folder, model, optimiser)
    whole = config.patch_epochs + config.epochs
    last = min(whole, stop_after if stop_after is not None else whole)
    for epoch in tqdm(range(len(history), last), desc="epochs", disable=not progress):
        history.append(_epoch(model, optimiser, EpochBatches(crops, config, epoch), loaders))
        log.info("epoch %d: loss %.4f", epoch + 1, history[-1])
        _keep(folder, model, optimiser, history)
    return save_small_dpt(folder / "small_dpt.safetensors", model)


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


@dataclass(frozen=True)
class EpochBatches:
    """The batches of one pass by number, each drawn from its own seed: whoever makes them, in whatever order.

    Attributes
    ----------
    data : HeadCrops
    config : DepthTraining
    epoch : int
    """

    data: HeadCrops
    config: DepthTraining
    epoch: int

    def __len__(self) -> int:
        """Return how many there are; a last one of a single crop is left out: its batch statistics say nothing."""
        whole, rest = divmod(len(self.data), self.config.batch_size)
        return whole + (rest > 1 or whole == 0)

    @functools.cached_property
    def order(self) -> NDArray[np.int64]:
        """In which order the crops come, (N,)."""
        return np.random.default_rng((self.config.seed, self.epoch)).permutation(len(self.data))

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
        """Return crops (B, 96, 96, 3), truth (B, 64, 64) and 1 for the living (B,)."""
        size = self.config.batch_size
        chosen = self.order[index * size : (index + 1) * size]
        rng = np.random.default_rng((self.config.seed, self.epoch, index))
        pictures, targets = augment(
            self.data.images[chosen], self.data.nearness[chosen], rng, degraded=self.config.degraded
        )
        return pictures, targets, self.data.live[chosen].astype(np.float32)


def _made_by(batches: EpochBatches, loaders: int, device: str) -> Iterator[list[torch.Tensor]]:
    """Give the batches in order, made here or by so many other processes."""
    if not loaders:
        yield from (_as_tensors(batches[index]) for index in range(len(batches)))
        return
    data = require("torch.utils.data", extra="depth")
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # a process that is forked while OpenCV has threads of its own waits for them for ever
    try:
        yield from data.DataLoader(
            batches, batch_size=None, num_workers=loaders, prefetch_factor=4, pin_memory=device == "cuda",
            collate_fn=_as_tensors,
        )  # fmt: skip
    finally:
        cv2.setNumThreads(threads)


def _as_tensors(batch: tuple[NDArray[Any], ...]) -> list[torch.Tensor]:
    torch = require("torch", extra="depth")
    return [torch.from_numpy(part) for part in batch]


def _epoch(
    model: DPTForDepthEstimation, optimiser: torch.optim.Optimizer, batches: EpochBatches, loaders: int
) -> float:
    torch = require("torch", extra="depth")
    config, epoch, steps = batches.config, batches.epoch, len(batches)
    model.train()
    device = str(model.device.type)
    patches = epoch < config.patch_epochs
    done, epochs, peak = (
        (epoch, config.patch_epochs, config.patch_rate)
        if patches
        else (epoch - config.patch_epochs, config.epochs, config.learning_rate)
    )
    losses = []
    for index, batch in enumerate(_made_by(batches, loaders, device)):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate_at(done * steps + index, epochs * steps, peak)
        crops, targets, live = (part.to(device, non_blocking=True) for part in batch)
        pictures = scaled(crops.permute(0, 3, 1, 2).float())  # as `to_input`; bytes travel, and channels stay last
        with torch.autocast(device, torch.bfloat16, enabled=_in_bfloat16(config.precision, device)):
            found = patch_logits(model, pictures) if patches else model(pictures).predicted_depth
        if patches:
            loss = patch_loss(found.float(), live)
        else:
            loss = depth_loss(found.float(), targets, config.face_weight)
            loss = loss + config.flat_weight * flat_loss(found.float(), live)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.detach())  # read at the end: a graphics card would wait for every number
    return float(torch.stack(losses).mean())


def _in_bfloat16(precision: str, device: str) -> bool:
    torch = require("torch", extra="depth")
    if precision != "auto":
        return precision == "bfloat16"
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


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
    tensors = {f"model.{name}": value.cpu().contiguous() for name, value in model.state_dict().items()}
    for index, state in optimiser.state_dict()["state"].items():
        tensors |= {f"adam.{index}.{name}": value.cpu().contiguous() for name, value in state.items()}
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
