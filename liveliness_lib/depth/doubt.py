"""Measure the doubt: how much relief does a network draw on a flat picture of a face?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.depth.data import TRUTH_SIZE
from liveliness_lib.depth.pretrained import CHECKPOINTS, DepthMap, estimate_depth
from liveliness_lib.depth.quality import align
from liveliness_lib.depth.verdict import crop_features

Maps = NDArray[np.floating]


def relief_on_flat(maps: Maps, attack_type: NDArray[np.str_]) -> dict[str, float]:
    """Return for each kind of picture its relief relative to that of the living, medians.

    Relief is the face's residual from its best plane. 0 is right, 1 means that the network cannot tell. A ratio: the
    unknown scale of a relative map is shared by the living and the flat.

    Parameters
    ----------
    maps : (N, H, W)
    attack_type : (N,) str

    Raises
    ------
    ValueError
        There are no living faces, or no pictures of any.
    """
    kinds = sorted(set(attack_type.tolist()) - {"none"})
    if not kinds or not (attack_type == "none").any():
        raise ValueError(f"expected living faces and pictures of them. Received: {sorted(set(attack_type.tolist()))}")
    residual = crop_features(maps)[:, 0]
    living = float(np.median(residual[attack_type == "none"]))
    return {kind: float(np.median(residual[attack_type == kind])) / max(living, 1e-9) for kind in kinds}


def first_checkpoint_here(
    images: Sequence[NDArray[np.uint8]], names: Sequence[str] = CHECKPOINTS
) -> tuple[list[DepthMap] | None, str]:
    """Return the maps of the first checkpoint that is on this machine, or None; and a line that says which or why not."""
    missing = []
    for name in names:
        try:
            return estimate_depth(list(images), name), f"general network: {name}"
        except FileNotFoundError as error:
            missing.append(str(error))
    return None, "\n".join([*missing, "No pretrained weights here: the question is asked of our own network alone."])


def on_one_scale(general: Maps, truth: Maps, live: NDArray[np.bool_]) -> Maps:
    """Return relative maps in the unit of the truth and at its size, (N, 64, 64).

    One scale and shift for all maps, fitted on the living alone: fitted on each flat picture by itself they would
    flatten it.
    """
    at = ((np.arange(TRUTH_SIZE) + 0.5) * general.shape[1] / TRUTH_SIZE).astype(int)
    smaller = general[:, at][:, :, at]
    return align(smaller, np.where(live[:, None, None], truth.astype(np.float64), np.nan)).astype(np.float32)
