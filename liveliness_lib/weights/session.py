"""Open a network in ONNX Runtime; every room does it here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from liveliness_lib.paths import require

if TYPE_CHECKING:
    import onnxruntime


def open_session(model: bytes | str | os.PathLike[str], *, threads: int = 1) -> onnxruntime.InferenceSession:
    """Return a session, which all threads may use at once.

    Parameters
    ----------
    model : bytes or path
        An ONNX file, or what would stand in one.
    threads : int
        Of one call. One unless said otherwise: as many pictures as cores are looked at side by side.

    Raises
    ------
    ValueError
        What ONNX Runtime says against the model; names the file.
    """
    runtime: Any = require("onnxruntime", extra="train")
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4  # its errors come as exceptions below
    source, name = (model, "what was converted") if isinstance(model, bytes) else (os.fspath(model), os.fspath(model))
    try:
        return runtime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime has one exception class per status code, with no common parent
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ValueError(f"{name} is no readable ONNX model ({reason}): fetch or train it again") from error
