"""Say under which circumstances a face was judged, so that an evaluation can be read by light, size and skin tone.

What a manifest knows of a picture goes first; the rest is measured on the face that was judged. The skin tone is the
individual typology angle (Chardon and others, Int. J. Cosmetic Science 13, 1991) of the cheeks *in the picture*: light,
white balance and a screen's colours are in it, so it sorts pictures by how skin looks in them, not people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from liveliness_lib.faces import Face
from liveliness_lib.images import resize_image
from liveliness_lib.pipeline import gate_measures

if TYPE_CHECKING:
    import pandas as pd

FACE_SIZE = {"under 64 px": 64.0, "64 to 127 px": 128.0, "128 to 255 px": 256.0, "256 px and over": np.inf}
LIGHT = {"dark (luma under 70)": 70.0, "medium (70 to 139)": 140.0, "bright (140 and over)": np.inf}
SKIN_TONE = {
    "dark (ITA under -30)": -30.0,
    "brown (-30 to 10)": 10.0,
    "tan (10 to 28)": 28.0,
    "intermediate (28 to 41)": 41.0,
    "light (41 to 55)": 55.0,
    "very light (over 55)": np.inf,
}
"""Name of each class -> where it ends. Light is the median luma of the face, 0-255; ITA in degrees."""

MEASURED = {"face_size": ("face_px", FACE_SIZE), "light": ("luminance", LIGHT), "skin_tone": ("ita", SKIN_TONE)}
"""Column of classes -> the measured column it comes from, and its classes."""


def measure_circumstances(image: npt.NDArray[np.uint8], face: Face) -> dict[str, float]:
    """Return ``face_px``, ``luminance`` and ``ita`` of one face; NaN for what cannot be measured."""
    values = gate_measures.measure(image, face)
    found = {"face_px": values["face_px"], "luminance": values.get("luminance", float("nan"))}
    return found | {"ita": typology_angle(image, face) if values["inside"] > 0 else float("nan")}


def typology_angle(image: npt.NDArray[np.uint8], face: Face) -> float:
    """Return the individual typology angle of the cheeks in degrees: ``atan2(L* - 50, b*)``.

    The cheeks are two patches a fifth of the box wide beside its middle; of their pixels the medians count.
    """
    import cv2

    x_min, y_min, x_max, y_max = face.box
    patches = []
    for centre in (0.28, 0.72):
        left, right = (int(round(x_min + (centre + d) * (x_max - x_min))) for d in (-0.1, 0.1))
        top, bottom = (int(round(y_min + share * (y_max - y_min))) for share in (0.5, 0.68))
        patch = image[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        if patch.size:
            patches.append(resize_image(patch, (8, 8)))
    if not patches:
        return float("nan")
    pixels = np.concatenate(patches).astype(np.float32) / 255
    lightness, _, yellow = (float(np.median(channel)) for channel in cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2Lab)))
    return float(np.degrees(np.arctan2(lightness - 50.0, yellow)))


def with_classes(table: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with the columns of `MEASURED` where their measurements are there and the table has none itself.

    Examples
    --------
    >>> import pandas as pd
    >>> with_classes(pd.DataFrame({"face_px": [63.0, 64.0, float("nan")]}))["face_size"].astype(object).tolist()
    ['under 64 px', '64 to 127 px', nan]
    """
    import pandas as pd

    for name, (measured, classes) in MEASURED.items():
        if name not in table.columns and measured in table.columns:
            edges = [-np.inf, *classes.values()]
            table = table.assign(
                **{name: pd.cut(table[measured].astype(float), edges, right=False, labels=list(classes))}
            )
    return table
