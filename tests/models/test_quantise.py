"""Keras, ONNX and the 8-bit versions agree within stated bounds on faces of the samples."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from liveliness_lib.dataset.manifest import load_table
from liveliness_lib.models import OnnxClassifier
from liveliness_lib.models.quantise import quantise_static
from liveliness_lib.models.registry import find_model
from liveliness_lib.paths import samples_dir
from liveliness_lib.training.quantise import TOLERANCE, compare, face_crops, quantise_model

pytestmark = pytest.mark.models
pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def shipped():
    return find_model("livenessnet").path


@pytest.fixture(scope="module")
def crops(shipped):
    return face_crops(shipped, samples_dir())


def test_keras_and_onnx_agree_on_faces(crops, tmp_path):
    from liveliness_lib.models import ModelMetadata
    from liveliness_lib.models.livenessnet import CLASS_ORDER, build_livenessnet
    from liveliness_lib.models.onnx_export import export_onnx

    net, rng = build_livenessnet(seed=3), np.random.default_rng(0)
    net.set_weights([np.abs(w + rng.normal(0, 0.05, w.shape)) if w.ndim == 1 else w for w in net.get_weights()])
    path = export_onnx(net, tmp_path / "m.onnx", ModelMetadata(name="parity", class_order=CLASS_ORDER))
    expected = net.predict(crops.astype(np.float32), verbose=0)[:, CLASS_ORDER.index("real")]
    assert expected.std() > 0.005
    np.testing.assert_allclose(OnnxClassifier(path).predict(crops), expected, atol=1e-4)


def test_int8_weights_move_no_score_far(shipped, crops, tmp_path):
    made = quantise_model("livenessnet", tmp_path / "dynamic.onnx")
    found = compare(shipped, made.path, crops, "dynamic")
    assert found.largest <= TOLERANCE["dynamic"]
    assert found.same >= 0.98
    assert found.bytes_after < 0.4 * found.bytes_before
    assert OnnxClassifier(made.path).metadata == OnnxClassifier(shipped).metadata


def test_int8_throughout_keeps_the_verdicts(shipped, tmp_path):
    found = quantise_model("livenessnet", tmp_path / "static.onnx", photos=samples_dir())
    assert found.crops == pytest.approx(len(load_table(samples_dir())) / 2, abs=5)
    assert found.largest <= TOLERANCE["static"]
    assert found.median <= 0.02
    assert found.same >= 0.93
    assert "same side" in found.to_text()


def test_ranges_need_crops(shipped, tmp_path):
    with pytest.raises(ValueError, match="Received: none"):
        quantise_static(shipped, tmp_path / "m.onnx", np.zeros((0, 32, 32, 3), np.uint8))
    assert not list(tmp_path.iterdir())


def test_one_session_serves_all_classifiers_of_a_file_until_it_is_written_anew(shipped, tmp_path):
    from liveliness_lib.models.onnx_export import write_metadata

    path = tmp_path / "m.onnx"
    path.write_bytes(shipped.read_bytes())
    one, other = OnnxClassifier(path), OnnxClassifier(path)
    assert one._load().session is other._load().session
    write_metadata(path, dataclasses.replace(one.metadata, name="anew"))
    assert OnnxClassifier(path).metadata.name == "anew"
    assert one.metadata.name == "livenessnet"
