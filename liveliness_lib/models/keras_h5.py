"""Read a chain of layers out of a Keras HDF5 file without Keras: settings and weights, and only layers we know.

Keras itself rebuilds from such a file whatever class it names, lambda functions with their code included. Here a file is
data: a list of known layers with arrays. Files of Keras 2 (TensorFlow 1 and 2) and of Keras 3 are read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from liveliness_lib.paths import require

MAX_FILE_BYTES = 256 * 2**20
MAX_LAYERS = 200
LAYERS = (
    "InputLayer",
    "Conv2D",
    "Convolution2D",
    "Activation",
    "ReLU",
    "Softmax",
    "BatchNormalization",
    "BatchNormalizationV1",
    "BatchNormalizationV2",
    "MaxPooling2D",
    "AveragePooling2D",
    "GlobalAveragePooling2D",
    "Dropout",
    "SpatialDropout2D",
    "Flatten",
    "Dense",
    "Rescaling",
)
"""What is read; anything else is refused by name, a Lambda layer among them."""


@dataclass(frozen=True)
class Layer:
    """One layer: its class, its settings as they stand in the file, and its weights in the order Keras keeps them."""

    kind: str
    name: str
    config: dict[str, Any]
    weights: tuple[npt.NDArray[np.float32], ...]


def read_keras_h5(path: str | os.PathLike[str]) -> list[Layer]:
    """Return the layers of a ``Sequential`` model (or of a model that is such a chain) in an HDF5 file.

    Parameters
    ----------
    path : path
        Of any name: the original called its files ``liveness.model29``.

    Raises
    ------
    ValueError
        No HDF5 file, no whole model in it (weights only), a layer that is not known, or weights that are missing or not
        finite; names the file and the layer.
    ImportError
        h5py is not installed.
    """
    h5py, file = require("h5py", extra="train"), Path(path)
    if not file.is_file():
        raise ValueError(f"expected a Keras HDF5 file. Received: {file}, which is not there")
    if file.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"expected a model of at most {MAX_FILE_BYTES} bytes. Received: {file}")
    try:
        with h5py.File(file, "r") as opened:
            settings = opened.attrs.get("model_config")
            if settings is None:
                raise ValueError("it holds no model_config: save the whole model, not only its weights")
            layers = list(_chain(json.loads(_text(settings))))
            group = _inside(opened, "model_weights") if "model_weights" in opened else opened
            return [Layer(kind, name, config, _weights(group, name)) for kind, name, config in layers]
    except ValueError as error:
        raise ValueError(f"expected a model that can be imported ({error}). Received: {file}") from error
    except (OSError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise ValueError(f"expected a Keras HDF5 file ({error}). Received: {file}") from error


def _chain(model: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    held = model["config"]
    rows = held if isinstance(held, list) else held["layers"]  # before Keras 2.2.3 a Sequential's config was the list
    if len(rows) > MAX_LAYERS:
        raise ValueError(f"more than {MAX_LAYERS} layers")
    if model.get("class_name") not in ("Sequential", "Model", "Functional"):
        raise ValueError(f"a model of class {model.get('class_name')!r}")
    for number, row in enumerate(rows):
        kind, config = str(row["class_name"]), dict(row["config"])
        if kind not in LAYERS:
            raise ValueError(f"layer {number} is of class {kind!r}, which is not known here")
        if model["class_name"] != "Sequential" and number:
            _check_link(row, rows[number - 1])
        yield kind.replace("Convolution2D", "Conv2D"), str(config.get("name", row.get("name", ""))), config


def _check_link(row: dict[str, Any], before: dict[str, Any]) -> None:
    """Refuse a graph that is no chain: every layer's one input is the layer before it."""
    name = str(before["config"].get("name"))
    links = json.dumps(row.get("inbound_nodes", []))
    if links.count('"keras_history"') not in (0, 1) or f'"{name}"' not in links:
        raise ValueError(f"layer {row['config'].get('name')!r} does not follow on {name!r}: only chains are read")


def _weights(group: Any, name: str) -> tuple[npt.NDArray[np.float32], ...]:
    if name not in group:
        return ()
    inside = _inside(group, name)
    listed = [_text(entry) for entry in inside.attrs.get("weight_names", [])]
    arrays = []
    for entry in listed:
        held = inside
        for part in entry.split("/"):
            held = _inside(held, part)
        if held.external or held.is_virtual or held.dtype.kind != "f" or held.size * 4 > MAX_FILE_BYTES:
            raise ValueError(f"the weights {entry!r} are no numbers of this file's own")
        array = np.asarray(held[()], dtype=np.float32)
        if not np.isfinite(array).all():
            raise ValueError(f"the weights of layer {name!r} are not finite")
        arrays.append(array)
    return tuple(arrays)


def _inside(group: Any, name: str) -> Any:
    """Return a member of a group; a link may lead into another file of this machine, and is not followed."""
    if type(group.get(name, getlink=True)).__name__ != "HardLink":
        raise ValueError(f"{name!r} is missing, or a link to elsewhere")
    return group[name]


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
