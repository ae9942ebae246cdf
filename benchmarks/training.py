"""Time a training epoch against the original's recipe: python -m benchmarks.training [--crops 2000] [--epochs 3]

The same crops (faces of the samples, repeated), the same network and batches of 64. Ours is what `train` does; the
original's recipe draws the same augmentations with Keras' ImageDataGenerator, a picture at a time, and trains Keras' own
layers. One thread; processor seconds an epoch, the first one (tracing) left out, the best of the others. Writes
benchmarks/results/training.md.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pandas as pd
import tensorflow as tf

from benchmarks.__main__ import machine
from liveliness_lib.models.livenessnet import build_livenessnet
from liveliness_lib.models.registry import find_model
from liveliness_lib.paths import atomic_path, samples_dir
from liveliness_lib.training import TrainConfig
from liveliness_lib.training.checkpoint import Checkpoint, Progress
from liveliness_lib.training.data import SplitCrops
from liveliness_lib.training.fit import training_batches
from liveliness_lib.training.quantise import face_crops

RESULT = Path(__file__).parent / "results" / "training.md"
BATCH = 64
AIM = 4.0


def repeated_crops(count: int) -> SplitCrops:
    """Return `count` crops of the samples' faces with labels drawn at random: time does not depend on them."""
    faces = face_crops(find_model("livenessnet").path, samples_dir())
    images = np.resize(faces, (count, *faces.shape[1:]))
    labels = np.random.default_rng(0).integers(0, 2, count)
    return SplitCrops(pd.DataFrame({"label": labels}), np.ones(count, bool), images, labels)


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Return the least processor time of a call, once more for the warm-up."""
    call()
    spans = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        spans.append(time.process_time() - start)
    return min(spans)


def compiled(**how: Any) -> Any:
    """Return a LivenessNet ready to fit."""
    model = build_livenessnet(**how)
    model.compile(tf.keras.optimizers.Adam(1e-3), loss="categorical_crossentropy", weighted_metrics=["accuracy"])
    return model


def ours(crops: SplitCrops, *, augment: bool = True, precision: str = "float32") -> Callable[[], object]:
    """Return one epoch as `train` runs it."""
    model, steps = compiled(fast=True, precision=precision), -(-len(crops.images) // BATCH)
    batches = training_batches(crops, TrainConfig(epochs=10_000, batch_size=BATCH, augment=augment))
    return lambda: model.fit(batches, steps_per_epoch=steps, verbose=0)


def original(crops: SplitCrops) -> Callable[[], object]:
    """Return one epoch with the generator and the layers of the original system."""
    generator = tf.keras.preprocessing.image.ImageDataGenerator(
        rotation_range=20,
        zoom_range=0.15,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.15,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    model, steps = compiled(), -(-len(crops.images) // BATCH)
    pixels, labels = crops.images.astype(np.float32), tf.one_hot(crops.labels, 2).numpy()
    batches = generator.flow(pixels, labels, batch_size=BATCH, seed=0)
    return lambda: model.fit(batches, steps_per_epoch=steps, verbose=0)


def original_network(crops: SplitCrops) -> Callable[[], object]:
    """Return one epoch of Keras' own layers on pictures that lie ready: what no preparation can go below."""
    model, steps = compiled(), -(-len(crops.images) // BATCH)
    batches = training_batches(crops, TrainConfig(epochs=10_000, batch_size=BATCH, augment=False))
    return lambda: model.fit(batches, steps_per_epoch=steps, verbose=0)


def augmentation_alone(crops: SplitCrops) -> Callable[[], object]:
    """Return the preparation of one epoch's batches."""
    steps = -(-len(crops.images) // BATCH)
    batches = iter(training_batches(crops, TrainConfig(epochs=10_000, batch_size=BATCH)))
    return lambda: [next(batches) for _ in range(steps)]


def checkpoint(folder: Path) -> Callable[[], object]:
    """Return the saving that follows every epoch."""
    keeper = Checkpoint(folder, None, 0, Progress())
    model = compiled(fast=True)
    model.train_on_batch(np.zeros((4, 32, 32, 3), np.float32), np.eye(2, dtype=np.float32)[[0, 1, 0, 1]])
    keeper.set_model(model)
    return lambda: keeper.on_epoch_end(keeper.progress.epoch, {"val_loss": 1 / (2 + keeper.progress.epoch)})


def measure(crops: SplitCrops, repeats: int) -> dict[str, float]:
    """Return the seconds of each kind of epoch."""
    with tempfile.TemporaryDirectory() as folder:
        calls = {
            "the original's ImageDataGenerator": original(crops),
            "the original's network alone, pictures ready": original_network(crops),
            "ours": ours(crops),
            "ours, maps in bfloat16": ours(crops, precision="bfloat16"),
            "ours, no augmentation": ours(crops, augment=False),
            "our augmentation alone": augmentation_alone(crops),
            "a checkpoint with a new best model": checkpoint(Path(folder)),
        }
        return {name: seconds(call, repeats) for name, call in calls.items()}


def to_markdown(spans: dict[str, float], count: int) -> str:
    """Return the table."""
    base = next(iter(spans.values()))
    lines = [
        "# A training epoch of LivenessNet",
        "",
        f"{machine()}; TensorFlow {tf.__version__}, one thread; {count} crops of 32x32 in batches of {BATCH}; processor "
        "time. Written by `python -m benchmarks.training`.",
        "",
        "| one epoch | seconds | µs a crop | times faster than the original's |",
        "|---|---:|---:|---:|",
    ]
    for name, span in spans.items():
        faster = f"{base / span:.1f}" if name.startswith("ours") else ""
        lines.append(f"| {name} | {span:.2f} | {1e6 * span / count:.0f} | {faster} |")
    lines += [
        "",
        f"Aim: {AIM:g} times faster. {_verdict(spans)}",
    ]
    return "\n".join(lines) + "\n"


def _verdict(spans: dict[str, float]) -> str:
    """Say whether the aim is met and what stands in its way."""
    base, bare, mine, _, _, alone, *_ = spans.values()
    if base / mine >= AIM:
        return "Met."
    return (
        f"Not met. The augmentation is {(base - bare) / alone:.0f} times faster, but the original spends "
        f"{100 * bare / base:.0f} % of its epoch in the network itself, so that pictures at no cost would give "
        f"{base / bare:.1f} at most; the rest of the gain is the fused batch norm and the dropout of bytes."
    )


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=3)
    given = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    text = to_markdown(measure(repeated_crops(given.crops), given.epochs), given.crops)
    with atomic_path(RESULT) as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
