"""Build LivenessNet: the small network of the original system, 148,562 parameters at 32x32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liveliness_lib.paths import require

if TYPE_CHECKING:
    import keras

CLASS_ORDER = ("fake", "real")
"""What the two outputs mean, in order."""

MOMENTUM = 0.9
"""Keras' own .99 needs hundreds of steps to forget its start: on a small set the first epochs would look far worse on dev
than they are, and early stopping would keep the wrong one."""


def build_livenessnet(
    image_size: tuple[int, int] = (32, 32), *, seed: int = 0, fast: bool = False, precision: str = "float32"
) -> keras.Model:
    """Build an untrained LivenessNet.

    Two blocks of (conv 3x3 - ReLU - batch norm) x 2, max-pool, dropout .25 with 16 then 32 filters;
    dense 64 - ReLU - batch norm - dropout .5; softmax over (fake, real). Pixels are divided by 255
    inside the model, so it takes what a photograph holds: 0-255, RGB, channels last.

    Parameters
    ----------
    image_size : tuple of int
        (height, width) of the crops, each at least 4 (they are halved twice).
    seed : int
        Seeds every initial weight and every dropout mask; no global seed is touched.
    fast : bool
        With the layers of `fast_layers`: quicker to train, same weights in the same order, same answers. Meant to be
        trained and then copied into a plain one.
    precision : {"float32", "bfloat16"}
        In which the maps are computed; weights, dense layers and probabilities stay in float32.

    Returns
    -------
    keras.Model
        (N, height, width, 3) -> (N, 2) probabilities. At 32x32: 148,562 parameters, 88 % of them in one dense layer.

    Raises
    ------
    ValueError
        `image_size` is too small.
    ImportError
        Keras or TensorFlow is not installed.
    """
    height, width = image_size
    if min(height, width) < 4:
        raise ValueError(f"expected an image size of at least (4, 4). Received: image_size={image_size}")
    require("tensorflow", extra="train")
    keras = require("keras", extra="train")
    norm, dropout = keras.layers.BatchNormalization, keras.layers.Dropout
    if fast:
        from liveliness_lib.models.fast_layers import ByteDropout as dropout
        from liveliness_lib.models.fast_layers import FusedBatchNormalization as norm
    maps = {"dtype": {"float32": "float32", "bfloat16": "mixed_bfloat16"}[precision]}
    layers = [keras.Input((height, width, 3), name="crops"), keras.layers.Rescaling(1 / 255, name="rescale", **maps)]
    for number, filters in ((1, 16), (2, 32)):
        layers += _block(keras, filters, norm, dropout, name=f"block{number}", seed=seed + 100 * number, maps=maps)
    layers += [
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(64, activation="relu", kernel_initializer=_glorot(keras, seed + 300), name="dense"),
        keras.layers.BatchNormalization(momentum=MOMENTUM, name="dense_norm"),
        keras.layers.Dropout(0.5, seed=seed + 301, name="dense_dropout"),
        keras.layers.Dense(
            2, activation="softmax", kernel_initializer=_glorot(keras, seed + 302), name="probabilities"
        ),
    ]
    return keras.Sequential(layers, name="livenessnet")


def _block(
    keras: Any, filters: int, norm: Any, dropout: Any, *, name: str, seed: int, maps: dict[str, Any]
) -> list[Any]:
    layers: list[Any] = []
    for index in (1, 2):
        initializer = _glorot(keras, seed + index)
        layers += [
            keras.layers.Conv2D(
                filters,
                3,
                padding="same",
                activation="relu",
                kernel_initializer=initializer,
                name=f"{name}_conv{index}",
                **maps,
            ),
            norm(momentum=MOMENTUM, name=f"{name}_norm{index}", **maps),
        ]
    return [
        *layers,
        keras.layers.MaxPooling2D(2, name=f"{name}_pool", **maps),
        dropout(0.25, seed=seed + 3, name=f"{name}_dropout", **maps),
    ]


def _glorot(keras: Any, seed: int) -> Any:
    return keras.initializers.GlorotUniform(seed=seed)
