"""Show where a Keras network saw what it answered: Grad-CAM.

R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", ICCV 2017,
equations 1 and 2. Imports TensorFlow when called; an ONNX file has no gradients, `explain` asks it by covering instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from liveliness_lib.paths import require


def grad_cam(
    model: Any, crop: npt.NDArray[np.uint8], *, output: int, layer: str | None = None
) -> npt.NDArray[np.float32]:
    """Return how strongly each place of the last convolution speaks for one output of a Keras model.

    Parameters
    ----------
    model : keras.Model
        A chain of layers (``Sequential``) from pixels to probabilities, such as LivenessNet.
    crop : (height, width, 3) uint8 RGB
        As the model takes it, 0-255.
    output : int
        Of which class; its place in the model's class order.
    layer : str, optional
        A convolution by name; the last one where none is given.

    Returns
    -------
    (h, w) float32
        The size of that layer's maps, in [0, 1]; all 0 where nothing speaks for the class.

    Raises
    ------
    ValueError
        The model has no convolution, or none of that name; or the crop is not of its size.
    """
    tf, keras = require("tensorflow", extra="train"), require("keras", extra="train")
    names = [one.name for one in model.layers if isinstance(one, keras.layers.Conv2D)]
    chosen = names[-1] if layer is None and names else layer
    if chosen not in names:
        raise ValueError(f"expected a convolution among {names}. Received: layer={layer!r}")
    if crop.shape != tuple(model.input_shape[1:]):
        raise ValueError(f"expected a crop of shape {model.input_shape[1:]}. Received: {crop.shape}")
    place = next(i for i, one in enumerate(model.layers) if one.name == chosen)
    seen = tf.constant(crop[None].astype(np.float32))
    for one in model.layers[: place + 1]:
        seen = one(seen, training=False) if not isinstance(one, keras.layers.InputLayer) else seen
    with tf.GradientTape() as tape:
        tape.watch(seen)
        answer = seen
        for one in model.layers[place + 1 :]:
            answer = one(answer, training=False)
        # before the softmax the gradient does not vanish where the network is sure
        target = tf.math.log(tf.clip_by_value(answer[0, output], 1e-30, 1.0)) - tf.math.log(
            tf.clip_by_value(1.0 - answer[0, output], 1e-30, 1.0)
        )
    weights = tf.reduce_mean(tape.gradient(target, seen), axis=(1, 2), keepdims=True)
    heat = np.maximum(tf.reduce_sum(weights * seen, axis=-1)[0].numpy(), 0.0)
    return (heat / heat.max() if heat.max() > 0 else heat).astype(np.float32)
