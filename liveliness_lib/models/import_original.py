"""Bring a model of the original system over: ``liveness.modelNN`` and ``leNN.pickle`` become one ONNX file."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from liveliness_lib.models.keras_graph import build_onnx
from liveliness_lib.models.keras_h5 import Layer, read_keras_h5
from liveliness_lib.models.label_pickle import read_label_encoder
from liveliness_lib.models.metadata import METADATA_KEY, ModelMetadata
from liveliness_lib.models.onnx_model import OnnxClassifier
from liveliness_lib.models.onnx_names import name_by_place
from liveliness_lib.models.onnx_simplify import simplify
from liveliness_lib.paths import atomic_path

log = logging.getLogger(__name__)

BAND = (1 / 76, 0.5)
"""Fake where P(fake)/P(real) > 75, not sure between 1 and 75: as it stood in the original, guessed."""


def import_original(
    model: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    labels: str | os.PathLike[str] | None = None,
    class_order: Sequence[str] = (),
    real: str = "real",
    channel_order: Literal["BGR", "RGB"] = "BGR",
    pixel_range: tuple[float, float] = (0.0, 1.0),
    crop_scale: float = 1.0,
    detector: str = "cascade",
) -> Path:
    """Write `model` as ``model.onnx`` into the folder `out`; where Keras is installed and it is a LivenessNet, as
    ``model.keras`` too, so that training can go on from it.

    Parameters
    ----------
    model : path
        A whole Keras model in HDF5.
    out : path
    labels : path, optional
        The pickled ``LabelEncoder``; its order of classes is that of the outputs.
    class_order : sequence of str
        The classes in the order of the outputs, where there is no such file.
    real : str
        What the class of living faces is called there.
    channel_order, pixel_range, crop_scale, detector
        How the pictures were prepared. The defaults are the original's: read by OpenCV, so BGR, divided by 255, the
        face box as it is, found by the cascade.

    Returns
    -------
    Path
        The ONNX file, with the original's guessed threshold and band; fit your own with `fit_limits`.

    Raises
    ------
    ValueError
        A file that cannot be read safely, or classes that do not fit the network.
    """
    layers = read_keras_h5(model)
    names = read_label_encoder(labels) if labels is not None else tuple(class_order)
    graph, size, outputs = build_onnx(layers)
    if len(names) != outputs or real not in names:
        raise ValueError(
            f"expected {outputs} classes, one of them {real!r} (give --labels, or --classes and --real). "
            f"Received: {list(names)}"
        )
    folder, rescaled = Path(out), layers[0].kind == "Rescaling" or layers[1].kind == "Rescaling"
    metadata = ModelMetadata(
        name=folder.name,
        architecture="livenessnet" if is_livenessnet(layers) else "imported",
        class_order=tuple("real" if name == real else name for name in names),
        threshold=BAND[1],
        threshold_from="the original's guess",
        band=BAND,
        crop_scale=crop_scale,
        image_size=size,
        pixel_range=(0.0, 255.0) if rescaled else pixel_range,
        channel_order=channel_order,
        detector=detector,
        trained_on="unknown: imported from the original system",
        created_with=f"imported from {Path(model).name}",
    )
    simplify(graph)
    name_by_place(graph)
    graph.metadata_props.add(key=METADATA_KEY, value=metadata.to_json())
    with atomic_path(folder / "model.onnx") as temporary:
        temporary.write_bytes(graph.SerializeToString(deterministic=True))
        OnnxClassifier(temporary).predict(np.zeros((1, *size, 3), np.uint8))  # weights that do not fit are found here
    if is_livenessnet(layers):
        _write_keras(folder / "model.keras", layers, metadata)
    return folder / "model.onnx"


def is_livenessnet(layers: Sequence[Layer]) -> bool:
    """Return whether the weights are those of a LivenessNet with two classes, layer by layer."""
    shapes = [layer.weights[0].shape for layer in layers if layer.kind in ("Conv2D", "Dense")]
    convolutions = [(3, 3, 3, 16), (3, 3, 16, 16), (3, 3, 16, 32), (3, 3, 32, 32)]
    norms = [len(layer.weights) for layer in layers if layer.kind.startswith("BatchNormalization")]
    dense = [shape[1] for shape in shapes[4:]]
    return shapes[:4] == convolutions and dense == [64, 2] and norms == [4] * 5


def _write_keras(path: Path, layers: Sequence[Layer], metadata: ModelMetadata) -> None:
    """Write the same network as `liveliness train --from` takes it: RGB in 0-255, classes in our order."""
    try:
        from liveliness_lib.models.livenessnet import CLASS_ORDER, build_livenessnet

        model = build_livenessnet(metadata.image_size)
    except ImportError as error:
        log.warning("training cannot go on from it: %s", error)
        return
    weights = [array for layer in layers for array in layer.weights]
    if metadata.channel_order == "BGR":
        weights[0] = weights[0][:, :, ::-1]
    order = [metadata.class_order.index(name) for name in CLASS_ORDER if name in metadata.class_order]
    if len(order) != len(CLASS_ORDER) or any(layer.config.get("epsilon", 1e-3) != 1e-3 for layer in layers):
        log.warning("training cannot go on from it: expected the classes %s and the usual batch norm", CLASS_ORDER)
        return
    weights[-2:] = [weights[-2][:, order], weights[-1][order]]
    model.set_weights(weights)
    with atomic_path(path) as temporary:
        model.save(temporary)
