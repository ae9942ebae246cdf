"""Run the small depth network with ONNX Runtime alone, no torch; and export it."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.depth.data import TRUTH_SIZE
from liveliness_lib.depth.small_dpt import both_ways, to_input
from liveliness_lib.paths import atomic_path, require
from liveliness_lib.weights.session import open_session

if TYPE_CHECKING:
    from transformers import DPTForDepthEstimation

WEIGHTS = Path(__file__).resolve().parent / "weights"
PACKAGED_ONNX = WEIGHTS / "small_dpt.onnx"
PACKAGED_WEIGHTS = WEIGHTS / "small_dpt.safetensors"


class SmallDepth:
    """Turn face crops into depth maps with one ONNX file.

    Parameters
    ----------
    path : path
        Default: the network in the package.
    threads : int
        Of ONNX Runtime.
    batch_size : int
        Crops that go through at once.

    Raises
    ------
    FileNotFoundError
        No such file; says how to make one.
    ValueError
        It is no ONNX model, or damaged (on first use).
    """

    def __init__(self, path: str | os.PathLike[str] = PACKAGED_ONNX, *, threads: int = 1, batch_size: int = 32) -> None:
        self.path, self.threads, self.batch_size = Path(path), threads, batch_size
        self._lock = threading.Lock()
        self._session: Any = None
        if threads < 1 or batch_size < 1:
            raise ValueError(f"expected threads and batch_size of at least 1. Received: {threads}, {batch_size}")
        if not self.path.is_file():
            raise FileNotFoundError(f"no depth network at {self.path}: make one with `liveliness depth train`")

    def predict(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the nearness of crops (N, 96, 96, 3) uint8 RGB, as (N, 64, 64); see `depth.data`.

        Each is seen `both_ways`: two passes a crop.
        """
        session, inputs = self._load(), to_input(crops)
        parts = [
            both_ways(lambda some: session.run(None, {"crops": some})[0], inputs[start : start + self.batch_size])
            for start in range(0, len(inputs), self.batch_size)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, TRUTH_SIZE, TRUTH_SIZE), np.float32)

    def _load(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = open_session(self.path, threads=self.threads)
            return self._session


def export_small_dpt(model: DPTForDepthEstimation, path: str | os.PathLike[str]) -> Path:
    """Write a trained network as ONNX: ``crops`` (n, 3, 96, 96) to ``nearness`` (n, 64, 64), any n.

    Raises
    ------
    ImportError
        torch or onnx is missing.
    """
    import warnings

    torch = require("torch", extra="depth")
    require("onnx", extra="train")

    class OnlyTheMap(torch.nn.Module):  # type: ignore[name-defined]
        """Drop the container that transformers puts around the map."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, crops: Any) -> Any:
            return self.inner(pixel_values=crops).predicted_depth

    side, axes = model.config.image_size, {"crops": {0: "n"}, "nearness": {0: "n"}}
    model.eval()
    with atomic_path(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing notes about shapes that are fixed here, and the exporter's own age
        torch.onnx.export(
            OnlyTheMap(), (torch.zeros(2, 3, side, side),), str(temporary), dynamo=False, opset_version=17,
            input_names=["crops"], output_names=["nearness"], dynamic_axes=axes,
        )  # fmt: skip
    return Path(path)
