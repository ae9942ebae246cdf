"""Write the few parts of an ONNX file that a network of convolutions needs, without the package `onnx`.

The base install has the runtime but not that package, which would double its size. A file is a protocol buffer; the
numbers of fields and types are those of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

_FLOAT = 1  # TensorProto.DataType and AttributeProto.AttributeType
_INT, _INTS = 2, 7
_IR_VERSION, _OPSET = 8, 17


def node(kind: str, inputs: Sequence[str], output: str, **attributes: int | float | Sequence[int]) -> bytes:
    """Return a NodeProto with one output."""
    parts = [_text(1, name) for name in inputs] + [_text(2, output), _text(4, kind)]
    return b"".join(parts + [_nested(5, _attribute(name, value)) for name, value in attributes.items()])


def tensor(name: str, values: NDArray[np.float32]) -> bytes:
    """Return a TensorProto of float32."""
    sizes = b"".join(_number(1, size) for size in values.shape)
    raw = np.ascontiguousarray(values, "<f4").tobytes()
    return sizes + _number(2, _FLOAT) + _text(8, name) + _nested(9, raw)


def model(
    nodes: Sequence[bytes],
    tensors: Sequence[bytes],
    inputs: Mapping[str, Sequence[int | str]],
    outputs: Mapping[str, Sequence[int | str]],
) -> bytes:
    """Return a ModelProto; inputs and outputs are float32, a size may be a name where it is open."""
    graph = [_nested(1, each) for each in nodes] + [_text(2, "network")] + [_nested(5, each) for each in tensors]
    graph += [_nested(11, _value(*item)) for item in inputs.items()]
    graph += [_nested(12, _value(*item)) for item in outputs.items()]
    return _number(1, _IR_VERSION) + _nested(7, b"".join(graph)) + _nested(8, _number(2, _OPSET))


def _attribute(name: str, value: int | float | Sequence[int]) -> bytes:
    if isinstance(value, float):
        held = _key(2, 5) + np.array(value, "<f4").tobytes() + _number(20, _FLOAT)
    elif isinstance(value, int):
        held = _number(3, value) + _number(20, _INT)
    else:
        held = b"".join(_number(8, each) for each in value) + _number(20, _INTS)
    return _text(1, name) + held


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    """Return a ValueInfoProto."""
    sizes = [_text(2, size) if isinstance(size, str) else _number(1, size) for size in shape]
    held = _number(1, _FLOAT) + _nested(2, b"".join(_nested(1, size) for size in sizes))
    return _text(1, name) + _nested(2, _nested(1, held))


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _number(field: int, value: int) -> bytes:
    return _key(field, 0) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _nested(field, value.encode())


def _nested(field: int, value: bytes) -> bytes:
    return _key(field, 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Return seven bits a byte, the lowest first; negative numbers as 64 bits."""
    value &= 2**64 - 1
    digits = bytearray()
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])
