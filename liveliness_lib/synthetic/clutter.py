"""Clutter to put behind people and devices alike: boxes, frames, shades and photographs of things, one before another.

A drawn room is tidier than a real one, and a straight edge in it is nearly always the edge of a device: a network that
has seen no others takes a door, a shelf or a monitor behind somebody for a screen that shows them. Things that
cover one another at random, their sizes spread widely, have the edges and the statistics of natural pictures (Lee,
Mumford and Huang, 2001, "Occlusion models for natural images"). What tells a device then is what it does to the person,
who is cut off by its edge; a wall of edges behind somebody is not.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.paths import require
from liveliness_lib.synthetic.heads import HeadRender

Image = NDArray[np.uint8]
Picture = NDArray[np.float32]  # sRGB in 0-255 before it is rounded

THINGS = ("coffee", "rocket", "chelsea", "brick", "grass", "gravel", "coins", "page")
"""Photographs of things, animals and surfaces that scikit-image brings along; none of them shows a person."""
_SIZE_POWER = 0.35
"""Sizes are drawn so that small ones are more frequent: the density falls with size to the power of -1.35."""


@lru_cache(maxsize=1)
def photographs_of_things() -> tuple[Image, ...]:
    """Return some real photographs without people, from scikit-image and scikit-learn, which bring them along."""
    from sklearn.datasets import load_sample_images

    data = require("skimage.data", extra="synthetic")
    samples = load_sample_images().images
    found = [getattr(data, name)() for name in THINGS] + list(data.stereo_motorcycle()[:2]) + list(samples)
    return tuple(_as_colour(image) for image in found)


def _as_colour(image: NDArray[Any]) -> Image:
    colour: Image = image[..., :3] if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    return np.ascontiguousarray(colour, np.uint8)


def draw_clutter(rng: np.random.Generator, size: tuple[int, int]) -> Image:
    """Draw clutter or a part of a photograph of things, more or less out of focus.

    Parameters
    ----------
    rng
    size : (height, width)

    Returns
    -------
    (height, width, 3) uint8
        sRGB.
    """
    picture = _heap(rng, size) if rng.random() < 0.65 else _part_of_a_photograph(rng, size)
    blur = float(rng.choice([0.0, rng.uniform(0.3, 1.2), rng.uniform(1.5, 5.0)], p=[0.35, 0.4, 0.25]))
    if blur > 0:
        picture = cv2.GaussianBlur(picture, (0, 0), max(blur * min(size) / 400, 0.3))
    return np.round(picture).clip(0, 255).astype(np.uint8)


def draw_wall(rng: np.random.Generator, size: tuple[int, int]) -> Image:
    """Draw a plain wall or a studio's backdrop, of any hue, lit from somewhere; a few things may hang on it.

    Parameters
    ----------
    rng
    size : (height, width)

    Returns
    -------
    (height, width, 3) uint8
        sRGB.
    """
    painted = rng.random() < 0.5
    chroma = rng.normal(0, 28 if painted else 6, 2)
    colour = _from_lab(rng.uniform(30, 230) if painted else rng.uniform(120, 250), *chroma)
    y, x = np.mgrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j].astype(np.float32)
    at, falls = rng.uniform(-1.5, 1.5, 2), rng.uniform(0, 0.5)
    light = 1 - falls * np.hypot(x - at[0], y - at[1]) / 2 + rng.normal(0, 0.1) * x
    picture = np.clip(colour * light[..., None].astype(np.float32), 0, 255)
    for _ in range(int(rng.integers(1, 4)) if rng.random() < 0.3 else 0):
        _lay_one(picture, rng)
    return np.round(picture).astype(np.uint8)


def put_behind(scene: HeadRender, backdrop: Image, rng: np.random.Generator) -> HeadRender:
    """Return a scene with another backdrop, about as bright as the one it had.

    Raises
    ------
    ValueError
        The backdrop is not of the scene's size.
    """
    if backdrop.shape != scene.radiance.shape:
        raise ValueError(f"expected a backdrop of shape {scene.radiance.shape}. Received: {backdrop.shape}")
    behind = (backdrop / np.float32(255)) ** np.float32(2.2)
    seen = ~scene.person
    level = float(np.median(scene.radiance[seen].mean(axis=1))) if seen.sum() > 50 else 0.3
    behind *= np.clip(level, 0.05, 0.8) / max(float(np.median(behind.mean(axis=2))), 0.05) * np.exp(rng.normal(0, 0.3))
    soft = cv2.GaussianBlur(scene.person.astype(np.float32), (0, 0), float(rng.uniform(0.6, 1.1)))
    cover = np.clip((soft - 0.25) * 2, 0, 1)[..., None]
    radiance = scene.radiance * cover + np.minimum(behind, 1.6) * (1 - cover)
    return replace(scene, radiance=radiance.astype(np.float32))


def _heap(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Lay things before one another; light falls unevenly on the heap."""
    picture = np.array(draw_surface(rng, size))
    for _ in range(int(np.exp(rng.uniform(np.log(4), np.log(90))))):
        _lay_one(picture, rng)
    light = np.exp(rng.normal(0, 0.2, (3, 3))).astype(np.float32)
    picture *= cv2.resize(light, size[::-1], interpolation=cv2.INTER_CUBIC)[..., None]
    return picture.clip(0, 255)


def _lay_one(picture: Picture, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    tall, wide = _extent(rng, (height, width))
    middle = rng.uniform(-0.1, 1.1, 2) * (height, width)
    top, left = int(middle[0]) - tall // 2, int(middle[1]) - wide // 2
    surface = np.array(draw_surface(rng, (tall, wide)))
    if rng.random() < 0.25:
        _frame(surface, rng)
    shape = _shape(rng, (tall, wide))
    if rng.random() < 0.3:
        turn = cv2.getRotationMatrix2D((wide / 2, tall / 2), float(rng.normal(0, 6)), 1.0)
        shape = cv2.warpAffine(shape, turn, (wide, tall))
        surface = cv2.warpAffine(surface, turn, (wide, tall), borderMode=cv2.BORDER_REPLICATE)
    (rows, own_rows), (columns, own_columns) = _shared(top, tall, height), _shared(left, wide, width)
    own = (own_rows, own_columns)
    cover = shape[own][..., None]
    picture[rows, columns] += (surface[own] - picture[rows, columns]) * cover


def _shared(start: int, length: int, limit: int) -> tuple[slice, slice]:
    """Return where a thing lies within a picture, and which part of the thing that is; perhaps none."""
    first = min(max(start, 0), limit)
    last = min(max(start + length, first), limit)
    return slice(first, last), slice(first - start, last - start)


def _extent(rng: np.random.Generator, size: tuple[int, int]) -> tuple[int, int]:
    """Draw height and width of a thing; some are poles or shelves that go right through."""
    low, high = (min(size) * share for share in (0.03, 1.1))
    even = low**-_SIZE_POWER + (high**-_SIZE_POWER - low**-_SIZE_POWER) * rng.random()
    tall, wide = (np.maximum(3, even ** (-1 / _SIZE_POWER) * np.exp(rng.normal(0, 0.45, 2)))).astype(int).tolist()
    chance = rng.random()
    if chance < 0.08:
        tall, wide = 2 * size[0], int(rng.uniform(2, 8))
    elif chance < 0.13:
        tall, wide = int(rng.uniform(2, 8)), 2 * size[1]
    return min(tall, 2 * size[0]), min(wide, 2 * size[1])


def _shape(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return what a thing covers of its box, mostly all of it."""
    chance, cover = rng.random(), np.zeros(size, np.float32)
    if chance < 0.8:
        cover[:] = 1
    elif chance < 0.9:
        centre, axes = (size[1] // 2, size[0] // 2), (max(1, size[1] // 2), max(1, size[0] // 2))
        cv2.ellipse(cover, centre, axes, 0, 0, 360, 1.0, -1)
    else:
        corners = rng.uniform(0, 1, (int(rng.integers(3, 7)), 2)) * size[::-1]
        cv2.fillPoly(cover, [corners.astype(np.int32)], 1.0)
    return cover


def _frame(surface: Picture, rng: np.random.Generator) -> None:
    """Draw a border, as of a picture, a window or a screen, in place."""
    border = int(max(1, min(surface.shape[:2]) * rng.uniform(0.02, 0.12)))
    colour = draw_colour(rng) * (0.2 if rng.random() < 0.5 else 1.0)
    for edge in (surface[:border], surface[-border:], surface[:, :border], surface[:, -border:]):
        edge[:] = colour


def draw_surface(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return a plain, shaded or striped surface, or a photograph, (height, width, 3), 0-255."""
    chance = rng.random()
    if chance < 0.25:
        return _part_of_a_photograph(rng, size)
    one, other = draw_colour(rng), draw_colour(rng)
    across = bool(rng.random() < 0.5)
    along = np.linspace(0, 1, size[1] if across else size[0], dtype=np.float32)
    if chance < 0.65:
        other, change = 0.3 * other + 0.7 * one, along
    elif chance < 0.75:
        change = np.floor(along * int(rng.integers(2, 14)) * 0.999) % 2
    else:
        change = np.zeros_like(along)
    line = one + (other - one) * change[:, None]
    shown: Picture = np.broadcast_to(line[None] if across else line[:, None], (*size, 3)).astype(np.float32)
    return shown


def draw_colour(rng: np.random.Generator) -> Picture:
    """Return a colour, (3,), 0-255: any lightness, little of any hue."""
    return _from_lab(rng.uniform(10, 245), rng.normal(0, 10), rng.normal(4, 12))


def _from_lab(lightness: float, red: float, yellow: float) -> Picture:
    """Return a CIELAB colour as (3,), 0-255; lightness in 0-255, the two others from 0, no hue."""
    lab = np.array([[[lightness, 128 + red, 128 + yellow]]])
    colour: Picture = cv2.cvtColor(lab.clip(0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)[0, 0].astype(np.float32)
    return colour


def _part_of_a_photograph(rng: np.random.Generator, size: tuple[int, int]) -> Picture:
    """Return a part of a photograph of things, mirrored or not, in other colours and brightness."""
    photos = photographs_of_things()
    photo = photos[int(rng.integers(len(photos)))]
    height, width = size
    share = rng.uniform(0.35, 1.0)
    wide = min(photo.shape[1] * share, photo.shape[0] * share * width / height)
    tall = wide * height / width
    left, top = int(rng.uniform(0, photo.shape[1] - wide)), int(rng.uniform(0, photo.shape[0] - tall))
    part = photo[top : top + int(tall) + 1, left : left + int(wide) + 1]
    part = np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part)
    grown = cv2.INTER_AREA if tall > height else cv2.INTER_CUBIC
    shown = cv2.resize(part, (width, height), interpolation=grown).astype(np.float32)
    grey = shown.mean(axis=2, keepdims=True)
    gains = np.exp(rng.normal(0, 0.08, 3) + rng.normal(0, 0.25))
    changed: Picture = ((grey + (shown - grey) * rng.uniform(0.2, 1.1)) * gains).clip(0, 255).astype(np.float32)
    return changed
