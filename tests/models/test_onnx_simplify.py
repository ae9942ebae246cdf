"""The rewritten graph is smaller and answers the same."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from liveliness_lib.models.onnx_simplify import simplify  # noqa: E402


def network(*, offset=0.0, slope_shape=(1, 4, 1, 1), read_twice=False):
    """A rescaling, a convolution, a batch norm in two steps, and a flatten as converters write it."""
    rng = np.random.default_rng(0)
    node = helper.make_node
    nodes = [
        node("Mul", ["crops", "factor"], ["a"]),
        node("Add", ["a", "offset"], ["b"]),
        node("Transpose", ["b"], ["c"], perm=[0, 3, 1, 2]),
        node("Conv", ["c", "kernel"], ["d"], auto_pad="SAME_UPPER"),
        node("Mul", ["slope", "d"], ["e"]),
        node("Add", ["e", "shift"], ["f"]),
        node("Shape", ["f"], ["g"]),
        node("Slice", ["g", "zero", "one", "zero"], ["h"]),
        node("Concat", ["h", "rest"], ["i"], axis=0),
        node("Reshape", ["f", "i"], ["j"]),
        node("Add", ["j", "j"], ["out"]),
    ]
    if read_twice:
        nodes[-1] = node("ReduceSum", ["e"], ["out"])
    held = {
        "factor": np.float32(1 / 255),
        "offset": np.float32(offset),
        "kernel": rng.normal(size=(4, 3, 3, 3)).astype(np.float32),
        "slope": rng.normal(size=slope_shape).astype(np.float32),
        "shift": rng.normal(size=(1, 4, 1, 1)).astype(np.float32),
        "zero": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "rest": np.array([4 * 8 * 8], np.int64),
    }
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("crops", TensorProto.FLOAT, ["batch", 8, 8, 3])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in held.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def answer(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    crops = np.random.default_rng(1).integers(0, 256, (3, 8, 8, 3)).astype(np.float32)
    return session.run(None, {"crops": crops})[0]


def kinds(model):
    return [node.op_type for node in model.graph.node]


def test_all_patterns_go_and_the_answer_stays():
    model = network()
    before = answer(model)
    assert simplify(model) == 3
    assert kinds(model) == ["Transpose", "Conv", "BatchNormalization", "Flatten", "Add"]
    np.testing.assert_allclose(answer(model), before, rtol=1e-5, atol=1e-5)
    assert simplify(model) == 0


def test_an_offset_stays_before_the_padding():
    model = network(offset=-1.0)
    before = answer(model)
    assert simplify(model) == 2
    assert kinds(model)[:3] == ["Mul", "Add", "Transpose"]
    np.testing.assert_allclose(answer(model), before, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("change", [{"slope_shape": (1, 1, 8, 8)}, {"slope_shape": (1, 4, 8, 8)}])
def test_what_is_no_batch_norm_stays(change):
    model = network(**change)
    before = answer(model)
    simplify(model)
    assert "BatchNormalization" not in kinds(model)
    np.testing.assert_allclose(answer(model), before, rtol=1e-5, atol=1e-5)


def test_a_value_that_others_read_stays():
    model = network(read_twice=True)
    before = answer(model)
    simplify(model)
    np.testing.assert_allclose(answer(model), before, rtol=1e-4)
