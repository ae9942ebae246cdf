"""Write a trained Keras model as one ONNX file that carries its own settings."""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from liveliness_lib.models.metadata import METADATA_KEY, ModelMetadata
from liveliness_lib.models.onnx_names import name_by_place
from liveliness_lib.models.onnx_simplify import simplify
from liveliness_lib.paths import atomic_path, require

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)


def export_onnx(
    model: keras.Model,
    path: str | os.PathLike[str],
    metadata: ModelMetadata,
    *,
    outputs: tuple[str, ...] = ("probabilities",),
) -> Path:
    """Write `model` to `path` as ONNX with `metadata` inside.

    The graph takes float NHWC pixels in 0-255 (any batch size); the rescaling is part of it. The same
    weights and metadata give the same bytes.

    Parameters
    ----------
    model
        Its first output is the probabilities of the classes.
    path
        Written whole.
    metadata
        What the file shall say of itself.
    outputs
        A name for each output of the model; ``maps`` and ``features`` are used where a file has them.

    Raises
    ------
    ValueError
        The model does not fit the metadata (crop size, number of classes).
    ImportError
        tf2onnx or onnx is not installed.
    """
    require("tf2onnx", extra="train")
    onnx = require("onnx", extra="train")
    shape, classes = metadata.crop_shape, model.outputs[0].shape[-1]
    if tuple(model.input_shape[1:]) != shape or classes != len(metadata.class_order):
        raise ValueError(
            f"expected a model from {shape} to {len(metadata.class_order)} classes. "
            f"Received: {model.input_shape[1:]} to {classes}"
        )
    model(np.zeros((1, *shape), np.float32))  # Keras exports only a model that has been called
    target = Path(path)
    with atomic_path(target) as temporary:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # Keras probes a NumPy alias that is to come
            model.export(str(temporary), format="onnx", verbose=False)
        exported = onnx.load(str(temporary))
        simplify(exported)
        name_by_place(exported, outputs)
        onnx.save(exported, str(temporary))
        write_metadata(temporary, metadata)
    log.info("wrote %s (%d bytes)", target, target.stat().st_size)
    return target


def write_metadata(path: str | os.PathLike[str], metadata: ModelMetadata) -> Path:
    """Put `metadata` into the ONNX file at `path`, replacing what it held.

    Raises
    ------
    ValueError
        The file is no ONNX model.
    """
    onnx = require("onnx", extra="train")
    target = Path(path)
    try:
        graph = onnx.load(str(target), load_external_data=False)
    except Exception as error:  # protobuf and onnx raise their own families
        raise ValueError(f"{target} is no readable ONNX model: {error}") from error
    kept = [entry for entry in graph.metadata_props if entry.key != METADATA_KEY]
    del graph.metadata_props[:]
    graph.metadata_props.extend(kept)
    graph.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    with atomic_path(target) as temporary:
        temporary.write_bytes(graph.SerializeToString(deterministic=True))
    return target
