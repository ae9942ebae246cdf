"""Batch norm and dropout that do in training what Keras' own do, in less time on a CPU.

Keras 3 writes batch norm as a dozen passes over the maps, and dropout draws a 32-bit number for every value. Here the
first is TensorFlow's single fused operation, and the second compares bytes. Weights, order of weights and inference are
those of the plain layers, so a network is trained with these and published with those.

Imports Keras: load this module only where training happens.
"""

from __future__ import annotations

from typing import Any

from liveliness_lib.paths import require

tf = require("tensorflow", extra="train")
keras = require("keras", extra="train")


@keras.saving.register_keras_serializable(package="liveliness")
class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[name-defined]
    """Normalise the channels of maps (N, H, W, C) as `keras.layers.BatchNormalization` does; other inputs by it."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Return the normalised maps; in training, move the kept mean and variance towards the batch's."""
        if not training or len(inputs.shape) != 4:
            return super().call(inputs, training=training, mask=mask)
        scale, offset = (tf.convert_to_tensor(v.value) for v in (self.gamma, self.beta))
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, scale, offset, epsilon=self.epsilon, is_training=True
        )[:3]
        count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), variance.dtype)
        biased = variance * (count - 1) / count  # the fused operation divides by n - 1, Keras by n
        for held, seen in ((self.moving_mean, mean), (self.moving_variance, biased)):
            held.assign(held * self.momentum + seen * (1 - self.momentum))
        return outputs


@keras.saving.register_keras_serializable(package="liveliness")
class ByteDropout(keras.layers.Dropout):  # type: ignore[name-defined]
    """Leave values out as `keras.layers.Dropout` does, at a rate that is a multiple of 1/256."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the values, in training some of them 0 and the others larger by 1 / (1 - rate)."""
        limit = round(256 * self.rate)
        if not training or limit == 0:
            return inputs
        size = tf.reduce_prod(tf.shape(inputs))
        seed = tf.cast(self.seed_generator.next(), tf.int32)
        words = tf.random.stateless_uniform((size // 4 + 1,), seed=seed, minval=None, maxval=None, dtype=tf.int32)
        drawn = tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:size]
        kept = tf.reshape(tf.cast(drawn >= limit, inputs.dtype), tf.shape(inputs))
        return inputs * kept / (1 - limit / 256)
