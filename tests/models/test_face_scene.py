"""FaceSceneNet: its budget, its outputs, its convolution against the definition, and its file."""

import numpy as np
import pytest

pytestmark = pytest.mark.models
keras = pytest.importorskip("keras")

from liveliness_lib.models import ModelMetadata, OnnxClassifier  # noqa: E402
from liveliness_lib.models.face_scene import (  # noqa: E402
    OUTPUTS,
    SCALES,
    SIDE,
    CentralDifference,
    build_face_scene,
)
from liveliness_lib.models.onnx_export import export_onnx  # noqa: E402


@pytest.fixture(scope="module")
def model():
    return build_face_scene(seed=3)


def multiply_adds(model):
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            _, height, width, filters = layer.output.shape
            total += height * width * filters * layer.kernel.shape[0] * layer.kernel.shape[1] * layer.kernel.shape[2]
    return total


def test_it_keeps_to_half_a_million_parameters_and_a_tenth_of_a_giga_operation(model):
    assert model.count_params() <= 500_000
    assert 2 * multiply_adds(model) <= 100e6


@pytest.mark.parametrize("theta", [0.0, 0.7])
def test_the_convolution_is_the_published_one(theta):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, 5, 5, 2)).astype(np.float32)
    layer = CentralDifference(3, padding="valid", use_bias=False, theta=theta)
    found = np.asarray(layer(x))[0]
    kernel = np.asarray(layer.kernel)
    for row in range(3):
        for column in range(3):
            window = x[0, row : row + 3, column : column + 3]
            plain = np.einsum("yxc,yxcf->f", window, kernel)
            centre = np.einsum("c,cf->f", window[1, 1], kernel.sum(axis=(0, 1)))
            assert found[row, column] == pytest.approx(plain - theta * centre, abs=1e-5)


def test_the_score_is_the_mean_of_the_maps(model):
    crops = np.random.default_rng(1).uniform(0, 255, (3, 2, SIDE, SIDE, 3)).astype(np.float32)
    probabilities, maps, features = (np.asarray(out) for out in model(crops, training=False))
    assert maps.shape == (3, 2, 6, 6)
    assert features.shape == (3, 2 * (20 + 32 + 72 + 20 + 32))
    assert probabilities[:, 1] == pytest.approx(1 / (1 + np.exp(-maps.mean(axis=(1, 2, 3)))), abs=1e-6)
    assert probabilities.sum(axis=1) == pytest.approx(1)


def test_the_same_seed_is_the_same_network():
    first, second, other = (build_face_scene(seed=seed).get_weights()[0] for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_the_file_answers_as_the_network_does_and_keeps_maps_and_features(model, tmp_path):
    about = ModelMetadata(name="x", crop_scales=SCALES, crop_border="black", image_size=(SIDE, SIDE))
    path = export_onnx(model, tmp_path / "x.onnx", about, outputs=OUTPUTS)
    crops = np.random.default_rng(2).integers(0, 256, (4, 2, SIDE, SIDE, 3), np.uint8)
    probabilities, maps, features = (np.asarray(out) for out in model(crops.astype(np.float32), training=False))
    classifier = OnnxClassifier(path)
    assert classifier.predict(crops) == pytest.approx(probabilities[:, 1], abs=1e-5)
    assert classifier.pixel_maps(crops) == pytest.approx(maps, abs=1e-3)
    assert classifier.predict_with_features(crops)[1] == pytest.approx(features, abs=1e-3)


def test_the_keras_file_comes_back_whole(model, tmp_path):
    model.save(tmp_path / "x.keras")
    back = keras.models.load_model(tmp_path / "x.keras")
    crops = np.random.default_rng(2).uniform(0, 255, (1, 2, SIDE, SIDE, 3)).astype(np.float32)
    assert np.asarray(back(crops)[0]) == pytest.approx(np.asarray(model(crops)[0]))
