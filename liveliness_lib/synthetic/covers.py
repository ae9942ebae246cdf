"""Clothes on people and things before them, laid over two crops alike: a person on a screen and one who is there.

Rendered people wear little that has an edge. To a network that has seen no others the lapels of a jacket, a tie or a strap
are edges beneath a face, and those were always a device's. Laid in the same way over a person and over a picture of one,
they tell nothing of either: what is left to tell is the device's own edge. The clothes are patterns, not tailoring.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.synthetic.clutter import Picture, draw_colour, draw_surface

Cover = tuple[Picture, Picture]
"""Colours (side, side, 3) in 0-255, and how much they cover (side, side), 0 to 1."""
CLOTHED, MOST_THINGS = 0.8, 3
"""Share of covers with clothes, and how many other things there are at most."""
DARK, LIGHT = 0.3, 0.15
"""Shares of clothes and things that are as dark as a bezel, and as light as paper."""
KEPT = (0.6, 0.65)
"""Half axes of the ellipse about the face that nothing covers, in face boxes."""


def draw_cover(rng: np.random.Generator, side: int, face: float) -> Cover:
    """Draw clothes beneath a face in the middle of a square crop, and things anywhere but on it.

    Parameters
    ----------
    rng
    side
        Of the crop, in pixels.
    face
        Width of the face box, in pixels.

    Returns
    -------
    Cover

    Raises
    ------
    ValueError
        A face that is wider than the crop.
    """
    if not 0 < face < side:
        raise ValueError(f"expected a face that is narrower than the crop of {side} pixels. Received: {face}")
    colours, cover = np.zeros((side, side, 3), np.float32), np.zeros((side, side), np.float32)
    clothed = bool(rng.random() < CLOTHED)
    if clothed:
        _dress(colours, cover, rng, face)
    for _ in range(int(rng.integers(0 if clothed else 1, MOST_THINGS + 1))):
        _lay(colours, cover, rng, face)
    light = np.exp(rng.normal(0, 0.3, (4, 4))).astype(np.float32)
    colours *= cv2.resize(light, (side, side), interpolation=cv2.INTER_CUBIC)[..., None]
    soft = float(rng.uniform(0, 1.8))
    if soft > 0.3:
        colours, cover = (cv2.GaussianBlur(part, (0, 0), soft) for part in (colours, cover))
        colours /= np.maximum(cover, 1e-3)[..., None]
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    outside = np.hypot(x / (KEPT[0] * face), y / (KEPT[1] * face))
    cover *= np.clip((outside - 1) * 6, 0, 1).astype(np.float32)
    return colours.clip(1, 255), cover.clip(0, 1)  # 0 is what lies beyond the picture


def laid_over(crop: NDArray[np.uint8], cover: Cover) -> NDArray[np.uint8]:
    """Return a crop (side, side, 3) beneath a cover; what lies beyond the picture, black, stays so."""
    colours, share = cover
    seen = share[..., None] * crop.any(axis=2, keepdims=True)
    laid: NDArray[np.uint8] = np.round(crop + (colours - crop) * seen).astype(np.uint8)
    return laid


def _dress(colours: Picture, cover: Picture, rng: np.random.Generator, face: float) -> None:
    """Draw a body from the neck down, often with an opening that shows something lighter or darker, a tie, a strap."""
    side = len(cover)
    middle, chin = side / 2 + rng.normal(0, 0.06) * face, side / 2 + rng.uniform(0.5, 0.85) * face
    neck, shoulder = rng.uniform(0.15, 0.4) * face, rng.uniform(0.8, 1.7) * face
    fall = rng.uniform(0.15, 0.8) * face
    body = [(-neck, chin), (neck, chin), (shoulder, chin + fall), (1.05 * shoulder, 2 * side)]
    body += [(-1.05 * shoulder, 2 * side), (-shoulder, chin + fall)]
    _fill(colours, cover, body, middle, _cloth(rng, side))
    if rng.random() < 0.6:
        depth, width = rng.uniform(0.3, 1.6) * face, rng.uniform(0.6, 1.3) * neck
        opening = [(-width, chin), (width, chin), (rng.normal(0, 0.03) * face, chin + depth)]
        _fill(colours, cover, opening, middle, _cloth(rng, side))
        if rng.random() < 0.5:
            tie = rng.uniform(0.05, 0.13) * face
            below = [(-0.6 * tie, chin + 0.1 * face), (0.6 * tie, chin + 0.1 * face), (tie, 2 * side), (-tie, 2 * side)]
            _fill(colours, cover, below, middle, _cloth(rng, side))
    if rng.random() < 0.25:
        _put_collar(colours, cover, rng, (middle, chin), face)
    for _ in range(int(rng.integers(0, 3))):
        at, wide, lean = rng.uniform(-1, 1) * shoulder, rng.uniform(0.03, 0.25) * face, rng.normal(0, 0.8) * face
        strap = [(at, chin), (at + wide, chin), (at + wide + lean, chin + 2 * face), (at + lean, chin + 2 * face)]
        _fill(colours, cover, strap, middle, _cloth(rng, side))


def _put_collar(
    colours: Picture, cover: Picture, rng: np.random.Generator, neck: tuple[float, float], face: float
) -> None:
    """Lay a ring about the neck: a collar, a scarf, a necklace, a hood."""
    shape, axes = np.zeros_like(cover), rng.uniform(0.4, 1.2, 2) * (face, 0.6 * face)
    centre = (round(neck[0]), round(neck[1] + rng.uniform(0, 0.5) * face))
    wide = max(1, round(float(rng.uniform(0.03, 0.3) * face)))
    cv2.ellipse(shape, centre, (round(axes[0]), round(axes[1])), 0, 0, 360, 1.0, wide)
    _put(colours, cover, shape, _cloth(rng, len(cover)))


def _cloth(rng: np.random.Generator, side: int) -> Picture:
    """Return cloth (side, side, 3): black or nearly, white or nearly, plain, or shaded, striped or printed."""
    chance = rng.random()
    if chance < DARK + LIGHT:
        level = rng.uniform(1, 40) if chance < DARK else rng.uniform(205, 255)
        plain = (level + rng.normal(0, 4, 3)).astype(np.float32)
    elif chance < 0.75:
        plain = draw_colour(rng)
    else:
        return draw_surface(rng, (side, side))
    return np.broadcast_to(plain, (side, side, 3)).copy()


def _fill(
    colours: Picture, cover: Picture, corners: Sequence[Sequence[float]] | NDArray[Any], middle: float, surface: Picture
) -> None:
    """Lay a polygon; x counts from `middle`."""
    shape = np.zeros_like(cover)
    cv2.fillPoly(shape, [np.array([(middle + x, y) for x, y in corners]).round().astype(np.int32)], 1.0)
    _put(colours, cover, shape, surface)


def _lay(colours: Picture, cover: Picture, rng: np.random.Generator, face: float) -> None:
    """Lay a thing, a turned box or a round one, from a tenth of a face to more than one."""
    side = len(cover)
    tall, wide = np.exp(rng.uniform(np.log(0.1), np.log(1.2), 2)) * face
    place = (tuple(rng.uniform(0, side, 2)), (wide, tall), float(rng.normal(0, 20)))
    if rng.random() < 0.8:
        corners = cv2.boxPoints(place)
    else:
        corners = cv2.ellipse2Poly(
            (int(place[0][0]), int(place[0][1])), (int(wide / 2) + 1, int(tall / 2) + 1), 0, 0, 360, 15
        )
    _fill(colours, cover, corners, 0.0, _cloth(rng, side))


def _put(colours: Picture, cover: Picture, shape: Picture, surface: Picture) -> None:
    """Put a thing before what is there; colours are kept times their cover until they are softened."""
    colours *= 1 - shape[..., None]
    colours += surface * shape[..., None]
    np.maximum(cover, shape, out=cover)
