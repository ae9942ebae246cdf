"""Read the class names out of a pickled scikit-learn ``LabelEncoder``, and nothing else.

A pickle is a program. This one is looked through before it runs: only the instructions and the five names that a
``LabelEncoder`` of strings needs are let through, and the names stand for harmless classes of ours, so that neither
scikit-learn nor NumPy ever sees its content.
"""

from __future__ import annotations

import io
import os
import pickle
import pickletools
from pathlib import Path
from typing import Any

MAX_BYTES = 64 * 1024
MAX_CLASSES = 64
_MAX_MEMO = 4096
"""The C unpickler makes room for the largest memo index named: an index of a billion would take the memory."""

# fmt: off
_OPCODES = frozenset((
    "PROTO", "FRAME", "STOP", "MARK", "POP", "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "INT",
    "LONG", "LONG1", "SHORT_BINUNICODE", "BINUNICODE", "UNICODE", "SHORT_BINBYTES", "BINBYTES", "BINSTRING",
    "SHORT_BINSTRING", "BYTEARRAY8", "BINBYTES8", "EMPTY_LIST", "EMPTY_TUPLE", "EMPTY_DICT", "LIST", "TUPLE",
    "TUPLE1", "TUPLE2", "TUPLE3", "DICT", "APPEND", "APPENDS", "SETITEM", "SETITEMS", "PUT", "BINPUT", "LONG_BINPUT",
    "MEMOIZE", "GET", "BINGET", "LONG_BINGET", "GLOBAL", "STACK_GLOBAL", "REDUCE", "NEWOBJ", "BUILD",
))
# fmt: on


class _Encoder:
    """Stands for ``LabelEncoder``."""

    def __init__(self) -> None:
        self.classes: Any = None

    def __setstate__(self, state: Any) -> None:
        self.classes = state.get("classes_") if isinstance(state, dict) else None


class _DType:
    """Stands for ``numpy.dtype``: its name, such as ``U4`` or ``O8``, and its byte order."""

    def __init__(self, name: Any = "", *_: Any) -> None:
        self.name, self.order = name, "<"

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1:
            self.order = state[1]


class _Array:
    """Stands for ``numpy.ndarray``: shape, dtype and raw content."""

    def __init__(self, *_: Any) -> None:
        self.shape: Any = None
        self.dtype: Any = None
        self.content: Any = None

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) == 5:
            _, self.shape, self.dtype, _, self.content = state


def _from_buffer(content: Any, dtype: Any, shape: Any, *_: Any) -> _Array:
    array = _Array()
    array.content, array.dtype, array.shape = content, dtype, shape
    return array


_NAMES: dict[tuple[str, str], Any] = {
    ("sklearn.preprocessing._label", "LabelEncoder"): _Encoder,
    ("sklearn.preprocessing.label", "LabelEncoder"): _Encoder,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
} | {
    (f"{core}.{module}", name): stand_in
    for core in ("numpy.core", "numpy._core")
    for module, name, stand_in in (("multiarray", "_reconstruct", _Array), ("numeric", "_frombuffer", _from_buffer))
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _NAMES:
            raise ValueError(f"it asks for {module}.{name}")
        return _NAMES[module, name]


def read_label_encoder(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the class names of a pickled ``LabelEncoder``, in the order of the outputs of the network.

    Raises
    ------
    ValueError
        Too large, no pickle, or anything but a ``LabelEncoder`` of strings; names the file and what was found. Nothing
        in the file is run.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES} bytes")
        _look_through(content)
        found = _Reader(io.BytesIO(content)).load()
        return _names(found)
    except OSError as error:
        raise ValueError(f"expected a readable file of class names. Received: {file} ({error.strerror})") from error
    except Exception as error:  # a broken pickle raises anything
        raise ValueError(f"expected a pickled LabelEncoder of strings. Received: {file} ({error})") from error


def _look_through(content: bytes) -> None:
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name not in _OPCODES:
            raise ValueError(f"it holds the instruction {opcode.name}")
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and not 0 <= int(argument or 0) <= _MAX_MEMO:
            raise ValueError(f"it asks for memo {argument}")


def _names(found: Any) -> tuple[str, ...]:
    if not isinstance(found, _Encoder) or not isinstance(found.classes, _Array):
        raise ValueError("it is no fitted LabelEncoder")
    array = found.classes
    if not isinstance(array.dtype, _DType) or not isinstance(array.dtype.name, str):
        raise ValueError("its classes have no type")
    names = array.content if array.dtype.name.startswith("O") else _decoded(array)
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"its classes are no strings but {array.dtype.name}")
    if array.shape != (len(names),) or not 2 <= len(set(names)) == len(names) <= MAX_CLASSES:
        raise ValueError(f"expected 2 to {MAX_CLASSES} different classes")
    return tuple(names)


def _decoded(array: _Array) -> list[str]:
    """Return the strings of an array of type ``<U…``: UTF-32, each padded with zeros."""
    width = array.dtype.name.lstrip("<>=|")
    if not (width.startswith("U") and width[1:].isdigit() and 1 <= int(width[1:]) <= 256):
        raise ValueError(f"its classes are no strings but {array.dtype.name}")
    if not isinstance(array.content, (bytes, bytearray)):
        raise ValueError("its classes have no content")
    size = 4 * int(width[1:])
    if not array.content or len(array.content) % size:
        raise ValueError("its classes are cut short")
    codec = "utf-32-be" if ">" in (array.dtype.order, array.dtype.name[0]) else "utf-32-le"
    parts = [bytes(array.content[start : start + size]) for start in range(0, len(array.content), size)]
    return [part.decode(codec).rstrip("\0") for part in parts]
