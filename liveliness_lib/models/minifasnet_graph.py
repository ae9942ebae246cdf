"""Rebuild MiniFASNet from the shapes of its published weights, as an ONNX graph.

MiniFASNet (Minivision, Silent-Face-Anti-Spoofing, Apache-2.0) is a pruned MobileFaceNet (Chen and others, arXiv
1804.07573): a 3x3 convolution, depth-wise separable bottlenecks in which every channel count was pruned on its own, a
5x5 depth-wise convolution over the last 5x5 map, two linear layers. Which blocks carry squeeze-and-excitation (Hu and
others, arXiv 1709.01507) can be read from the names of the weights, too; so both published networks are one function.

Batch normalisation is folded into the convolution before it, in double precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.paths import require

if TYPE_CHECKING:
    import onnx

Weights = Mapping[str, NDArray[np.float32]]

_EPSILON = 1e-5  # torch's default for batch normalisation
_OPSET, _IR_VERSION = 17, 8


class _Graph:
    """Collect nodes and constants; every method returns the name of its output."""

    def __init__(self) -> None:
        self.helper = require("onnx", extra="train").helper
        self.to_tensor = require("onnx.numpy_helper", extra="train").from_array
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, values: NDArray[Any]) -> str:
        name = f"w{len(self.constants)}"
        dtype = np.int64 if np.issubdtype(values.dtype, np.integer) else np.float32
        self.constants.append(self.to_tensor(np.array(values, dtype, order="C"), name))
        return name

    def node(self, operation: str, *inputs: str, **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(operation, list(inputs), [name], **attributes))
        return name


def build_graph(networks: list[Weights], *, side: int = 80) -> onnx.ModelProto:
    """Build one graph of several networks that look at one crop each.

    Parameters
    ----------
    networks : list of mapping
        Name of a tensor -> array, for each network, as in the published files without their ``module.`` prefix.
    side : int
        Height and width of the crops in pixels.

    Returns
    -------
    onnx.ModelProto
        ``crops`` (N, K, side, side, 3) float32 RGB in 0-255 -> ``probabilities`` (N, classes): the mean of the K
        networks' softmax. The published networks take blue, green, red; their first convolution is turned round here.

    Raises
    ------
    ValueError
        The weights are not those of a MiniFASNet.
    """
    graph = _Graph()
    shares = []
    for index, weights in enumerate(networks):
        try:
            shares.append(
                _network(graph, weights, graph.node("Gather", "crops", graph.constant(np.array(index)), axis=1))
            )
        except KeyError as error:
            raise ValueError(f"expected the weights of a MiniFASNet. Received: none called {error}") from error
    graph.nodes.append(graph.helper.make_node("Mean", shares, ["probabilities"]))
    return _as_model(graph, (len(networks), side, side, 3), networks[0]["prob.weight"].shape[0])


def _as_model(graph: _Graph, shape: tuple[int, ...], classes: int) -> onnx.ModelProto:
    library, helper = require("onnx", extra="train"), graph.helper
    kind = library.TensorProto.FLOAT
    body = helper.make_graph(
        graph.nodes,
        "minifasnet",
        [helper.make_tensor_value_info("crops", kind, ["batch", *shape])],
        [helper.make_tensor_value_info("probabilities", kind, ["batch", classes])],
        graph.constants,
    )
    model: onnx.ModelProto = helper.make_model(
        body, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="liveliness"
    )
    model.ir_version = _IR_VERSION
    library.checker.check_model(model)
    return model


def _network(graph: _Graph, weights: Weights, crop: str) -> str:
    """One network: a crop (N, side, side, 3) to (N, classes) probabilities. The strides make 80 into 40, 20, 10, 5."""
    turned = {**weights, "conv1.conv.weight": weights["conv1.conv.weight"][:, ::-1]}
    x = graph.node("Transpose", crop, perm=[0, 3, 1, 2])
    x = _convolve(graph, turned, x, "conv1", stride=2)
    x = _convolve(graph, weights, x, "conv2_dw")
    for stage, down in (("conv_3", "conv_23"), ("conv_4", "conv_34"), ("conv_5", "conv_45")):
        x = _bottleneck(graph, weights, x, down, stride=2)
        depth = sum(name.startswith(f"{stage}.model.") and name.endswith(".project.bn.weight") for name in weights)
        for block in range(depth):
            x = graph.node("Add", x, _bottleneck(graph, weights, x, f"{stage}.model.{block}"))
    x = _convolve(graph, weights, x, "conv_6_sep")
    x = graph.node("Flatten", _convolve(graph, weights, x, "conv_6_dw", pad=0))
    kernel, bias = _folded(weights, weights["linear.weight"], "bn")
    x = graph.node("Gemm", x, graph.constant(kernel), graph.constant(bias), transB=1)
    x = graph.node("Gemm", x, graph.constant(weights["prob.weight"]), transB=1)
    return graph.node("Softmax", x, axis=1)


def _bottleneck(graph: _Graph, weights: Weights, x: str, name: str, *, stride: int = 1) -> str:
    """Widen 1x1, convolve each channel 3x3, narrow 1x1; then weigh the channels where the weights say so."""
    x = _convolve(graph, weights, x, f"{name}.conv")
    x = _convolve(graph, weights, x, f"{name}.conv_dw", stride=stride)
    x = _convolve(graph, weights, x, f"{name}.project")
    return _squeeze(graph, weights, x, f"{name}.se_module") if f"{name}.se_module.fc1.weight" in weights else x


def _squeeze(graph: _Graph, weights: Weights, x: str, name: str) -> str:
    share = graph.node("GlobalAveragePool", x)
    for index, activation in ((1, "Relu"), (2, "Sigmoid")):
        kernel, bias = _folded(weights, weights[f"{name}.fc{index}.weight"], f"{name}.bn{index}")
        share = graph.node(activation, graph.node("Conv", share, graph.constant(kernel), graph.constant(bias)))
    return graph.node("Mul", x, share)


def _convolve(graph: _Graph, weights: Weights, x: str, name: str, *, stride: int = 1, pad: int | None = None) -> str:
    """Convolution, batch norm, and a PReLU where there is one; depth-wise where each filter sees one channel."""
    kernel, bias = _folded(weights, weights[f"{name}.conv.weight"], f"{name}.bn")
    size = kernel.shape[2]
    x = graph.node(
        "Conv",
        x,
        graph.constant(kernel),
        graph.constant(bias),
        strides=[stride, stride],
        pads=[size // 2 if pad is None else pad] * 4,
        group=kernel.shape[0] if kernel.shape[1] == 1 else 1,
    )
    slope = weights.get(f"{name}.prelu.weight")
    return x if slope is None else graph.node("PRelu", x, graph.constant(slope.reshape(-1, 1, 1)))


def _folded(weights: Weights, kernel: NDArray[Any], norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Fold a batch norm into the weights before it: y = g (Wx - mean) / sqrt(var + eps) + b."""
    variance = weights[f"{norm}.running_var"].astype(np.float64)
    gain = weights[f"{norm}.weight"] / np.sqrt(variance + _EPSILON)
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * gain
    return kernel * gain.reshape(-1, *[1] * (kernel.ndim - 1)), bias
