"""The default cascade: its stages as the comparison chose them (notebook 02 derives them again and a test holds them).

With YuNet's weights: a look at 320 pixels settles three photos of a person in four in some 4 ms, for an upright face
scores above 0.9 and one seen upside down or sideways does not. Where it finds nothing, 640 is tried; where it doubts,
the picture is turned; and a look at 1280 finds what is left.

Without fetched weights, from the base install: the Caffe SSD at 192 pixels, which settles a face that fills a good part
of the picture at half the work and more surely; then at its own 300, on the picture and on its quarter turns; then
Haar. A turned room has more that looks like a face, so the bar is higher there.
"""

from __future__ import annotations

import logging

from liveliness_lib.faces.caffe_ssd import CaffeSsd
from liveliness_lib.faces.haar import Haar
from liveliness_lib.faces.retinaface import RetinaFace
from liveliness_lib.faces.staged import Stage, StagedCascade
from liveliness_lib.faces.yunet import YuNet
from liveliness_lib.weights import has_set

_log = logging.getLogger(__name__)

YUNET_ACCEPT, YUNET_TURNED, YUNET_CERTAIN = 0.60, 0.75, 0.90
SSD_ACCEPT, SSD_CERTAIN, SSD_TURNED, SSD_QUICK_SIDE = 0.60, 0.97, 0.985, 192
HAAR_ACCEPT = 0.90
RETINA_ACCEPT, RETINA_CERTAIN = 0.80, 0.96


def earned_cascade(weights: str = "auto") -> StagedCascade:
    """Make the default cascade.

    Parameters
    ----------
    weights : {'auto', 'yunet', 'retinaface', 'none'}
        Which fetched weights to use; ``auto`` takes YuNet where it is fetched, else RetinaFace, else none.

    Raises
    ------
    ValueError
        Another word.
    WeightsError
        The weights asked for by name are missing, or those found are not what the table says.
    """
    chosen = next((name for name in ("yunet", "retinaface") if has_set(name)), "none") if weights == "auto" else weights
    if chosen == "yunet":
        return StagedCascade(_yunet_stages())
    if chosen == "retinaface":
        return StagedCascade([_retina_stage(), *_base_stages()])
    if chosen != "none":
        raise ValueError(f"expected 'auto', 'yunet', 'retinaface' or 'none'. Received: {weights!r}")
    _log.info("the cascade goes without YuNet, which is faster and finds more: `liveliness models fetch yunet`")
    return StagedCascade(_base_stages())


def _yunet_stages() -> list[Stage]:
    quick, middle, large = (YuNet(max_side=side, min_score=YUNET_ACCEPT) for side in (320, 640, 1280))
    return [
        Stage(quick, YUNET_ACCEPT, YUNET_CERTAIN),
        Stage(middle, YUNET_ACCEPT, YUNET_CERTAIN, last_resort=True),
        Stage(quick, YUNET_TURNED, YUNET_CERTAIN, turned=True),
        Stage(large, YUNET_TURNED, YUNET_CERTAIN, last_resort=True),
    ]


def _base_stages() -> list[Stage]:
    quick, ssd = CaffeSsd(side=SSD_QUICK_SIDE, min_score=SSD_ACCEPT), CaffeSsd(min_score=SSD_ACCEPT)
    return [
        Stage(quick, SSD_ACCEPT, SSD_CERTAIN),
        Stage(ssd, SSD_ACCEPT, SSD_CERTAIN),
        Stage(ssd, SSD_TURNED, 1.0, turned=True),
        Stage(Haar(min_neighbours=8), HAAR_ACCEPT, HAAR_ACCEPT, last_resort=True),
    ]


def _retina_stage() -> Stage:
    return Stage(RetinaFace(min_score=RETINA_ACCEPT), RETINA_ACCEPT, RETINA_CERTAIN)
