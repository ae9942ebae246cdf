"""Run a trained model with ONNX Runtime alone: no TensorFlow, no settings but those inside the file."""

from __future__ import annotations

import functools
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from liveliness_lib.models.domain import DOMAIN_KEY, FEATURES, Domain
from liveliness_lib.models.metadata import METADATA_KEY, ModelMetadata
from liveliness_lib.weights.session import open_session

if TYPE_CHECKING:
    import onnxruntime

PIXEL_MAPS = "maps"
"""The output (N, K, h, w) in which a model says for each patch of each of its K crops whether it looks real."""

MAX_FILE_BYTES = 512 * 2**20
"""A face classifier is far smaller; a file above this is refused before it is parsed."""


class OnnxClassifier:
    """Turn face crops into P(real) with the model in one ONNX file.

    The file is parsed on first use, once in a process, and its session is shared by every classifier of it and by all
    threads after that.

    Parameters
    ----------
    path : path
        An ONNX file written by :func:`liveliness_lib.models.onnx_export.export_onnx`.
    batch_size : int
        At most so many crops go through the graph at once, which bounds the memory. More than 64 small ones leave a
        core's cache and are slower.
    threads : int
        Threads inside one call. One is fastest for small crops and leaves the other cores to other photos.

    Raises
    ------
    ValueError
        There is no such file, it is no ONNX model, or it holds no metadata of ours (the last two on first use).
    """

    def __init__(self, path: str | os.PathLike[str], *, batch_size: int = 64, threads: int = 1) -> None:
        if batch_size < 1 or threads < 1:
            raise ValueError(
                f"expected batch_size and threads of at least 1. Received: batch_size={batch_size}, threads={threads}"
            )
        self.path = Path(path)
        self.batch_size = batch_size
        self.threads = threads
        self._lock = threading.Lock()
        self._loaded: _Model | None = None
        if not self.path.is_file():
            raise ValueError(f"expected an ONNX model file: train one with `liveliness train`. Received: {self.path}")
        if self.path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"expected a model file of at most {MAX_FILE_BYTES} bytes. Received: {self.path}")

    def __repr__(self) -> str:
        return f"OnnxClassifier({str(self.path)!r})"

    @property
    def metadata(self) -> ModelMetadata:
        """Return what the file says about itself."""
        return self._load().metadata

    @property
    def domain(self) -> Domain | None:
        """Return what the file says about its limits; None where it says nothing."""
        return self._load().domain

    def predict(self, crops: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return P(real) of each crop.

        Parameters
        ----------
        crops : (N, height, width, 3) or (N, K, height, width, 3) uint8 RGB
            Cut as the metadata says; floats in 0-255 are taken too. N may be 0.

        Returns
        -------
        (N,) float32 in [0, 1]

        Raises
        ------
        ValueError
            Another shape, type or range than the model takes; or an answer that is no probability.
        """
        return self.predict_with_features(crops)[0]

    def predict_with_features(
        self, crops: npt.ArrayLike
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
        """Return P(real) of each crop as `predict` does, and the features (N, D) where the graph has that output."""
        model = self._load()
        with_features = FEATURES in model.outputs[1:]
        parts = self._answers(model, crops, (model.outputs[0], *((FEATURES,) if with_features else ())))
        if not parts:
            return np.zeros(0, np.float32), None
        scores = _joined([_chances(part[0], model.real) for part in parts])
        return scores, _joined([part[1] for part in parts]) if with_features else None

    def feed(self, crops: npt.ArrayLike) -> dict[str, npt.NDArray[Any]]:
        """Return what the graph is given for `crops`, by the name of its input: channels, layout and range as it wants."""
        model = self._load()
        checked = _checked(np.asarray(crops), model.metadata)
        return {model.input_name: _prepared(checked, model.metadata, model.input_type)}

    def pixel_maps(self, crops: npt.ArrayLike) -> npt.NDArray[np.float32] | None:
        """Return the model's own maps of each crop, (N, K, h, w), positive for real; None where it has no such output."""
        model = self._load()
        if PIXEL_MAPS not in model.outputs[1:]:
            return None
        parts = [part[1] for part in self._answers(model, crops, (model.outputs[0], PIXEL_MAPS))]
        maps = _joined(parts) if parts else np.zeros((0, 1, 1, 1), np.float32)
        return maps.reshape(len(maps), -1, *maps.shape[-2:]).astype(np.float32)

    def _answers(self, model: _Model, crops: npt.ArrayLike, names: tuple[str, ...]) -> list[list[npt.NDArray[Any]]]:
        """Return the outputs `names` of each batch, the first of them probabilities that were checked."""
        images = _checked(np.asarray(crops), model.metadata)
        return [
            self._run(model, names, _prepared(images[i : i + self.batch_size], model.metadata, model.input_type))
            for i in range(0, len(images), self.batch_size)
        ]

    def _run(self, model: _Model, names: tuple[str, ...], batch: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        try:
            answers = model.session.run(names, {model.input_name: batch})
        except Exception as error:  # see open_session
            raise ValueError(f"{self.path} cannot judge what its metadata asks for: {error}") from error
        probabilities, expected = answers[0], (len(batch), len(model.metadata.class_order))
        if probabilities.shape != expected:
            raise ValueError(f"{self.path}: expected {expected} probabilities. Received: {probabilities.shape}")
        if not _sum_to_one(probabilities):
            raise ValueError(
                f"{self.path}: expected probabilities that sum to 1. Received: {probabilities[0].tolist()}"
            )
        return list(answers)

    def _load(self) -> _Model:
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    self._loaded = _shared_model(self.path, self.threads)
        return self._loaded


@dataclass(frozen=True)
class _Model:
    """Hold an open session and what is asked of it at every call."""

    session: onnxruntime.InferenceSession
    metadata: ModelMetadata
    domain: Domain | None
    input_name: str
    input_type: str
    outputs: tuple[str, ...]
    real: int


FEW = 2
"""So many rows are gone through one by one."""
_SHARED_LOCK = threading.Lock()


def _shared_model(path: Path, threads: int) -> _Model:
    """Return the one session of this process for a file as it is now; a file written anew is opened anew."""
    state = path.stat()
    with _SHARED_LOCK:
        return _open_model(path.resolve(), (state.st_ino, state.st_mtime_ns, state.st_size), threads)


@functools.lru_cache(maxsize=4)
def _open_model(path: Path, _version: tuple[int, int, int], threads: int) -> _Model:
    session = open_session(path, threads=threads)
    metadata = _read_metadata(path, session)
    return _Model(
        session=session,
        metadata=metadata,
        domain=_read_domain(path, session),
        input_name=session.get_inputs()[0].name,
        input_type=session.get_inputs()[0].type,
        outputs=tuple(output.name for output in session.get_outputs()),
        real=metadata.class_order.index("real"),
    )


def _sum_to_one(probabilities: npt.NDArray[Any]) -> bool:
    """Tell whether each row holds probabilities; NaN does not. For a row or two Python is quicker than NumPy."""
    if len(probabilities) <= FEW:
        return all(abs(sum(row) - 1) < 1e-3 and min(row) >= -1e-6 for row in probabilities.tolist())
    return bool(np.abs(probabilities.sum(axis=1) - 1).max() < 1e-3 and probabilities.min() >= -1e-6)


def _chances(probabilities: npt.NDArray[Any], column: int) -> npt.NDArray[np.float32]:
    """Return one column, within [0, 1]. For a row or two Python is quicker than NumPy, see `_sum_to_one`."""
    if len(probabilities) <= FEW:
        return np.array([min(max(row[column], 0.0), 1.0) for row in probabilities.tolist()], np.float32)
    chances: npt.NDArray[np.float32] = probabilities[:, column].astype(np.float32)
    return np.clip(chances, 0.0, 1.0, out=chances)


def _joined(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _read_metadata(path: Path, session: onnxruntime.InferenceSession) -> ModelMetadata:
    try:
        held = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is damaged ({error}): fetch or train it again") from error
    if METADATA_KEY not in held:
        raise ValueError(
            f"{path} is an ONNX model without our metadata, so its crop, class order and threshold are unknown: "
            f"add them with liveliness_lib.models.onnx_export.write_metadata. Received: keys {sorted(held)}"
        )
    try:
        metadata = ModelMetadata.from_json(held[METADATA_KEY])
    except ValueError as error:
        raise ValueError(f"{path} holds unusable metadata: {error}") from error
    if len(session.get_inputs()) != 1:
        raise ValueError(f"{path}: expected one input. Received: {[i.name for i in session.get_inputs()]}")
    return metadata


def _read_domain(path: Path, session: onnxruntime.InferenceSession) -> Domain | None:
    held = session.get_modelmeta().custom_metadata_map.get(DOMAIN_KEY)
    if held is None:
        return None
    if FEATURES not in [output.name for output in session.get_outputs()]:
        raise ValueError(f"{path} has a domain but no output called {FEATURES!r}: attach the domain again")
    try:
        return Domain.from_json(held)
    except ValueError as error:
        raise ValueError(f"{path} holds an unusable domain: {error}") from error


def _checked(images: npt.NDArray[Any], metadata: ModelMetadata) -> npt.NDArray[Any]:
    expected = metadata.crop_shape
    if images.ndim != len(expected) + 1 or images.shape[1:] != expected:
        raise ValueError(f"expected crops of shape (N, {str(expected)[1:]}. Received: shape {images.shape}")
    if images.dtype == np.uint8 or len(images) == 0:
        return images
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(f"expected crops as uint8 or float in 0-255. Received: {images.dtype}")
    low, high = float(images.min()), float(images.max())
    if not (low >= 0.0 and high <= 255.0):  # NaN fails here too
        raise ValueError(f"expected pixels in 0-255. Received: {low} to {high}")
    return images


def _prepared(images: npt.NDArray[Any], metadata: ModelMetadata, wanted: str) -> npt.NDArray[Any]:
    if metadata.channel_order == "BGR":
        images = images[..., ::-1]
    if metadata.layout == "NCHW":
        images = np.moveaxis(images, -1, -3)
    low, high = metadata.pixel_range
    if wanted == "tensor(uint8)":
        return np.ascontiguousarray(images, dtype=np.uint8)
    prepared = np.ascontiguousarray(images, np.float32)
    if (low, high) == (0.0, 255.0):
        return prepared
    return prepared * np.float32((high - low) / 255.0) + np.float32(low)
