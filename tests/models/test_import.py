"""Models of the original system come over; a file that is anything else is refused by name, and nothing in it runs."""

from __future__ import annotations

import json
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from liveliness_lib.models import OnnxClassifier
from liveliness_lib.models.import_original import import_original
from liveliness_lib.models.keras_h5 import read_keras_h5
from liveliness_lib.models.label_pickle import read_label_encoder

h5py = pytest.importorskip("h5py")
pytest.importorskip("onnx")


# --- class names


def numpy_array_pickle(module="numpy.core.multiarray", encoder="sklearn.preprocessing._label", names=("fake", "real")):
    """Write a LabelEncoder's pickle by hand as Python 3.8 with NumPy 1 wrote it (protocol 4)."""
    data = "".join(name.ljust(4, "\0") for name in names).encode("utf-32-le")

    def text(value):
        return b"\x8c" + bytes([len(value)]) + value.encode()

    dtype = text("numpy") + text("dtype") + b"\x93" + text("U4") + b"\x89\x88\x87R"
    dtype += b"(K\x03" + text("<") + b"NNNK\x10K\x04K\x08tb"
    array = text(module) + text("_reconstruct") + b"\x93" + text("numpy") + text("ndarray") + b"\x93"
    array += b"K\x00\x85C\x01b\x87R(K\x01" + b"K" + bytes([len(names)]) + b"\x85" + dtype
    array += b"\x89B" + struct.pack("<I", len(data)) + data + b"tb"
    head = b"\x80\x04" + text(encoder) + text("LabelEncoder") + b"\x93)\x81}("
    return head + text("classes_") + array + text("_sklearn_version") + text("0.24.2") + b"ub."


@pytest.mark.parametrize("module", ["numpy.core.multiarray", "numpy._core.multiarray"])
@pytest.mark.parametrize("encoder", ["sklearn.preprocessing._label", "sklearn.preprocessing.label"])
def test_the_names_come_in_the_order_of_the_outputs(tmp_path, module, encoder):
    (tmp_path / "le.pickle").write_bytes(numpy_array_pickle(module, encoder))
    assert read_label_encoder(tmp_path / "le.pickle") == ("fake", "real")


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", [str, object])
def test_what_scikit_learn_writes_today_is_read(tmp_path, protocol, kind):
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    encoder = preprocessing.LabelEncoder().fit(np.array(["real", "größe", "fake"], dtype=kind))
    (tmp_path / "le.pickle").write_bytes(pickle.dumps(encoder, protocol))
    if protocol == 2:  # it writes bytes by a call to a codec, which nothing from 2022 does
        with pytest.raises(ValueError, match="le.pickle"):
            read_label_encoder(tmp_path / "le.pickle")
        return
    assert read_label_encoder(tmp_path / "le.pickle") == ("fake", "größe", "real")


class Bomb:
    def __reduce__(self):
        return os.system, ("touch exploded",)


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Bomb()),
        pickle.dumps({"classes_": ["fake", "real"]}),
        pickle.dumps(["fake", "real"]),
        b"",
        b"not a pickle",
        numpy_array_pickle()[:-30],
        numpy_array_pickle(encoder="os", module="os"),
        numpy_array_pickle(names=("fake", "fake")),
        numpy_array_pickle().replace(b"\x8c\x02U4", b"\x8c\x02i4"),
        b"\x80\x04]r\xff\xff\xff\x7f.",  # a memo index of two billion
        b"\x80\x04" + b"\x8c\x04fake" * 20_000 + b".",
    ],
)
def test_anything_else_is_refused_and_not_run(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    Path("le.pickle").write_bytes(content)
    with pytest.raises(ValueError, match=r"Received: le\.pickle"):
        read_label_encoder("le.pickle")
    assert not Path("exploded").exists()


# --- networks, written by hand as older Keras versions wrote them


def tiny(path, *, change=None, as_list=False, kernel=None):
    """A 4x4 network of one 1x1 convolution, mean over the picture, softmax: P(real) by the red channel alone."""
    kernel = np.zeros((1, 1, 3, 2), np.float32) if kernel is None else kernel
    kernel[0, 0, 0, 1] = 2.0
    layers = [
        {
            "class_name": "Conv2D",
            "config": {
                "name": "conv2d_1",
                "batch_input_shape": [None, 4, 4, 3],
                "dtype": "float32",
                "kernel_size": [1, 1],
                "padding": "valid",
                "data_format": "channels_last",
                "use_bias": True,
                "activation": "linear",
                "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None, "dtype": "float32"}},
            },
        },
        {"class_name": "GlobalAveragePooling2D", "config": {"name": "pool", "data_format": "channels_last"}},
        {"class_name": "Activation", "config": {"name": "activation_1", "activation": "softmax"}},
    ]
    model = {"class_name": "Sequential", "config": layers if as_list else {"name": "sequential_1", "layers": layers}}
    if change:
        change(layers)
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(model).encode()
        file.attrs["keras_version"] = b"2.2.2"
        group = file.create_group("model_weights/conv2d_1")
        group.attrs["weight_names"] = [b"conv2d_1/kernel:0", b"conv2d_1/bias:0"]
        group["conv2d_1/kernel:0"], group["conv2d_1/bias:0"] = kernel, np.zeros(2, np.float32)
    return path


def red(*values):
    pixels = np.zeros((len(values), 4, 4, 3), np.uint8)
    pixels[..., 0] = np.array(values)[:, None, None]
    return pixels


@pytest.mark.parametrize("as_list", [False, True])
def test_an_old_file_answers_as_worked_out_by_hand(tmp_path, as_list):
    path = tiny(tmp_path / "liveness.model29", as_list=as_list)
    made = import_original(path, tmp_path / "out", class_order=("fake", "real"), channel_order="RGB")
    expected = 1 / (1 + np.exp(-2 * np.array([0.0, 51, 255]) / 255))  # softmax over (0, 2 r)
    np.testing.assert_allclose(OnnxClassifier(made).predict(red(0, 51, 255)), expected, atol=1e-6)
    bgr = import_original(path, tmp_path / "bgr", class_order=("fake", "real"))
    np.testing.assert_allclose(OnnxClassifier(bgr).predict(red(255)[..., ::-1]), expected[2:], atol=1e-6)


def test_the_class_order_of_the_pickle_and_another_word_for_real(tmp_path):
    path = tiny(tmp_path / "m")
    (tmp_path / "le").write_bytes(numpy_array_pickle(names=("live", "spo")))
    made = import_original(path, tmp_path / "out", labels=tmp_path / "le", real="live", channel_order="RGB")
    about = OnnxClassifier(made).metadata
    assert about.class_order == ("real", "spo")
    assert OnnxClassifier(made).predict(red(255))[0] == pytest.approx(1 - 1 / (1 + np.exp(-2)), abs=1e-6)
    assert about.band == (1 / 76, 0.5)
    with pytest.raises(ValueError, match="expected 2 classes"):
        import_original(path, tmp_path / "out", class_order=("a", "b", "real"))


def set_kind(kind, **config):
    def change(layers):
        layers[1] = {"class_name": kind, "config": {"name": "x", **config}}

    return change


def set_config(**config):
    return lambda layers: layers[0]["config"].update(config)


@pytest.mark.parametrize(
    "change",
    [
        set_kind("Lambda", function=["4wEAAAAA", None, None]),
        set_kind("TFOpLambda", function="os.system"),
        set_kind("Functional", layers=[]),
        set_config(data_format="channels_first"),
        set_config(batch_input_shape=[None, 4, 4, 1]),
        set_config(batch_input_shape=[None, None, None, 3]),
        set_config(activation="swishy"),
        set_config(padding="causal"),
        lambda layers: layers.pop(),
        lambda layers: layers.extend(layers[1:2] * 300),
        lambda layers: layers[0]["config"].pop("name"),
    ],
)
def test_layers_that_are_not_known_are_refused(tmp_path, change):
    path = tiny(tmp_path / "m", change=change)
    with pytest.raises(ValueError, match="Received|not whole"):
        import_original(path, tmp_path / "out", class_order=("fake", "real"))
    assert not (tmp_path / "out" / "model.onnx").exists()


def test_weights_that_are_not_the_files_own_are_refused(tmp_path):
    path, secret = tiny(tmp_path / "m"), tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["kernel"] = np.ones((1, 1, 3, 2), np.float32)
    with h5py.File(path, "a") as file:
        del file["model_weights/conv2d_1/conv2d_1/kernel:0"]
        file["model_weights/conv2d_1/conv2d_1/kernel:0"] = h5py.ExternalLink(str(secret), "kernel")
    with pytest.raises(ValueError, match="link"):
        read_keras_h5(path)


@pytest.mark.parametrize("kernel", [np.full((1, 1, 3, 2), np.nan, np.float32), np.zeros((1, 1, 4, 2), np.float32)])
def test_weights_that_do_not_fit_are_refused(tmp_path, kernel):
    with pytest.raises(ValueError, match=r"finite|no readable ONNX|cannot judge"):
        import_original(tiny(tmp_path / "m", kernel=kernel), tmp_path / "out", class_order=("fake", "real"))


@pytest.mark.parametrize("content", [None, b"", b"\x89HDF\r\n\x1a\n" + b"\0" * 100, b"PK\x03\x04"])
def test_no_hdf5_file(tmp_path, content):
    if content is not None:
        (tmp_path / "m").write_bytes(content)
    with pytest.raises(ValueError, match="Received"):
        read_keras_h5(tmp_path / "m")


def test_a_file_of_weights_only_says_so(tmp_path):
    with h5py.File(tmp_path / "m", "w") as file:
        file["dense/kernel:0"] = np.zeros(3)
    with pytest.raises(ValueError, match="only its weights"):
        read_keras_h5(tmp_path / "m")


# --- against Keras itself


@pytest.mark.models
def test_a_livenessnet_saved_by_keras_answers_the_same_and_can_be_trained_on(tmp_path):
    import keras

    layers = keras.layers
    net = keras.Sequential([keras.Input((32, 32, 3))])
    for filters in (16, 32):
        for _ in range(2):
            net.add(layers.Conv2D(filters, (3, 3), padding="same"))
            net.add(layers.Activation("relu"))
            net.add(layers.BatchNormalization(axis=-1))
        net.add(layers.MaxPooling2D(pool_size=(2, 2)))
        net.add(layers.Dropout(0.25))
    for layer in (layers.Flatten(), layers.Dense(64), layers.Activation("relu"), layers.BatchNormalization()):
        net.add(layer)
    for layer in (layers.Dropout(0.5), layers.Dense(2), layers.Activation("softmax")):
        net.add(layer)
    rng = np.random.default_rng(0)
    net.set_weights([np.abs(w + rng.normal(0, 0.1, w.shape)) if w.ndim == 1 else w for w in net.get_weights()])
    net.save(tmp_path / "m.h5")
    made = import_original(tmp_path / "m.h5", tmp_path / "out", class_order=("real", "fake"))
    crops = rng.integers(0, 256, (9, 32, 32, 3), dtype=np.uint8)
    expected = net.predict(crops[..., ::-1].astype(np.float32) / 255, verbose=0)[:, 0]
    assert expected.std() > 1e-3
    np.testing.assert_allclose(OnnxClassifier(made).predict(crops), expected, atol=1e-5)
    twin = keras.models.load_model(tmp_path / "out" / "model.keras")
    np.testing.assert_allclose(twin.predict(crops.astype(np.float32), verbose=0)[:, 1], expected, atol=1e-5)
