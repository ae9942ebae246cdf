"""Turn a Caffe network that OpenCV can read into ONNX: its runtime needs two thirds of the time on the same core.

OpenCV reads the weights and makes the prior boxes; here the layers are only named anew. What comes after the last
convolutions is left to the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.faces import onnx_bytes

Message = dict[str, list[Any]]
Blobs = list[NDArray[np.float32]]

_TOKEN = re.compile(r'#[^\n]*|(\w+)\s*:\s*("[^"]*"|[^\s{}]+)|(\w+)\s*:?\s*\{|(\})')
_EPSILON = 1e-5  # Caffe's BatchNorm, where the file names no other


def parse_prototxt(text: str) -> Message:
    """Read protobuf's text format: every field as the list of its values, text without its quotes.

    Examples
    --------
    >>> parse_prototxt('layer { name: "a" pad { kernel: 3 kernel: 5 } }')
    {'layer': [{'name': ['a'], 'pad': [{'kernel': ['3', '5']}]}]}
    """
    open_messages: list[Message] = [{}]
    for name, value, begun, ended in _TOKEN.findall(text):
        if begun:
            inner: Message = {}
            open_messages[-1].setdefault(begun, []).append(inner)
            open_messages.append(inner)
        elif ended:
            open_messages.pop()
        elif name:
            open_messages[-1].setdefault(name, []).append(value.strip('"'))
    return open_messages[0]


def convert(prototxt: str, net: cv2.dnn.Net, outputs: list[str]) -> bytes:
    """Return the ONNX file that computes `outputs` from the blob ``data``, (1, 3, height, width), of any size.

    Parameters
    ----------
    prototxt : str
        The description of the network.
    net : cv2.dnn.Net
        The same with its weights, which has not run yet.
    outputs : list of str
        Blobs, (1, channels, height, width).

    Raises
    ------
    ValueError
        A layer of a kind that is not known here stands before an output.
    """
    graph = _Graph()
    for layer in parse_prototxt(prototxt)["layer"]:
        graph.add(layer, net)
    missing = [name for name in outputs if name not in graph.latest]
    if missing:
        raise ValueError(f"expected layers of the kinds {', '.join(_KINDS)} alone before {missing[0]!r}")
    graph.nodes += [onnx_bytes.node("Identity", [graph.latest[name]], name) for name in outputs]
    shapes = {name: (1, f"channels of {name}", f"height of {name}", f"width of {name}") for name in outputs}
    return onnx_bytes.model(graph.nodes, graph.tensors, {"data": (1, 3, "height", "width")}, shapes)


class _Graph:
    """Nodes so far. Caffe's layers may write where they read, so `latest` says who wrote a blob last."""

    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.tensors: list[bytes] = []
        self.latest = {"data": "data"}

    def add(self, layer: Message, net: cv2.dnn.Net) -> None:
        """Add a layer, unless it is of another kind or comes after one that is."""
        name, kind, bottoms = layer["name"][0], layer["type"][0], layer.get("bottom", [])
        if kind in _KINDS and all(bottom in self.latest for bottom in bottoms):
            made = f"{name} made"  # no blob is called so
            _KINDS[kind](self, layer, [self.latest[bottom] for bottom in bottoms], made, lambda n: _blobs(net, name, n))
            self.latest[layer["top"][0]] = made

    def make(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        """Add a node."""
        self.nodes.append(onnx_bytes.node(kind, inputs, output, **attributes))

    def hold(self, name: str, values: NDArray[np.float32]) -> str:
        """Add weights; return their name."""
        self.tensors.append(onnx_bytes.tensor(name, values))
        return name

    def scale(self, source: str, factor: NDArray[np.float32], offset: NDArray[np.float32], made: str) -> None:
        """Add ``source * factor + offset``, one of each a channel."""
        held = [self.hold(f"{made} {i}", each.reshape(1, -1, 1, 1)) for i, each in enumerate((factor, offset))]
        self.make("Mul", [source, held[0]], f"{made} scaled")
        self.make("Add", [f"{made} scaled", held[1]], made)


def _blobs(net: cv2.dnn.Net, name: str, count: int) -> Blobs:
    return [np.asarray(net.getParam(name, i), np.float32) for i in range(count)]


def _one(message: Message, name: str, default: int) -> int:
    return int(message.get(name, [default])[0])


def _convolution(graph: _Graph, layer: Message, sources: list[str], made: str, blobs: Callable[[int], Blobs]) -> None:
    how = layer["convolution_param"][0]
    with_bias = how.get("bias_term", ["true"])[0] == "true"
    side, margin = _one(how, "kernel_size", 1), _one(how, "pad", 0)
    stride, dilation = _one(how, "stride", 1), _one(how, "dilation", 1)
    weights = blobs(2 if with_bias else 1)
    held = [graph.hold(f"{made} weights", weights[0])]
    held += [graph.hold(f"{made} bias", weights[1].reshape(-1))] if with_bias else []
    graph.make(
        "Conv",
        [*sources, *held],
        made,
        kernel_shape=[side, side],
        pads=[margin] * 4,
        strides=[stride, stride],
        dilations=[dilation, dilation],
        group=_one(how, "group", 1),
    )


def _batch_norm(graph: _Graph, layer: Message, sources: list[str], made: str, blobs: Callable[[int], Blobs]) -> None:
    mean, variance, count = (blob.reshape(-1) for blob in blobs(3))
    epsilon = float(layer.get("batch_norm_param", [{}])[0].get("eps", [_EPSILON])[0])
    factor = 1 / np.sqrt(variance / count[0] + np.float32(epsilon))
    graph.scale(sources[0], factor, -mean / count[0] * factor, made)


def _scale(graph: _Graph, _layer: Message, sources: list[str], made: str, blobs: Callable[[int], Blobs]) -> None:
    factor, offset = blobs(2)
    graph.scale(sources[0], factor, offset, made)


def _normalize(graph: _Graph, _layer: Message, sources: list[str], made: str, blobs: Callable[[int], Blobs]) -> None:
    """Divide by the length over the channels, then scale each channel."""
    graph.make("LpNormalization", sources, f"{made} of length 1", axis=1, p=2)
    factor = graph.hold(f"{made} factor", blobs(1)[0].reshape(1, -1, 1, 1))
    graph.make("Mul", [f"{made} of length 1", factor], made)


def _pooling(graph: _Graph, layer: Message, sources: list[str], made: str, _blobs: Callable[[int], Blobs]) -> None:
    how = layer["pooling_param"][0]
    side, stride, margin = _one(how, "kernel_size", 1), _one(how, "stride", 1), _one(how, "pad", 0)
    sizes = {"kernel_shape": [side, side], "strides": [stride, stride], "pads": [margin] * 4}
    graph.make("MaxPool", sources, made, ceil_mode=1, **sizes)


def _relu(graph: _Graph, _layer: Message, sources: list[str], made: str, _blobs: Callable[[int], Blobs]) -> None:
    graph.make("Relu", sources, made)


def _sum(graph: _Graph, _layer: Message, sources: list[str], made: str, _blobs: Callable[[int], Blobs]) -> None:
    graph.make("Add", sources, made)


_KINDS = {
    "Convolution": _convolution,
    "BatchNorm": _batch_norm,
    "Scale": _scale,
    "Normalize": _normalize,
    "Pooling": _pooling,
    "ReLU": _relu,
    "Eltwise": _sum,
}
