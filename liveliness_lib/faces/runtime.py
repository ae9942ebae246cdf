"""Open a network in ONNX Runtime: one thread a call, since as many pictures as cores are looked at side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from liveliness_lib.paths import require

if TYPE_CHECKING:
    import onnxruntime


def open_session(model: bytes) -> onnxruntime.InferenceSession:
    """Return a session, which all threads may use at once.

    Raises
    ------
    ValueError
        What ONNX Runtime says against the model.
    """
    runtime: Any = require("onnxruntime", extra="train")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # its errors come as exceptions below
    try:
        return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime has one exception class per status code, with no common parent
        raise ValueError(f"no readable ONNX model: {str(error)[:200]}") from error
