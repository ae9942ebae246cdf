"""Load TensorFlow for training: with its fast kernels on, and without its greetings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from liveliness_lib.paths import require


def load_tensorflow() -> ModuleType:
    """Return TensorFlow.

    On its first import it writes lines about its build straight to the process' standard error, past Python and past
    its own log level; they are dropped. Its oneDNN kernels stay on unless ``TF_ENABLE_ONEDNN_OPTS`` says otherwise: they
    train a LivenessNet in about half the time.

    Raises
    ------
    ImportError
        It is not installed; names the extra.
    """
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"]
    with _silent():
        return require("tensorflow", extra="train")


@contextmanager
def _silent() -> Iterator[None]:
    try:
        number = sys.__stderr__.fileno() if sys.__stderr__ else 2
        kept = os.dup(number)
    except (OSError, ValueError):  # a notebook or a service may have no such stream
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # a device, not a path of ours
            os.dup2(nowhere.fileno(), number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)
