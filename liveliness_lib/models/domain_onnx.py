"""Put a domain into an ONNX file: make its features an output, fit on them, store the result in the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from liveliness_lib.models.domain import DOMAIN_KEY, FEATURES, Domain, fit_domain
from liveliness_lib.models.onnx_model import OnnxClassifier
from liveliness_lib.paths import atomic_path, require

if TYPE_CHECKING:
    import onnx


def attach_domain(
    path: str | os.PathLike[str],
    train_crops: npt.ArrayLike,
    train_labels: npt.ArrayLike,
    dev_crops: npt.ArrayLike,
    *,
    quantile: float = 0.99,
    fitted_on: str = "",
    tensor: str | None = None,
) -> Domain:
    """Teach the model in `path` its limits: beyond them the judge says *not sure*.

    The file is changed in place: it gets an output called ``features`` where it has none, and the fitted domain.
    Scores stay what they were.

    Parameters
    ----------
    path : path
        An ONNX file of ours.
    train_crops, dev_crops : (N, …, height, width, 3) uint8 RGB
        Cut as the model's metadata says; `dev_crops` were not learnt from.
    train_labels : (N,)
        The classes of the training crops.
    quantile, fitted_on
        As for `fit_domain`.
    tensor : str, optional
        As for `expose_features`.

    Raises
    ------
    ValueError
        No features can be named, or there are too few crops.
    """
    expose_features(path, tensor)
    classifier = OnnxClassifier(path)
    train, dev = (classifier.predict_with_features(crops)[1] for crops in (train_crops, dev_crops))
    if train is None or dev is None:
        raise ValueError(f"expected an output called {FEATURES!r}. Received: {path}")
    domain = fit_domain(train, train_labels, dev, quantile=quantile, fitted_on=fitted_on)
    write_domain(path, domain)
    return domain


def expose_features(path: str | os.PathLike[str], tensor: str | None = None) -> Path:
    """Give the graph in `path` an output ``features``, (N, D). A graph that has one is left as it is.

    What the last layer sees is not enough: it has been trained to forget all but the two classes, and noise looks to it
    like a face. So where none is named, the features are also the mean and the energy of each channel after each
    rectifier.

    Parameters
    ----------
    path : path
        An ONNX file.
    tensor : str, optional
        The value in the graph that holds the features, (N, D).

    Raises
    ------
    ValueError
        There is no such value, or none is named and there is neither a rectifier nor a linear layer.
    """
    target, onnx = Path(path), require("onnx", extra="train")
    model = onnx.load(str(target), load_external_data=False)
    if any(output.name == FEATURES for output in model.graph.output):
        return target
    chosen = [tensor] if tensor else _seen(model)
    made = {name for node in model.graph.node for name in node.output}
    if not chosen or not set(chosen) <= made:
        raise ValueError(
            f"expected the name of a value in the graph of {target}, or a linear layer in it. Received: tensor={tensor!r}"
        )
    model.graph.node.append(onnx.helper.make_node("Concat", chosen, [FEATURES], name=FEATURES, axis=1))
    model.graph.output.append(onnx.helper.make_tensor_value_info(FEATURES, onnx.TensorProto.FLOAT, ["batch", None]))
    return _write(model, target)


def _seen(model: onnx.ModelProto | Any) -> list[str]:
    """Add pooling after each rectifier; return the names of what it gives and of the last linear layer's input."""
    onnx = require("onnx", extra="train")
    known = onnx.shape_inference.infer_shapes(model).graph.value_info
    maps = {value.name for value in known if len(value.type.tensor_type.shape.dim) == 4}
    linear = [node.input[0] for node in model.graph.node if node.op_type in ("Gemm", "MatMul")]
    rectified = [node.output[0] for node in model.graph.node if node.op_type in ("Relu", "PRelu", "LeakyRelu", "Clip")]
    names = []
    for value in (name for name in rectified if name in maps):
        for pool, settings in (("GlobalAveragePool", {}), ("GlobalLpPool", {"p": 2})):
            pooled, flat = f"{FEATURES}_{pool}_{value}", f"{FEATURES}_flat_{pool}_{value}"
            model.graph.node.append(onnx.helper.make_node(pool, [value], [pooled], **settings))
            model.graph.node.append(onnx.helper.make_node("Flatten", [pooled], [flat], axis=1))
            names.append(flat)
    return names + linear[-1:]


def write_domain(path: str | os.PathLike[str], domain: Domain | None) -> Path:
    """Put `domain` into the ONNX file at `path`, replacing what it held; None takes it out."""
    target = Path(path)
    model = require("onnx", extra="train").load(str(target), load_external_data=False)
    kept = [entry for entry in model.metadata_props if entry.key != DOMAIN_KEY]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    if domain is not None:
        model.metadata_props.add(key=DOMAIN_KEY, value=domain.to_json())
    return _write(model, target)


def _write(model: onnx.ModelProto | Any, target: Path) -> Path:
    with atomic_path(target) as temporary:
        temporary.write_bytes(model.SerializeToString(deterministic=True))
    return target
