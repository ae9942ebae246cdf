"""The quick layers do what the plain ones do."""

from __future__ import annotations

import numpy as np
import pytest

from liveliness_lib.models.livenessnet import build_livenessnet

pytestmark = pytest.mark.models


def test_batch_norm_answers_and_learns_as_keras_does():
    import keras

    from liveliness_lib.models.fast_layers import FusedBatchNormalization

    maps = np.random.default_rng(0).normal(3, 2, (4, 6, 5, 3)).astype(np.float32)
    plain, fused = keras.layers.BatchNormalization(momentum=0.9), FusedBatchNormalization(momentum=0.9)
    for layer in (plain, fused):
        layer.build(maps.shape)
        layer.gamma.assign([1.0, 2.0, -1.0])
        layer.beta.assign([0.0, 1.0, 2.0])
    for training in (True, True, False):
        one, other = (np.asarray(layer(maps, training=training)) for layer in (plain, fused))
        np.testing.assert_allclose(other, one, atol=1e-5)
    for one, other in zip(plain.get_weights(), fused.get_weights(), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5)


def test_dropout_leaves_out_a_quarter_and_keeps_the_mean():
    from liveliness_lib.models.fast_layers import ByteDropout

    ones = np.ones((50, 40, 41), np.float32)
    layer, same = ByteDropout(0.25, seed=3), ByteDropout(0.25, seed=3)
    first, second = np.asarray(layer(ones, training=True)), np.asarray(layer(ones, training=True))
    assert set(np.unique(first)) == {np.float32(0), np.float32(1 / 0.75)}
    assert first.mean() == pytest.approx(1, abs=0.01)  # 82 000 draws: a standard error of .002
    assert (first != second).any()
    np.testing.assert_array_equal(np.asarray(same(ones, training=True)), first)
    np.testing.assert_array_equal(np.asarray(layer(ones, training=False)), ones)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_its_weights_are_those_of_the_plain_network(precision):
    plain, quick = build_livenessnet(seed=1), build_livenessnet(seed=1, fast=True, precision=precision)
    crops = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3)).astype(np.float32)
    for one, other in zip(plain.get_weights(), quick.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    tolerance = 1e-5 if precision == "float32" else 0.02
    np.testing.assert_allclose(quick.predict(crops, verbose=0), plain.predict(crops, verbose=0), atol=tolerance)
