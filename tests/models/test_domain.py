"""How far from what was learnt: hand-worked distances, scikit-learn's Mahalanobis, and a model that knows its limits."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from liveliness_lib.models import OnnxClassifier
from liveliness_lib.models.domain import Domain, fit_domain
from liveliness_lib.models.face_classifier import CropClassifier, KnowsItsDomain

spec = importlib.util.spec_from_file_location("tiny_graphs", Path(__file__).with_name("graphs.py"))
graphs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(graphs)


def cloud(count, size=3, seed=0):
    return np.random.default_rng(seed).normal(size=(count, size)) @ np.diag(np.arange(1, size + 1))


def test_a_distance_worked_by_hand():
    """Means at 0 and 10 on one axis, unit whitening, two features: (3, 4) is 5 from the nearer, over root 2."""
    domain = Domain(np.array([[0, 0], [10, 0]], np.float32), np.eye(2, dtype=np.float32), 2.0, 0.99, "by hand")
    found = domain.distances([[3, 4], [10, 0], [6, 0]])
    np.testing.assert_allclose(found, np.array([5, 0, 4]) / np.sqrt(2), rtol=1e-6)
    np.testing.assert_allclose(domain.strangeness([[3, 4]]), 5 / np.sqrt(2) / 2, rtol=1e-6)


def test_the_distance_is_scikit_learns_mahalanobis():
    covariance = pytest.importorskip("sklearn.covariance")
    train, dev = cloud(400), cloud(200, seed=1)
    domain = fit_domain(train, np.zeros(400), dev)
    reference = covariance.LedoitWolf().fit(train).mahalanobis(dev)  # squared
    np.testing.assert_allclose(domain.distances(dev) ** 2 * 3, reference, rtol=1e-4)


def test_one_in_a_hundred_development_faces_is_strange():
    train, dev = np.concatenate([cloud(300), cloud(300, seed=2) + 20]), cloud(1000, seed=3)
    domain = fit_domain(train, np.repeat([0, 1], 300), dev, fitted_on="clouds")
    assert np.mean(domain.strangeness(dev) > 1) == pytest.approx(0.01, abs=0.001)
    far = domain.strangeness([[100.0, 0, 0], [20.0, 20, 20]])
    assert far[0] > 5
    assert far[1] < 1  # the middle of the other class
    assert domain.fitted_on == "clouds: 600 training, 1000 development faces"


def test_a_feature_that_never_moves_counts_when_it_moves():
    train = np.column_stack([cloud(50, 2), np.zeros(50)])
    domain = fit_domain(train, np.zeros(50), train)
    assert domain.strangeness([[0, 0, 1000.0]])[0] > 5


def test_json_keeps_every_bit():
    domain = fit_domain(cloud(60), np.arange(60) % 2, cloud(30, seed=5))
    again = Domain.from_json(domain.to_json())
    np.testing.assert_array_equal(again.strangeness(cloud(9, seed=6)), domain.strangeness(cloud(9, seed=6)))
    assert again.to_json() == domain.to_json()


SMALL = Domain(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32), 1.0, 0.9, "")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', SMALL.to_json().replace("means", "x")])
def test_other_json_is_refused(text):
    with pytest.raises(ValueError, match="expected a domain"):
        Domain.from_json(text)


@pytest.mark.parametrize(
    ("train", "labels", "dev"),
    [
        (cloud(3), [0, 0, 1], cloud(3)),
        (cloud(4), [0, 0, 1, 1], cloud(0)),
        (cloud(4), [0, 0, 1, 1], cloud(4, 2)),
        (cloud(4), [0, 0, 1], cloud(4)),
        (np.full((4, 3), np.nan), [0, 0, 1, 1], cloud(4)),
    ],
)
def test_faces_that_cannot_be_fitted_are_refused(train, labels, dev):
    pytest.importorskip("sklearn")
    with pytest.raises(ValueError, match="expected"):
        fit_domain(train, labels, dev)


@pytest.fixture
def model(tmp_path):
    """Return a model whose one feature is the mean pixel times 1/255."""
    return graphs.brightness_graph(tmp_path / "m.onnx", graphs.metadata())


def grey(*values):
    return np.stack([np.full((4, 6, 3), value, np.uint8) for value in values])


def attach(path):
    pytest.importorskip("sklearn")
    from liveliness_lib.models.domain_onnx import attach_domain

    levels = np.arange(90, 111)
    return attach_domain(path, grey(*levels), levels > 100, grey(*levels[::2]), tensor="p1", fitted_on="greys")


def test_a_model_learns_its_limits_and_its_scores_stay(model):
    before = OnnxClassifier(model).predict(grey(0, 105, 255))
    attach(model)
    classifier = CropClassifier(model)
    assert isinstance(classifier, KnowsItsDomain)
    image = np.full((8, 12, 3), 105, np.uint8)
    image[:, 6:] = 255
    scores, strangeness = classifier.assess_faces(image, [(0, 0, 6, 8), (6, 0, 12, 8)])
    np.testing.assert_allclose(scores, before[1:])
    assert strangeness[0] < 1 < strangeness[1]
    np.testing.assert_array_equal(OnnxClassifier(model).predict(grey(0, 105, 255)), before)
    assert OnnxClassifier(model).domain.fitted_on.startswith("greys: 21 training, 11")
    assert classifier.assess_faces(image, [])[1].shape == (0,)


def test_attaching_twice_changes_nothing(model):
    attach(model)
    first = model.read_bytes()
    attach(model)
    assert model.read_bytes() == first


def test_new_metadata_leaves_the_domain(model):
    from liveliness_lib.models.onnx_export import write_metadata

    attach(model)
    write_metadata(model, graphs.metadata(name="renamed"))
    assert OnnxClassifier(model).domain is not None


def test_a_model_without_a_domain_says_nothing_about_it(model):
    scores, strangeness = CropClassifier(model).assess_faces(np.zeros((8, 8, 3), np.uint8), [(0, 0, 8, 8)])
    assert (scores.shape, strangeness) == ((1,), None)


def test_features_must_be_nameable_and_stay_with_the_domain(model):
    from liveliness_lib.models.domain_onnx import expose_features, write_domain

    with pytest.raises(ValueError, match=r"Received: tensor='nothing'"):
        expose_features(model, "nothing")
    with pytest.raises(ValueError, match=r"or a linear layer"):
        expose_features(model)
    write_domain(model, SMALL)
    with pytest.raises(ValueError, match="no output called 'features'"):
        OnnxClassifier(model).predict(grey(1))
    write_domain(model, None)
    assert OnnxClassifier(model).domain is None


@pytest.fixture
def small_network(tmp_path):
    """Return a network of one 1x1 convolution (grey, minus grey), a rectifier, a mean and a linear layer."""
    import onnx
    from onnx import helper, numpy_helper

    from liveliness_lib.models.onnx_export import write_metadata

    kernel = np.array([[1 / 3] * 3, [-1 / 3] * 3], np.float32).reshape(2, 3, 1, 1)
    constants = {"kernel": kernel, "weights": np.array([[0.01, -0.01], [0, 0]], np.float32)}
    steps = [("Transpose", ["crops"], "moved", {"perm": [0, 3, 1, 2]}), ("Conv", ["moved", "kernel"], "mapped", {})]
    steps += [("Relu", ["mapped"], "kept", {}), ("GlobalAveragePool", ["kept"], "mean", {})]
    steps += [("Flatten", ["mean"], "flat", {}), ("MatMul", ["flat", "weights"], "logits", {})]
    steps += [("Softmax", ["logits"], "probabilities", {"axis": 1})]
    graph = helper.make_graph(
        [helper.make_node(kind, inputs, [output], **settings) for kind, inputs, output, settings in steps],
        "small",
        [helper.make_tensor_value_info("crops", 1, ["batch", 4, 6, 3])],
        [helper.make_tensor_value_info("probabilities", 1, ["batch", 2])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.save(model, str(tmp_path / "small.onnx"))
    return write_metadata(tmp_path / "small.onnx", graphs.metadata())


def test_features_are_the_mean_and_energy_of_each_channel_and_what_the_last_layer_sees(small_network):
    """A crop of 12 pixels of 30 and 12 of 0: mean 15; energy 30 * sqrt(12); minus grey is cut off at 0."""
    from liveliness_lib.models.domain_onnx import expose_features

    crop = np.zeros((1, 4, 6, 3), np.uint8)
    crop[:, :2] = 30
    before = OnnxClassifier(small_network).predict(crop)
    expose_features(small_network)
    scores, features = OnnxClassifier(small_network).predict_with_features(crop)
    np.testing.assert_allclose(features, [[15, 0, 30 * np.sqrt(12), 0, 15, 0]], rtol=1e-5)
    np.testing.assert_array_equal(scores, before)
