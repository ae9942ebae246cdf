"""Write the few parts of an ONNX file that a network of convolutions needs, or open its sizes, without the package `onnx`.

The base install has the runtime but not that package, which would double its size. A file is a protocol buffer; the
numbers of fields and types are those of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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


def with_sizes(
    data: bytes, inputs: Mapping[str, Sequence[int | str]], outputs: Mapping[str, Sequence[int | str]]
) -> bytes:
    """Return a ModelProto whose inputs and outputs have other sizes than it says; those in between are forgotten.

    Raises
    ------
    ValueError
        It is no protocol buffer.
    """
    ends = [_nested(11, _value(*item)) for item in inputs.items()]
    ends += [_nested(12, _value(*item)) for item in outputs.items()]
    parts = []
    for number, whole, inner in _fields(data):
        if number == 7:
            kept = [part for inner_number, part, _ in _fields(inner) if inner_number not in (11, 12, 13)]
            whole = _nested(7, b"".join(kept + ends))
        parts.append(whole)
    return b"".join(parts)


def _fields(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield of each field its number, all of its bytes, and those of its value."""
    place = 0
    while place < len(data):
        start = place
        key, place = _read_varint(data, place)
        wire, value = key & 7, place
        if wire == 0:
            _, place = _read_varint(data, place)
        elif wire == 2:
            length, value = _read_varint(data, place)
            place = value + length
        elif wire in (1, 5):
            place += 8 if wire == 1 else 4
        else:
            place = len(data) + 1
        if place > len(data):
            raise ValueError(f"expected a protocol buffer. Received: {len(data)} bytes, damaged at {start}")
        yield key >> 3, data[start:place], data[value:place]


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    """Return the number at a place, and the place after it; beyond the end where it is cut off."""
    value = shift = 0
    while place < len(data):
        value |= (data[place] & 127) << shift
        place, shift = place + 1, shift + 7
        if data[place - 1] < 128:
            return value, place
    return value, len(data) + 1


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
