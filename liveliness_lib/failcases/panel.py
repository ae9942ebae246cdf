"""Explain one case: the face, what its score hangs on, where the network looked, and the spectrum of its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from liveliness_lib import crops
from liveliness_lib.dataset.spectrum import log_spectrum
from liveliness_lib.failcases.explain import face_pixels, occlusion_of_face
from liveliness_lib.failcases.gradcam import grad_cam
from liveliness_lib.models.face_classifier import CropClassifier, FaceClassifier, cut_for

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPECTRUM_SIDES = (128, 64, 32)


@dataclass(frozen=True)
class Explanation:
    """Hold what is known about one answer.

    Attributes
    ----------
    face : (H, W, 3) uint8 RGB
        The part of the photograph that was covered piece by piece.
    score : float
        P(real).
    occlusion : (n, n) float32
        How much P(real) falls when a part is covered.
    attention : (h, w) float32 or None
        Grad-CAM of *real* on the crop; None without a Keras model.
    maps : (K, h, w) float32 or None
        The model's own pixel maps, one a crop; None where it has none.
    spectrum : (side, side) float64 or None
        Of the face at native resolution, see :func:`liveliness_lib.dataset.spectrum.log_spectrum`; None for a face of
        fewer than 32 pixels.
    """

    face: npt.NDArray[np.uint8]
    score: float
    occlusion: npt.NDArray[np.float32]
    attention: npt.NDArray[np.float32] | None
    maps: npt.NDArray[np.float32] | None
    spectrum: npt.NDArray[np.float64] | None


def explain_face(
    image: npt.NDArray[np.uint8],
    box: Sequence[float],
    classifier: FaceClassifier,
    *,
    keras_model: Any = None,
    patches: int = 7,
) -> Explanation:
    """Explain the answer of `classifier` about the face at `box` in a whole photograph.

    Parameters
    ----------
    image : (H, W, 3) uint8 RGB
    box : sequence of float
    classifier : FaceClassifier
    keras_model : keras.Model, optional
        The same network before its export, for Grad-CAM.
    patches : int
        Cells of the occlusion map along each side.
    """
    about = classifier.metadata
    scale = max(about.crop_scales, default=about.crop_scale)
    part = face_pixels(crops.grow_box(box, scale), image.shape[:2])
    attention = None
    if keras_model is not None and not about.crop_scales:
        attention = grad_cam(keras_model, cut_for(about, image, box), output=about.class_order.index("real"))
    maps = classifier.pixel_maps(image, [box]) if isinstance(classifier, CropClassifier) else None
    return Explanation(
        face=image[part],
        score=float(classifier.score_faces(image, [box])[0]),
        occlusion=occlusion_of_face(image, box, classifier, patches=patches, scale=scale),
        attention=attention,
        maps=None if maps is None else maps[0],
        spectrum=_spectrum(image[face_pixels(box, image.shape[:2])]),
    )


def plot_explanation(found: Explanation, *, title: str = "") -> Figure:
    """Draw an explanation as one row of panels; a panel that the model or the photograph has no matter for is left out."""
    from liveliness_lib.figures import new_figure

    limit = max(float(np.abs(found.occlusion).max()), 1e-6)
    panels: list[tuple[str, npt.NDArray[Any], dict[str, Any]]] = [
        (f"P(real) {found.score:.3f}", found.face, {}),
        (f"covered: blue speaks for real\n(at most {limit:.2f})", found.occlusion, _diverging(limit)),
    ]
    if found.attention is not None:
        panels.append(("Grad-CAM of real", found.attention, {"cmap": "viridis", "vmin": 0, "vmax": 1}))
    for number, one in enumerate(found.maps if found.maps is not None else (), start=1):
        top = max(float(np.abs(one).max()), 1e-6)
        panels.append((f"pixel map of crop {number}\nblue: real", one, _diverging(top)))
    if found.spectrum is not None:
        panels.append(("spectrum: points are a lattice", found.spectrum, {"cmap": "gray", "vmin": 0, "vmax": 1}))
    figure, axes = new_figure(1, len(panels), size=(2.3, 2.6))
    for ax, (name, picture, how) in zip(np.atleast_1d(axes), panels, strict=True):
        ax.imshow(picture, interpolation="nearest", **how)
        ax.set_title(name, fontsize=8)
        ax.set_axis_off()
    if title:
        figure.suptitle(title, fontsize=9)
    return figure


def _diverging(limit: float) -> dict[str, Any]:
    return {"cmap": "RdBu", "vmin": -limit, "vmax": limit}


def _spectrum(face: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64] | None:
    side = next((side for side in SPECTRUM_SIDES if side <= min(face.shape[:2])), None)
    return None if side is None else log_spectrum(face, side)
