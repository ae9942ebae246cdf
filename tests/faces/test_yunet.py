"""YuNet in ONNX Runtime, held against OpenCV's FaceDetectorYN; without its weights on a network of its form."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from liveliness_lib.faces import onnx_bytes
from liveliness_lib.faces.face import Face
from liveliness_lib.faces.yunet import YuNet
from liveliness_lib.weights import find_set, has_set

onnx = pytest.importorskip("onnx")


def by_opencv(weights: Path, image: np.ndarray, min_score: float) -> list[Face]:
    """Detect with OpenCV's own reading of the maps."""
    model, nothing = np.frombuffer(weights.read_bytes(), np.uint8), np.empty(0, np.uint8)
    size = (image.shape[1], image.shape[0])
    net = cv2.FaceDetectorYN.create("onnx", model, nothing, size, min_score, 0.3, 5000)
    found = net.detect(np.ascontiguousarray(image[..., ::-1]))[1]
    rows = [] if found is None else found.astype(float)
    return [
        Face((x, y, x + w, y + h), r[14], "yunet", landmarks=r[4:14].reshape(5, 2))
        for r in rows
        for x, y, w, h in [r[:4]]
    ]


def check_same(weights: Path, image: np.ndarray, min_score: float) -> int:
    """Compare both; return how many faces there are."""
    expected = sorted(by_opencv(weights, image, min_score), key=lambda face: -face.score)
    found = YuNet(weights=weights, min_score=min_score).detect(image)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.box, other.box, atol=0.01)
        np.testing.assert_allclose(one.landmarks, other.landmarks, atol=0.01)
        assert one.score == pytest.approx(other.score, abs=1e-4)
    return len(found)


@pytest.fixture(scope="module")
def drawn_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a network of YuNet's form: for each map one convolution of random weights, of the published size."""
    rng, nodes, weights, outputs = np.random.default_rng(3), [], [], []
    for part, width in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
        for stride in (8, 16, 32):
            name, last = f"{part}_{stride}", "rows" if width > 1 else "flat"
            kernel = rng.normal(0, 0.2 / stride / 50, (width, 3, stride, stride)).astype(np.float32)
            weights.append(onnx.numpy_helper.from_array(kernel, f"{name}_weights"))
            weights.append(onnx.numpy_helper.from_array(np.array([1, -1, width]), f"{name}_shape"))
            sides = {"kernel_shape": [stride, stride], "strides": [stride, stride]}
            nodes.append(onnx.helper.make_node("Conv", ["input", f"{name}_weights"], [f"{name}_map"], **sides))
            nodes.append(onnx.helper.make_node("Transpose", [f"{name}_map"], [f"{name}_turned"], perm=[0, 2, 3, 1]))
            made = name if width > 1 else f"{name}_{last}"
            nodes.append(onnx.helper.make_node("Reshape", [f"{name}_turned", f"{name}_shape"], [made]))
            if width == 1:
                nodes.append(onnx.helper.make_node("Sigmoid", [made], [name]))
            cells = (640 // stride) ** 2
            outputs.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, cells, width]))
    source = onnx.helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, [1, 3, 640, 640])
    graph = onnx.helper.make_graph(nodes, "drawn", [source], outputs, weights)
    model = onnx.helper.make_model(graph, ir_version=8, opset_imports=[onnx.helper.make_opsetid("", 13)])
    path = tmp_path_factory.mktemp("yunet") / "drawn.onnx"
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("size", [(320, 320), (250, 411), (640, 360), (33, 47)])
@pytest.mark.parametrize("min_score", [0.5, 0.501, 0.505])
def test_a_network_of_its_form_gives_what_opencv_reads_from_it(
    drawn_network: Path, size: tuple[int, int], min_score: float
) -> None:
    image = np.random.default_rng(4).integers(0, 256, (*size, 3), dtype=np.uint8)
    count = check_same(drawn_network, image, min_score)
    assert count > 3 or min_score > 0.5


@pytest.mark.skipif(not has_set("yunet"), reason="yunet's weights are not in LIVELINESS_MODELS")
@pytest.mark.parametrize("min_score", [0.5, 0.02])
def test_faces_are_those_that_opencv_finds(portrait: np.ndarray, min_score: float) -> None:
    weights = find_set("yunet")[0]
    for image in (portrait, np.hstack([portrait, portrait[:, ::-1] // 2])[:, :640], portrait[::-1]):
        assert check_same(weights, image, min_score) or image is not portrait


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    for number, data in enumerate((b"nothing", b"", b"\x3a\xff\xff\xff\xff", b"\x08\x08")):
        path = tmp_path / f"{number}.onnx"
        path.write_bytes(data)
        with pytest.raises(ValueError, match=rf"{number}\.onnx"):
            YuNet(weights=path)


def test_sizes_are_opened_and_nothing_else_changes(drawn_network: Path) -> None:
    data = drawn_network.read_bytes()
    opened = onnx.load_from_string(onnx_bytes.with_sizes(data, {"input": (1, 3, "h", "w")}, {"cls_8": (1, "n", 1)}))
    onnx.checker.check_model(opened, full_check=True)
    before = onnx.load_from_string(data)
    assert opened.graph.node == before.graph.node
    assert opened.graph.initializer == before.graph.initializer
    assert opened.opset_import == before.opset_import
    assert [
        [size.dim_param or size.dim_value for size in end.type.tensor_type.shape.dim] for end in opened.graph.input
    ] == [[1, 3, "h", "w"]]
    assert [end.name for end in opened.graph.output] == ["cls_8"]
