"""Rooms and streets to put behind people and devices: doors, windows, curtains, shelves, monitors, walls of houses, leaves.

What is behind somebody in a photograph has long straight edges: a door frame beside an ear, a monitor behind a shoulder, the
fold of a curtain. Drawn here as flat patterns, they are what a network takes for a device unless it has seen many of them
behind living people. What tells them apart is that a head covers them, and that a device's edge goes all around a head.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.synthetic.clutter import Image, Picture, draw_colour, draw_surface, draw_wall

Furnishing = Callable[[np.random.Generator, tuple[int, int]], Picture]
DRAWN = 240
"""The shorter side that is drawn, in pixels: more would not be seen in the crops that show what is behind a face."""


def draw_interior(rng: np.random.Generator, size: tuple[int, int]) -> Image:
    """Draw what may be behind a person, indoors or out, more or less out of focus.

    Parameters
    ----------
    rng
    size : (height, width)

    Returns
    -------
    (height, width, 3) uint8
        sRGB.
    """
    shrunk = min(DRAWN / min(size), 1.0)
    drawn = (max(round(size[0] * shrunk), 8), max(round(size[1] * shrunk), 8))
    indoors = bool(rng.random() < 0.7)
    picture = _room(rng, drawn) if indoors else _street(rng, drawn)
    kinds = INDOORS if indoors else OUTDOORS
    for _ in range(int(rng.integers(1, 8))):
        _hang(picture, kinds[int(rng.integers(len(kinds)))], rng)
    light = np.exp(rng.normal(0, 0.2, (3, 3))).astype(np.float32)
    picture *= cv2.resize(light, drawn[::-1], interpolation=cv2.INTER_CUBIC)[..., None]
    grey = picture.mean(axis=2, keepdims=True)
    picture = grey + (picture - grey) * np.float32(rng.uniform(0.3, 1.0))
    blur = float(rng.choice([0.0, rng.uniform(0.3, 1.0), rng.uniform(1.0, 4.0)], p=[0.3, 0.35, 0.35]))
    if blur > 0:
        picture = cv2.GaussianBlur(picture, (0, 0), max(blur * min(drawn) / DRAWN, 0.3))
    picture = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_CUBIC)
    return np.round(picture).clip(0, 255).astype(np.uint8)


def _room(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return a wall, or two that meet in a corner, below a ceiling or not."""
    picture = draw_wall(rng, size).astype(np.float32)
    height, width = size
    if rng.random() < 0.5:  # another wall, in another light
        at, lean = rng.uniform(0, width), rng.normal(0, 0.04) * height
        side = np.array([[at, 0], [at + lean, height], [width, height], [width, 0]], np.float32)
        _fill(picture, side, picture[:, ::-1] * np.float32(rng.uniform(0.45, 1.3)))
    if rng.random() < 0.3:
        y, slope = rng.uniform(0, 0.3) * height, rng.normal(0, 0.15) * height
        above = np.array([[0, 0], [width, 0], [width, y + slope], [0, y - slope]], np.float32)
        _fill(picture, above, np.broadcast_to(draw_colour(rng), picture.shape))
    return picture


def _street(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return a sky above leaves, houses or nothing in particular."""
    height = size[0]
    top, low = rng.uniform(120, 255), rng.uniform(0.7, 1.1)
    sky = np.array([top * rng.uniform(0.6, 1), top * rng.uniform(0.8, 1), top], np.float32)
    fall = np.linspace(1, low, height, dtype=np.float32)[:, None, None]
    picture = np.ascontiguousarray(np.broadcast_to(sky * fall, (*size, 3)))
    horizon = int(rng.uniform(-0.2, 0.8) * height)
    ground = picture[max(horizon, 0) :]
    ground[:] = (_leaves if rng.random() < 0.6 else draw_surface)(rng, ground.shape[:2])
    return picture


def _fill(picture: Picture, corners: NDArray[np.float32], with_what: NDArray[np.float32]) -> None:
    """Show `with_what` within a polygon, its edge smooth, in place."""
    cover = np.zeros(picture.shape[:2], np.float32)
    cv2.fillConvexPoly(cover, np.round(corners * 16).astype(np.int32), 1.0, cv2.LINE_AA, 4)
    picture += (with_what - picture) * cover[..., None]


def _hang(picture: Picture, furnishing: Furnishing, rng: np.random.Generator) -> None:
    """Put a furnishing somewhere, seen a little from the side, in place."""
    height, width = picture.shape[:2]
    tall = int(np.exp(rng.uniform(np.log(0.15), np.log(1.3))) * height)
    wide = int(np.exp(rng.uniform(np.log(0.12), np.log(0.9))) * width)
    surface = furnishing(rng, (max(tall, 8), max(wide, 8)))
    tall, wide = surface.shape[:2]
    left, top = rng.uniform(-0.4, 1.0) * width, rng.uniform(-0.4, 0.9) * height
    box = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    lean = rng.normal(0, 0.05, (4, 2)) * (wide, tall) * (0.3, 1.0)
    lean[2, 0], lean[3, 0] = lean[1, 0], lean[0, 0]  # what stands upright stays so
    to = (box * (wide, tall) + (left, top) + lean).astype(np.float32)
    move = cv2.getPerspectiveTransform(box * np.array([wide, tall], np.float32), to)
    shown = cv2.warpPerspective(surface, move, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    _fill(picture, to, shown)


def _flat(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    return np.ascontiguousarray(np.broadcast_to(draw_colour(rng), (*size, 3)), np.float32)


def _bordered(rng: np.random.Generator, inside: Picture, share: tuple[float, float]) -> Picture:
    """Put a frame about a surface, dark, light or of any colour."""
    border = max(1, int(min(inside.shape[:2]) * rng.uniform(*share)))
    colour = draw_colour(rng) * float(rng.choice([0.15, 1.0])) if rng.random() < 0.7 else np.full(3, 235.0)
    sides = (border,) * 4
    return cv2.copyMakeBorder(inside, *sides, cv2.BORDER_CONSTANT, value=colour.astype(float).tolist())


def _curtain(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return folds of cloth, as narrow and as deep as they come."""
    x = np.linspace(0, 1, size[1], dtype=np.float32)
    folds = sum(rng.uniform(0.1, 0.45) * np.sin(2 * np.pi * (rng.uniform(2, 14) * x + rng.random())) for _ in range(2))
    return np.ascontiguousarray(draw_colour(rng) * np.repeat((1 + folds)[None, :, None], size[0], axis=0), np.float32)


def _window(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return panes, bright by day and black by night, with bars between them."""
    bright = rng.random() < 0.75
    pane = _street(rng, size) * np.float32(rng.uniform(0.9, 1.6)) if bright else _flat(rng, size) * np.float32(0.1)
    bar, thick = draw_colour(rng), max(1, int(min(size) * rng.uniform(0.01, 0.05)))
    for axis in (0, 1):
        for at in np.linspace(0, size[axis], int(rng.integers(0, 3)) + 2)[1:-1].astype(int):
            pane[(slice(at, at + thick), slice(None))[:: 1 - 2 * axis]] = bar
    return _bordered(rng, pane, (0.02, 0.1))


def _door(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return a door with its frame, or an open one that shows what is behind, mostly dark."""
    inside = _flat(rng, size) if rng.random() < 0.6 else draw_surface(rng, size) * np.float32(rng.uniform(0.1, 0.9))
    return _bordered(rng, inside, (0.03, 0.12))


def _shelf(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return boards with books or boxes on them."""
    shelf, boards = _flat(rng, size) * np.float32(0.4), int(rng.integers(1, 6))
    step = max(size[0] // boards, 4)
    for top in range(0, size[0], step):
        x = 0
        while x < size[1]:
            wide, tall = int(max(2, size[1] * rng.uniform(0.01, 0.08))), int(step * rng.uniform(0.4, 0.9))
            if rng.random() < 0.85:
                shelf[top + step - tall : top + step, x : x + wide] = draw_colour(rng)
            x += wide
        shelf[top : top + max(1, step // 14)] = draw_colour(rng)
    return shelf


def _monitor(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return a screen that stands about, on or off, its frame dark: behind somebody, it is no attack."""
    on = rng.random() < 0.6
    inside = draw_surface(rng, size) if on else _flat(rng, size) * np.float32(rng.uniform(0.03, 0.2))
    border = max(1, int(min(size) * rng.uniform(0.01, 0.06)))
    colour = [float(rng.uniform(5, 60))] * 3
    return cv2.copyMakeBorder(inside, border, int(border * rng.uniform(1, 3)), border, border, 0, value=colour)


def _picture(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    return _bordered(rng, draw_surface(rng, size), (0.02, 0.12))


def _blinds(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return slats, tiles or boards: one line after another."""
    lines = int(rng.integers(4, 40))
    across = rng.random() < 0.5
    along = np.linspace(0, lines, size[0] if across else size[1], dtype=np.float32) % 1
    shade = np.where(along < rng.uniform(0.05, 0.5), rng.uniform(0.3, 0.9), 1).astype(np.float32)
    return _flat(rng, size) * (shade[:, None, None] if across else shade[None, :, None])


def _facade(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return a wall with rows of windows."""
    wall, (down, right) = _flat(rng, size), (int(n) for n in rng.integers(1, 8, 2))
    tall, wide = size[0] / down, size[1] / right
    pane = draw_colour(rng) * float(rng.uniform(0.1, 0.8))
    for row in range(down):
        for column in range(right):
            top, left = int((row + 0.25) * tall), int((column + 0.3) * wide)
            wall[top : top + max(1, int(0.5 * tall)), left : left + max(1, int(0.4 * wide))] = pane
    return wall


def _leaves(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return a texture of many sizes, as leaves, stones, crowds and the like have: its spectrum falls as 1/f."""
    texture = np.zeros((*size, 3), np.float32)
    for octave in range(1, 7):
        cells = tuple(max(1, min(n, 2**octave)) for n in size)
        noise = rng.normal(0, 1, (*cells, 1)) + 0.3 * rng.normal(0, 1, (*cells, 3))
        texture += cv2.resize(noise.astype(np.float32), size[::-1], interpolation=cv2.INTER_CUBIC) / octave**0.8
    return (draw_colour(rng) * np.exp(rng.uniform(0.1, 0.5) * texture)).clip(0, 255).astype(np.float32)


INDOORS: tuple[Furnishing, ...] = (
    *(_curtain, _window, _door, _shelf, _monitor, _picture, _blinds, _leaves, draw_surface),
)
OUTDOORS: tuple[Furnishing, ...] = (_facade, _leaves, _door, _window, _blinds, draw_surface)
