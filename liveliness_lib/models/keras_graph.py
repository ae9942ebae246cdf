"""Write a chain of Keras layers as an ONNX graph, without Keras.

The graph takes float NHWC pixels, as Keras does, and works channels first inside, as ONNX does; one transpose at the
start, and one before a `Flatten`, because there the order of the values meets the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from liveliness_lib.models.keras_h5 import Layer
from liveliness_lib.paths import require

OPSET, IR_VERSION = 15, 8
_ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "elu": "Elu", "softmax": "Softmax"}


class _Graph:
    """Collect nodes; `value` is the one under way, `spatial` whether it is still (N, C, H, W)."""

    def __init__(self) -> None:
        self.onnx = require("onnx", extra="train")
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.value, self.spatial, self.count = "crops", True, 0

    def add(self, operator: str, *constants: npt.NDArray[Any] | np.generic, **attributes: Any) -> None:
        self.count += 1
        names = []
        for number, constant in enumerate(constants):
            names.append(f"w{self.count}_{number}")
            self.weights.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(constant), names[-1]))
        made = f"v{self.count}"
        self.nodes.append(self.onnx.helper.make_node(operator, [self.value, *names], [made], **attributes))
        self.value = made

    def activate(self, name: str) -> None:
        if name == "linear":
            return
        if name not in _ACTIVATIONS:
            raise ValueError(f"expected an activation among {sorted(_ACTIVATIONS)}. Received: {name!r}")
        self.add(_ACTIVATIONS[name], **({"axis": 1} if name == "softmax" else {}))


def build_onnx(layers: Sequence[Layer]) -> tuple[Any, tuple[int, int], int]:
    """Return the ONNX model of a chain of layers, the (height, width) that it takes, and its number of outputs.

    Raises
    ------
    ValueError
        A setting that is not known here, weights that do not fit, or a last layer that gives no probabilities.
    """
    graph, size = _Graph(), _input_size(layers)
    graph.add("Transpose", perm=[0, 3, 1, 2])
    for layer in layers:
        try:
            _WRITERS[layer.kind](graph, layer)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise ValueError(f"layer {layer.name!r}, a {layer.kind}, is not whole: {error!r}") from error
    units = [layer.weights[0].shape[-1] for layer in layers if layer.kind in ("Dense", "Conv2D")]
    if not graph.nodes or graph.nodes[-1].op_type != "Softmax" or not units:
        raise ValueError("expected a network that ends in a softmax over its classes. Received: another last layer")
    helper, kind = graph.onnx.helper, graph.onnx.TensorProto.FLOAT
    made = helper.make_graph(
        graph.nodes,
        "network",
        [helper.make_tensor_value_info("crops", kind, ["batch", *size, 3])],
        [helper.make_tensor_value_info(graph.value, kind, ["batch", int(units[-1])])],
        graph.weights,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    return model, size, int(units[-1])


def _input_size(layers: Sequence[Layer]) -> tuple[int, int]:
    for layer in layers:
        shape = layer.config.get("batch_input_shape") or layer.config.get("batch_shape")
        if shape:
            if len(shape) != 4 or shape[3] != 3 or not all(isinstance(v, int) and 4 <= v <= 4096 for v in shape[1:3]):
                raise ValueError(f"expected pictures (height, width, 3). Received: input shape {shape}")
            return int(shape[1]), int(shape[2])
    raise ValueError("expected an input shape in the first layer. Received: none")


def _convolution(graph: _Graph, layer: Layer) -> None:
    config, kernel = layer.config, layer.weights[0]
    _check(layer, data_format="channels_last", groups=1)
    same = _check_padding(layer)
    bias = layer.weights[1:] if config.get("use_bias", True) else ()
    graph.add(
        "Conv",
        kernel.transpose(3, 2, 0, 1),
        *bias,
        strides=_pair(config.get("strides", 1)),
        dilations=_pair(config.get("dilation_rate", 1)),
        kernel_shape=list(kernel.shape[:2]),
        auto_pad="SAME_UPPER" if same else "VALID",
    )
    graph.activate(str(config.get("activation", "linear")))


def _dense(graph: _Graph, layer: Layer) -> None:
    if graph.spatial:
        raise ValueError(f"layer {layer.name!r}: a Dense layer on maps; expected a Flatten or a pooling before it")
    graph.add("MatMul", layer.weights[0])
    if layer.config.get("use_bias", True):
        graph.add("Add", layer.weights[1])
    graph.activate(str(layer.config.get("activation", "linear")))


def _batch_norm(graph: _Graph, layer: Layer) -> None:
    """Write y = x a + b: Keras keeps gamma and beta (where used), then the moving mean and variance."""
    config, weights = layer.config, list(layer.weights)
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) else axis
    if axis not in ((-1, 3) if graph.spatial else (-1, 1)):
        raise ValueError(f"layer {layer.name!r}: expected the normalisation of channels. Received: axis={axis}")
    mean, variance = weights[-2], weights[-1]
    gamma = weights.pop(0) if config.get("scale", True) else np.ones_like(mean)
    beta = weights.pop(0) if config.get("center", True) else np.zeros_like(mean)
    slope = gamma / np.sqrt(variance + np.float32(config.get("epsilon", 1e-3)))
    shape = (1, -1, 1, 1) if graph.spatial else (1, -1)
    graph.add("Mul", slope.astype(np.float32).reshape(shape))
    graph.add("Add", (beta - mean * slope).astype(np.float32).reshape(shape))


def _pool(operator: str) -> Callable[[_Graph, Layer], None]:
    def write(graph: _Graph, layer: Layer) -> None:
        _check(layer, data_format="channels_last")
        size = _pair(layer.config.get("pool_size", 2))
        strides = _pair(layer.config.get("strides") or size)
        pad = "SAME_UPPER" if _check_padding(layer) else "VALID"
        graph.add(operator, kernel_shape=size, strides=strides, auto_pad=pad)

    return write


def _global_pool(graph: _Graph, layer: Layer) -> None:
    _check(layer, data_format="channels_last", keepdims=False)
    graph.add("ReduceMean", axes=[2, 3], keepdims=0)
    graph.spatial = False


def _flatten(graph: _Graph, layer: Layer) -> None:
    _check(layer, data_format="channels_last")
    if graph.spatial:
        graph.add("Transpose", perm=[0, 2, 3, 1])
    graph.add("Flatten", axis=1)
    graph.spatial = False


def _rescale(graph: _Graph, layer: Layer) -> None:
    graph.add("Mul", np.float32(layer.config["scale"]))
    graph.add("Add", np.float32(layer.config.get("offset", 0.0)))


def _nothing(graph: _Graph, layer: Layer) -> None:
    """Write nothing: an input, or a layer that acts in training only."""


def _check(layer: Layer, **expected: Any) -> None:
    for name, value in expected.items():
        found = layer.config.get(name, value)
        if (found or value) != value:
            raise ValueError(f"layer {layer.name!r}: expected {name}={value!r}. Received: {found!r}")


def _check_padding(layer: Layer) -> bool:
    padding = layer.config.get("padding", "valid")
    if padding not in ("same", "valid"):
        raise ValueError(f"layer {layer.name!r}: expected padding 'same' or 'valid'. Received: {padding!r}")
    return bool(padding == "same")


def _pair(value: Any) -> list[int]:
    return [int(v) for v in value] if isinstance(value, (list, tuple)) else [int(value)] * 2


_WRITERS: dict[str, Callable[[_Graph, Layer], None]] = {
    "InputLayer": _nothing,
    "Dropout": _nothing,
    "SpatialDropout2D": _nothing,
    "Conv2D": _convolution,
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "BatchNormalizationV1": _batch_norm,
    "BatchNormalizationV2": _batch_norm,
    "MaxPooling2D": _pool("MaxPool"),
    "AveragePooling2D": _pool("AveragePool"),
    "GlobalAveragePooling2D": _global_pool,
    "Flatten": _flatten,
    "Rescaling": _rescale,
    "Activation": lambda graph, layer: graph.activate(str(layer.config["activation"])),
    "ReLU": lambda graph, layer: graph.activate("relu"),
    "Softmax": lambda graph, layer: graph.activate("softmax"),
}
