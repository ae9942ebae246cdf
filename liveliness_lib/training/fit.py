"""Fit a network to crops: the optimisation itself, resumable and repeatable."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from liveliness_lib.models.livenessnet import build_livenessnet
from liveliness_lib.paths import require
from liveliness_lib.training.config import TrainConfig
from liveliness_lib.training.data import SplitCrops

log = logging.getLogger(__name__)


def fit(
    train: SplitCrops, dev: SplitCrops, config: TrainConfig, folder: Path, *, progress: bool = True
) -> tuple[Any, Any]:
    """Fit a model to `train`, stopping on the loss on `dev`.

    The same crops, settings and machine give the same weights, interrupted or not: initial weights, dropout, order and
    augmentation each have seeds of their own, and TensorFlow's deterministic kernels are switched on. That switch is
    the one thing that stays on in the process; it slows little and changes no result of others.

    Parameters
    ----------
    train, dev : SplitCrops
    config : TrainConfig
    folder : Path
        Checkpoints; a fit that was interrupted goes on from there.
    progress : bool
        Show a bar over the epochs.

    Returns
    -------
    (keras.Model, Progress)
        The model with the weights of its best epoch, and how the fit went.

    Raises
    ------
    ValueError
        The training diverged.
    """
    tf = require("tensorflow", extra="train")
    from liveliness_lib.models import fast_layers  # noqa: F401  # a checkpoint holds layers of it
    from liveliness_lib.training import checkpoint

    tf.config.experimental.enable_op_determinism()
    held = checkpoint.restore(folder)
    model, state = held or (_start(config), checkpoint.Progress())
    if held:
        log.info("going on after epoch %d", state.epoch)
    if state.epoch < config.epochs and not state.stopped:
        warm_up = config.warm_up_epochs(len(train.images))
        callbacks = [checkpoint.Checkpoint(folder, config.patience, warm_up, state)]
        if progress:
            callbacks.append(_epoch_bar(config.epochs, state.epoch))
        model.fit(
            training_batches(train, config, start_epoch=state.epoch),
            validation_data=_dev_batches(dev, config),
            steps_per_epoch=math.ceil(len(train.images) / config.batch_size),
            initial_epoch=state.epoch,
            epochs=config.epochs,
            callbacks=callbacks,
            shuffle=False,  # the dataset shuffles itself
            verbose=0,
        )
    if not state.best_epoch:
        raise ValueError(f"the dev loss was never a number: lower the rate. Received: rate {config.learning_rate:g}")
    checkpoint.load_best(model, folder, state)
    plain = build_livenessnet(config.image_size, seed=config.seed)
    plain.set_weights(model.get_weights())
    return plain, state


def training_batches(crops: SplitCrops, config: TrainConfig, *, start_epoch: int = 0) -> Any:
    """Return a ``tf.data.Dataset`` of (pixels 0-255, one-hot labels, weights), shuffled anew every epoch.

    Order and augmentation depend on the seed, the epoch and the step alone, so a fit that starts at a later epoch sees
    what it would have seen.
    """
    tf = require("tensorflow", extra="train")
    from liveliness_lib.training.augment import augment

    images, labels = tf.constant(crops.images), tf.one_hot(crops.labels, 2)
    weights = tf.constant(class_weights(crops.labels, balance=config.balance))
    count = len(crops.images)
    steps = math.ceil(count / config.batch_size)

    def one_epoch(epoch: Any) -> Any:
        order = tf.random.experimental.stateless_shuffle(tf.range(count), seed=[config.seed, tf.cast(epoch, tf.int32)])
        return tf.data.Dataset.from_tensor_slices(order).batch(config.batch_size)

    def one_batch(step: Any, rows: Any) -> Any:
        pixels = tf.ensure_shape(tf.cast(tf.gather(images, rows), tf.float32), (None, *config.image_size, 3))
        if config.augment:
            seed = [config.seed + 1, tf.cast(step, tf.int32) + start_epoch * steps]
            pixels = augment(pixels, config.augmentation, seed)
        return pixels, tf.gather(labels, rows), tf.gather(weights, rows)

    epochs = tf.data.Dataset.range(start_epoch, config.epochs)
    return epochs.flat_map(one_epoch).enumerate().map(one_batch, num_parallel_calls=2, deterministic=True).prefetch(2)


def class_weights(labels: npt.NDArray[np.int64], *, balance: bool) -> npt.NDArray[np.float32]:
    """Return one weight a crop, 1 on average; with `balance` real and fake weigh the same in sum.

    Examples
    --------
    >>> [round(float(w), 3) for w in class_weights(np.array([0, 0, 0, 1]), balance=True)]
    [0.667, 0.667, 0.667, 2.0]
    """
    if not balance:
        return np.ones(len(labels), np.float32)
    counts = np.bincount(labels, minlength=2)
    return (len(labels) / (2 * counts[labels])).astype(np.float32)


def _dev_batches(crops: SplitCrops, config: TrainConfig) -> Any:
    tf = require("tensorflow", extra="train")
    weights = class_weights(crops.labels, balance=config.balance)
    rows = tf.data.Dataset.from_tensor_slices((crops.images, tf.one_hot(crops.labels, 2), weights))
    return rows.batch(256).map(lambda x, y, w: (tf.cast(x, tf.float32), y, w)).prefetch(2)


def _start(config: TrainConfig) -> Any:
    keras = require("keras", extra="train")
    model = build_livenessnet(config.image_size, seed=config.seed, fast=True, precision=config.precision)
    if config.initial_model is not None:
        model.set_weights(load_initial(config.initial_model, config.image_size).get_weights())
    rate: Any = config.learning_rate
    if config.decay:
        rate = keras.optimizers.schedules.InverseTimeDecay(rate, 1, config.learning_rate / config.epochs)
    # The original's binary cross-entropy on one-hot labels is, after a softmax over two, the categorical one. Keras 3
    # must not be asked for the binary one: it reaches behind the softmax and takes its inputs for those of a sigmoid.
    model.compile(keras.optimizers.Adam(rate), loss="categorical_crossentropy", weighted_metrics=["accuracy"])
    return model


def load_initial(path: str, image_size: tuple[int, int]) -> Any:
    """Load the model to go on from: a run folder, or a ``.keras`` file.

    Raises
    ------
    ValueError
        There is none, it is unreadable, or it takes crops of another size.
    """
    keras = require("keras", extra="train")
    file = Path(path)
    file = file / "model.keras" if file.is_dir() else file
    try:
        model = keras.models.load_model(file, compile=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"expected a run folder or a .keras file to go on from ({error}). Received: {path}") from error
    if tuple(model.input_shape[1:3]) != tuple(image_size):
        raise ValueError(f"expected a model for crops of {image_size}. Received: {path} for {model.input_shape[1:3]}")
    return model


def _epoch_bar(epochs: int, done: int) -> Any:
    keras = require("keras", extra="train")
    from tqdm.auto import tqdm

    bar = tqdm(total=epochs, initial=done, desc="epochs", unit="epoch", leave=False)

    def advance(epoch: int, logs: dict[str, float]) -> None:
        bar.set_postfix(loss=f"{logs['loss']:.3f}", dev=f"{logs['val_loss']:.3f}", refresh=False)
        bar.update(1)

    return keras.callbacks.LambdaCallback(on_epoch_end=advance, on_train_end=lambda logs: bar.close())
