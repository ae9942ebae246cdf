"""Change the crops of a face bank as other cameras, codecs and face detectors would, the same way in both classes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.dataset.face_bank import CLOSE_SCALE, WIDE_SCALE, WIDE_SIDE

SCALES = (1.0, 2.7)
SIDE = 96


@dataclass(frozen=True)
class CropChanges:
    """Say how far crops are changed.

    Attributes
    ----------
    shift, zoom, rotation : float
        Standard deviations of the misplaced box: in face boxes, in log scale, in degrees.
    gain, gamma : float
        Standard deviations of the logarithm of each channel's gain and of the exponent of all.
    saturation : (low, high)
    lift : float
        Most that black is raised, 1 = white.
    contrast : (low, high)
    detail : float
        Smallest share of the resolution that is kept, drawn evenly in the logarithm.
    blur : float
        Mean of the exponentially distributed blur, in pixels.
    noise : float
        Mean of the exponentially distributed noise, in grey levels.
    quality : (low, high)
        JPEG quality.
    frame : float
        Share of the crops whose surroundings end at a drawn frame, as at the edge of a picture.
    face_only : float
        Share of the crops that see nothing but the face box.
    same_colour, same_sharpness : float
        Share of the pairs of a real take and an attack that are made alike in that.
    covered : float
        Share of the pairs whose surroundings are in part beneath the same drawn clothes and things.
    """

    shift: float = 0.05
    zoom: float = 0.08
    rotation: float = 6.0
    gain: float = 0.07
    gamma: float = 0.2
    saturation: tuple[float, float] = (0.5, 1.5)
    lift: float = 0.12
    contrast: tuple[float, float] = (0.6, 1.1)
    detail: float = 0.35
    blur: float = 0.4
    noise: float = 3.0
    quality: tuple[float, float] = (30.0, 95.0)
    frame: float = 0.3
    face_only: float = 0.15
    same_colour: float = 0.5
    same_sharpness: float = 0.0
    covered: float = 0.9


Frame = tuple[int, int, int, int]
"""First column and row that are seen in a wide crop, and those after the last: what lies beyond is black."""

WHOLE: Frame = (0, 0, WIDE_SIDE, WIDE_SIDE)


def frames_of(wide: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return what each wide crop, (N, side, side, 3), shows of its picture, (N, 4), each row a `Frame`."""
    found = np.empty((len(wide), 4), np.int64)
    for i, crop in enumerate(wide):
        lit = crop.max(axis=2) > 0
        columns, rows = np.flatnonzero(lit.any(axis=0)), np.flatnonzero(lit.any(axis=1))
        found[i] = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) if len(columns) else WHOLE
    return found


def common_frame(first: NDArray[np.int64], second: NDArray[np.int64]) -> Frame:
    """Return what two frames have in common.

    Whoever films a device sees a room about it; whoever photographs a person often sees the face alone. That must not
    tell them apart, so a real take and an attack that are learnt from together are shown within one frame.
    """
    low, high = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def drawn_frame(frame: Frame, rng: np.random.Generator, how: CropChanges) -> Frame:
    """Return `frame`, or a smaller one about the face, as where a picture ends."""
    chance = rng.random()
    if chance >= how.frame + how.face_only:
        return frame
    face = 0.5 / WIDE_SCALE
    reach = np.full(4, face) if chance < how.face_only else rng.uniform(face, 0.5, 4)
    left, top = (round(float(0.5 - v) * WIDE_SIDE) for v in reach[:2])
    right, bottom = (round(float(0.5 + v) * WIDE_SIDE) for v in reach[2:])
    return max(left, frame[0]), max(top, frame[1]), min(right, frame[2]), min(bottom, frame[3])


def change(
    close: NDArray[np.uint8],
    wide: NDArray[np.uint8],
    rng: np.random.Generator,
    how: CropChanges,
    frame: Frame = WHOLE,
) -> NDArray[np.uint8]:
    """Return one take as a network sees it, (2, 96, 96, 3) uint8, changed at random and seen within `frame`."""
    mirrored = bool(rng.random() < 0.5)
    box = _misplaced(rng, how)
    wide = _within(wide, frame)
    table = _tone(rng, how)
    degrade = _degradation(rng, how)
    out = np.empty((2, SIDE, SIDE, 3), np.uint8)
    for i, (crop, scale) in enumerate(((close, CLOSE_SCALE), (wide, WIDE_SCALE))):
        cut = _cut(crop, scale, SCALES[i], box, mirrored)
        out[i] = _degraded(_toned(cut, table), degrade, rng)
        out[i][~cut.any(axis=2)] = 0  # what lies beyond the picture is added after it was compressed: clean black
    return out


def middle(close: NDArray[np.uint8], wide: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return one take as a network sees it, unchanged, (2, 96, 96, 3) uint8."""
    still = (0.0, 0.0, 0.0, 0.0)
    return np.stack(
        [_cut(close, CLOSE_SCALE, SCALES[0], still, False), _cut(wide, WIDE_SCALE, SCALES[1], still, False)]
    )


def _misplaced(rng: np.random.Generator, how: CropChanges) -> tuple[float, float, float, float]:
    x, y = rng.normal(0, how.shift, 2).clip(-0.15, 0.15)
    return float(x), float(y), float(np.clip(rng.normal(0, how.zoom), -0.2, 0.2)), float(rng.normal(0, how.rotation))


def _cut(
    crop: NDArray[np.uint8], held: float, scale: float, box: tuple[float, float, float, float], mirrored: bool
) -> NDArray[np.uint8]:
    """Cut `scale` face boxes out of a crop that holds `held` of them; the box is misplaced by x, y, log zoom, degrees."""
    side = crop.shape[0]
    x, y, zoom, angle = box
    step = side * scale * np.exp(zoom) / held / SIDE
    cos, sin = np.cos(np.radians(angle)) * step, np.sin(np.radians(angle)) * step
    turn = np.array([[-cos if mirrored else cos, -sin], [-sin if mirrored else sin, cos]])
    centre = np.array([(side - 1) / 2 + x * side / held, (side - 1) / 2 + y * side / held])
    offset = centre - turn @ np.full(2, (SIDE - 1) / 2)
    move = np.column_stack([turn, offset])
    shrink = step > 1.15
    if shrink:  # warpAffine samples between neighbours only
        crop = cv2.GaussianBlur(crop, (0, 0), 0.4 * step)
    return cv2.warpAffine(crop, move, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _within(wide: NDArray[np.uint8], frame: Frame) -> NDArray[np.uint8]:
    if frame == WHOLE:
        return wide
    left, top, right, bottom = frame
    out = np.zeros_like(wide)
    out[top:bottom, left:right] = wide[top:bottom, left:right]
    return out


def _tone(rng: np.random.Generator, how: CropChanges) -> tuple[NDArray[np.uint8], float]:
    """Return a table (256, 3) of levels and a saturation."""
    gains = np.exp(rng.normal(0, how.gain, 3) + rng.normal(0, how.gain))
    gamma, contrast = float(np.exp(rng.normal(0, how.gamma))), float(rng.uniform(*how.contrast))
    lift = float(rng.uniform(0, how.lift)) if rng.random() < 0.5 else 0.0
    level = np.linspace(0, 1, 256)[:, None] ** gamma * gains
    level = lift + (1 - lift) * ((level - 0.45) * contrast + 0.45 if rng.random() < 0.5 else level)
    return np.round(255 * level.clip(0, 1)).astype(np.uint8), float(rng.uniform(*how.saturation))


def _toned(crop: NDArray[np.uint8], tone: tuple[NDArray[np.uint8], float]) -> NDArray[np.uint8]:
    table, saturation = tone
    out = cv2.LUT(crop, table[None])
    grey = cv2.cvtColor(cv2.cvtColor(out, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(out, saturation, grey, 1 - saturation, 0)


@dataclass(frozen=True)
class _Degradation:
    detail: float
    blur: float
    noise: float
    quality: int


def _degradation(rng: np.random.Generator, how: CropChanges) -> _Degradation:
    detail = float(np.exp(rng.uniform(np.log(how.detail), 0))) if rng.random() < 0.6 else 1.0
    blur = float(rng.exponential(how.blur)) if rng.random() < 0.5 else 0.0
    noise = float(rng.exponential(how.noise)) if rng.random() < 0.5 else 0.0
    quality = int(rng.uniform(*how.quality)) if rng.random() < 0.7 else 0
    return _Degradation(detail, min(blur, 2.0), noise, quality)


def _degraded(crop: NDArray[np.uint8], how: _Degradation, rng: np.random.Generator) -> NDArray[np.uint8]:
    side = max(24, round(SIDE * how.detail))
    out = crop if side == SIDE else cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    if how.blur > 0.3:
        out = cv2.GaussianBlur(out, (0, 0), how.blur * how.detail + 1e-3)
    if how.noise > 0.5:
        noise = rng.normal(0, how.noise, out.shape).astype(np.float32)
        out = np.clip(out + noise, 0, 255).astype(np.uint8)
    if how.quality:
        _, code = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, how.quality])
        out = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return out if side == SIDE else cv2.resize(out, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
