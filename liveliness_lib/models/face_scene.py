"""FaceSceneNet: one small network for the face, one for the scene about it, and a map of where each sees a picture.

The face crop carries what a screen or a print does to texture and colour; the wider crop carries the bezel, the margin,
the hand. The face's convolutions are in part central differences (Yu et al., CVPR 2020, "Searching Central Difference
Convolutional Networks for Face Anti-Spoofing"), which see gradients rather than levels; the scene's are plain ones. Each
ends in a map of logits, one for each patch of about a sixth of its crop, whose mean is the score (after George and
Marcel, ICB 2019, "Deep Pixel-wise Binary Supervision"). The map is both the regulariser and the explanation.

Imports Keras: load this module only where training happens.
"""

from __future__ import annotations

from typing import Any

from liveliness_lib.paths import require

keras = require("keras", extra="train")
layers = keras.layers
ops = keras.ops

SIDE = 96
SCALES = (1.0, 2.7)
"""What the two crops show, in face boxes."""
OUTPUTS = ("probabilities", "maps", "features")
WIDTHS = (12, 20, 32, 32, 48, 48, 72)
STRIDES = (2, 1, 2, 1, 2, 1, 2)
THETA = 0.7
"""Share of the central difference, as published."""
THETAS = (0.35, 0.0)
"""Of the face and of the scene. Differences alone hardly tell a bezel, an edge between two levels, from a crease; of a
face they see texture rather than tone, and half of them keeps some of either."""


@keras.saving.register_keras_serializable(package="liveliness")
class CentralDifference(layers.Conv2D):  # type: ignore[name-defined]
    """A 3x3 convolution whose centre weight is lessened by `theta` times the sum of the kernel.

    ``y = W * x - theta (sum W) x(centre)`` is a convolution with another kernel, so that it costs nothing.
    """

    def __init__(self, filters: int, kernel_size: Any = 3, *, theta: float = THETA, **kwargs: Any) -> None:
        super().__init__(filters, kernel_size, **kwargs)
        self.theta = theta

    def call(self, inputs: Any) -> Any:
        """Convolve (N, H, W, C)."""
        total = ops.sum(self._kernel, axis=(0, 1), keepdims=True)
        middle = ops.pad(total, [[1, 1], [1, 1], [0, 0], [0, 0]])
        return ops.conv(inputs, self._kernel - self.theta * middle, strides=list(self.strides), padding=self.padding)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return super().get_config() | {"theta": self.theta}


def build_face_scene(
    *, seed: int = 0, widths: tuple[int, ...] = WIDTHS, thetas: tuple[float, float] = THETAS, dropout: float = 0.3
) -> Any:
    """Build the network with fresh weights.

    Parameters
    ----------
    seed
        Of the weights and of dropout.
    widths
        Filters of the seven convolutions of each trunk; every second one halves the sides.
    thetas
        Share of the central difference in the face's and in the scene's trunk; 0 gives plain convolutions.
    dropout
        Share of feature maps left out in training.

    Returns
    -------
    keras.Model
        From crops (N, 2, 96, 96, 3) float32 in 0-255, the face at 1.0 and at 2.7 face boxes, to the list of `OUTPUTS`:
        probabilities (N, 2), P(fake) and P(real); maps (N, 2, 6, 6), the logit of real of each patch of each crop; and
        features (N, D): what `models.domain` says how strange a face is by, from early, middle and last maps.
    """
    keras.utils.set_random_seed(seed)
    crops = keras.Input((len(SCALES), SIDE, SIDE, 3), name="crops")
    maps, features = [], []
    for index, name in enumerate(("face", "scene")):
        stages = _trunk(crops[:, index], name, widths, thetas[index])
        features += _summaries(stages, name)
        x = stages[-1]
        dropped = layers.SpatialDropout2D(dropout, seed=seed + index, name=f"{name}_dropout")(x)
        maps.append(layers.Conv2D(1, 1, name=f"{name}_map")(dropped)[..., 0])
    both = ops.stack(maps, axis=1)
    real = ops.sigmoid(ops.mean(both, axis=(1, 2, 3)))
    score = ops.stack([1.0 - real, real], axis=1)
    return keras.Model(crops, [score, both, ops.concatenate(features, axis=1)], name="face_scene")


def _trunk(view: Any, name: str, widths: tuple[int, ...], theta: float) -> list[Any]:
    """Return the maps after each convolution."""
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name=f"{name}_pixels")(view)
    stages = []
    for i, (filters, stride) in enumerate(zip(widths, STRIDES, strict=True)):
        x = CentralDifference(
            filters, strides=stride, padding="same", use_bias=False, theta=theta, name=f"{name}_conv{i}"
        )(x)
        x = layers.BatchNormalization(momentum=0.98, name=f"{name}_norm{i}")(x)
        x = layers.ReLU(name=f"{name}_relu{i}")(x)
        stages.append(x)
    return stages


def _summaries(stages: list[Any], name: str) -> list[Any]:
    """Return means of an early, a middle and the last stage, and root mean squares of the first two.

    The last maps alone do not tell noise from a face; the early ones do.
    """
    found = [layers.GlobalAveragePooling2D(name=f"{name}_mean{i}")(stages[i]) for i in (1, 3, 6)]
    squares = [layers.GlobalAveragePooling2D(name=f"{name}_square{i}")(ops.square(stages[i])) for i in (1, 3)]
    return [*found, *(ops.sqrt(square + 1e-6) for square in squares)]
