"""The ONNX reader: right answers from tiny graphs, clear words for wrong files and wrong crops."""

from __future__ import annotations

import importlib.util
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from liveliness_lib.models import OnnxClassifier

pytest.importorskip("onnx")

spec = importlib.util.spec_from_file_location("tiny_graphs", Path(__file__).with_name("graphs.py"))
graphs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(graphs)
brightness_graph, metadata = graphs.brightness_graph, graphs.metadata

BRIGHTNESS = [0, 51, 255]


def grey(*values, size=(4, 6)):
    return np.stack([np.full((*size, 3), value, np.uint8) for value in values])


@pytest.fixture
def model(tmp_path):
    return brightness_graph(tmp_path / "model.onnx", metadata())


def test_predict_returns_p_real(model):
    scores = OnnxClassifier(model).predict(grey(*BRIGHTNESS))
    np.testing.assert_allclose(scores, [0, 0.2, 1], atol=1e-6)
    assert scores.dtype == np.float32


def test_the_class_order_of_the_file_decides_which_output_is_real(tmp_path):
    path = brightness_graph(tmp_path / "m.onnx", metadata(class_order=("real", "fake")))
    np.testing.assert_allclose(OnnxClassifier(path).predict(grey(51)), [0.8], atol=1e-6)


def test_bgr_channels_first_and_pixel_range_are_undone(tmp_path):
    settings = metadata(channel_order="BGR", layout="NCHW", pixel_range=(0.0, 1.0))
    path = brightness_graph(tmp_path / "m.onnx", settings, channels_first=True, channel=0, scale=1.0)
    crops = grey(0, 0)
    crops[0, ..., 2] = 255  # blue, the first channel of BGR
    crops[1, ..., 0] = 255
    np.testing.assert_allclose(OnnxClassifier(path).predict(crops), [1, 0], atol=1e-6)


def test_a_graph_that_wants_uint8_gets_it(tmp_path):
    path = brightness_graph(tmp_path / "m.onnx", metadata(), dtype=graphs.TensorProto.UINT8)
    np.testing.assert_allclose(OnnxClassifier(path).predict(grey(51)), [0.2], atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9])
def test_batches_are_cut_and_joined(model, count):
    values = list(range(0, 10 * count, 10))
    crops = grey(*values) if count else np.empty((0, 4, 6, 3), np.uint8)
    scores = OnnxClassifier(model, batch_size=4).predict(crops)
    np.testing.assert_allclose(scores, np.array(values) / 255, atol=1e-6)
    assert scores.shape == (count,)


def test_floats_are_pixels_not_shares(model):
    classifier = OnnxClassifier(model)
    np.testing.assert_allclose(classifier.predict(grey(51).astype(np.float64)), [0.2], atol=1e-6)
    for wrong in (np.full((1, 4, 6, 3), 256.0), np.full((1, 4, 6, 3), -1.0), np.full((1, 4, 6, 3), np.nan)):
        with pytest.raises(ValueError, match="0-255"):
            classifier.predict(wrong)


@pytest.mark.parametrize(
    "crops",
    [
        np.zeros((4, 6, 3), np.uint8),
        np.zeros((1, 6, 4, 3), np.uint8),
        np.zeros((1, 4, 6, 1), np.uint8),
        np.zeros((1, 4, 6, 3), np.int32),
        np.zeros((0,), np.uint8),
        [],
    ],
)
def test_other_shapes_and_types_are_refused(model, crops):
    with pytest.raises(ValueError, match="Received"):
        OnnxClassifier(model).predict(crops)


def test_answers_that_are_no_probabilities_are_refused(tmp_path):
    path = brightness_graph(tmp_path / "m.onnx", metadata(), scale=1.0)
    with pytest.raises(ValueError, match=r"m\.onnx: expected probabilities"):
        OnnxClassifier(path).predict(grey(51))


def test_a_third_class_that_is_not_there_is_noticed(tmp_path):
    path = brightness_graph(tmp_path / "m.onnx", metadata(class_order=("fake", "real", "print")))
    with pytest.raises(ValueError, match=r"expected \(1, 3\) probabilities"):
        OnnxClassifier(path).predict(grey(51))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 100, b"this is no model", b"\x08\x08\x12\x04test", b"\xff\xd8\xff\xe0" * 50],
)
def test_a_file_that_is_no_model_is_named(tmp_path, content):
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.onnx"):
        OnnxClassifier(path).predict(grey(0))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_model_is_named(model, share):
    content = model.read_bytes()
    model.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ValueError, match=r"model\.onnx"):
        _ = OnnxClassifier(model).metadata


def judge_or_error(path):
    try:
        return str(OnnxClassifier(path).predict(grey(51))[0])
    except ValueError as error:
        return str(error)


def test_damaged_models_fail_clearly_or_still_judge(model):
    rng = np.random.default_rng(0)
    content = np.frombuffer(model.read_bytes(), np.uint8)
    for _ in range(150):
        damaged = content.copy()
        places = rng.integers(len(content), size=3)
        damaged[places] = rng.integers(256, size=3)
        model.write_bytes(damaged.tobytes())
        outcome = judge_or_error(model)
        assert "model.onnx" in outcome or "expected crops" in outcome or 0 <= float(outcome) <= 1


def test_a_foreign_model_without_metadata_is_told_the_remedy(tmp_path):
    path = brightness_graph(tmp_path / "foreign.onnx")
    with pytest.raises(ValueError, match=r"foreign\.onnx .*write_metadata"):
        _ = OnnxClassifier(path).metadata


def test_a_missing_file_and_a_folder_are_refused_at_once(tmp_path):
    for path in (tmp_path / "gone.onnx", tmp_path):
        with pytest.raises(ValueError, match="Received"):
            OnnxClassifier(path)


@pytest.mark.parametrize("bad", [{"batch_size": 0}, {"threads": 0}])
def test_bounds_are_checked(model, bad):
    with pytest.raises(ValueError, match="at least 1"):
        OnnxClassifier(model, **bad)


def test_the_file_is_parsed_once_however_many_threads_ask(model, monkeypatch):
    from liveliness_lib.models import onnx_model

    opened = []
    real = onnx_model.open_session
    monkeypatch.setattr(onnx_model, "open_session", lambda *args, **how: opened.append(1) or real(*args, **how))
    classifier = OnnxClassifier(model)
    assert opened == []
    found = []
    threads = [threading.Thread(target=lambda: found.append(classifier.predict(grey(51))[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    assert len(found) == 8


def test_writing_metadata_replaces_only_ours(model):
    import onnx

    graph = onnx.load(str(model))
    graph.metadata_props.add(key="author", value="somebody")
    onnx.save(graph, str(model))
    graphs.write_metadata(model, metadata(threshold=0.25, band=(0.2, 0.3)))
    assert OnnxClassifier(model).metadata.threshold == 0.25
    assert {p.key: p.value for p in onnx.load(str(model)).metadata_props}["author"] == "somebody"


def test_metadata_is_not_written_into_a_file_that_is_no_model(tmp_path):
    path = tmp_path / "no.onnx"
    path.write_bytes(b"\xff\xff\xff no model")
    with pytest.raises(ValueError, match=r"no\.onnx"):
        graphs.write_metadata(path, metadata())


def test_judging_needs_no_tensorflow(model):
    import subprocess

    code = (
        "import sys, numpy as np; from liveliness_lib.models import OnnxClassifier;"
        f"OnnxClassifier({str(model)!r}).predict(np.zeros((1, 4, 6, 3), np.uint8));"
        "sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras', 'torch', 'onnx', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
