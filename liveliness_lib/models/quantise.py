"""Turn the weights of an ONNX model into 8-bit integers, with its metadata kept."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from liveliness_lib.models.onnx_model import OnnxClassifier
from liveliness_lib.paths import atomic_path, require

CALIBRATION_CROPS = 512


def quantise_dynamic(model: str | os.PathLike[str], out: str | os.PathLike[str]) -> Path:
    """Write `model` with the weights of its linear layers as int8; their inputs are scaled as they come.

    Convolutions stay as they are: ONNX Runtime runs them in integers only with fixed ranges.

    Raises
    ------
    ImportError
        onnx is not installed.
    """
    tools = require("onnxruntime.quantization", extra="train")
    with _quiet(), atomic_path(out) as temporary:
        tools.quantize_dynamic(
            str(model), str(temporary), op_types_to_quantize=["MatMul", "Gemm"], weight_type=tools.QuantType.QInt8
        )
        _keep_metadata(model, temporary)
    return Path(out)


def quantise_static(model: str | os.PathLike[str], out: str | os.PathLike[str], crops: npt.NDArray[np.uint8]) -> Path:
    """Write `model` with convolutions and linear layers in int8, their ranges set by what it makes of `crops`.

    Weights have a scale for each channel. Batch norms, pooling and the softmax stay in floats: in integers they saved
    nothing here and moved the scores twice as far.

    Parameters
    ----------
    model, out : path
    crops : (N, …, height, width, 3) uint8 RGB
        Of the kind that will be judged; at most `CALIBRATION_CROPS` of them are used.

    Raises
    ------
    ValueError
        No crops, or crops of another shape.
    """
    if len(crops) == 0:
        raise ValueError("expected crops to set the ranges by. Received: none")
    tools = require("onnxruntime.quantization", extra="train")
    reader = _Reader(OnnxClassifier(model), crops[:CALIBRATION_CROPS])
    with _quiet(), tempfile.TemporaryDirectory() as folder, atomic_path(out) as temporary:
        prepared = Path(folder) / "prepared.onnx"
        tools.shape_inference.quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
        tools.quantize_static(
            str(prepared),
            str(temporary),
            reader,
            quant_format=tools.QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "MatMul", "Gemm"],
            per_channel=True,
            activation_type=tools.QuantType.QUInt8,
            weight_type=tools.QuantType.QInt8,
            calibrate_method=tools.CalibrationMethod.MinMax,
        )
        _keep_metadata(model, temporary)
    return Path(out)


class _Reader:
    """Give the quantiser one batch after another; it asks for `get_next` until that is None."""

    def __init__(self, classifier: OnnxClassifier, crops: npt.NDArray[np.uint8]) -> None:
        self._batches = iter([classifier.feed(crops[i : i + 32]) for i in range(0, len(crops), 32)])

    def get_next(self) -> dict[str, npt.NDArray[Any]] | None:
        return next(self._batches, None)


def _keep_metadata(model: str | os.PathLike[str], out: Path) -> None:
    onnx = require("onnx", extra="train")
    held = onnx.load(str(model), load_external_data=False).metadata_props
    made = onnx.load(str(out), load_external_data=False)
    del made.metadata_props[:]
    made.metadata_props.extend(held)
    out.write_bytes(made.SerializeToString(deterministic=True))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantiser's advice to itself: it writes to the root logger."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
