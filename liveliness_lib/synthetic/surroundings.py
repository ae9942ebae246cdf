"""Put something around and upon a sheet: a room, a device's frame, fingers, reflections."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .layers import Box, paste
from .light import photo_to_linear
from .optics import STEP, SheetView, spread

Picture = NDArray[Any]  # float32; OpenCV states no element type


def draw_room(rng: np.random.Generator, size: tuple[int, int], white: NDArray[np.float32]) -> Picture:
    """Return an out-of-focus room, (H, W, 3) linear light: walls, furniture edges and perhaps a window or lamp."""
    height, width = 96, max(24, round(96 * size[1] / size[0]))
    wall = rng.uniform(0.15, 0.7) * (1.0 + rng.normal(0, 0.07, 3))
    room = np.tile(wall.astype(np.float32), (height, width, 1))
    room *= np.linspace(rng.uniform(0.5, 1.3), rng.uniform(0.5, 1.3), width, dtype=np.float32)[None, :, None]
    room *= np.linspace(rng.uniform(0.6, 1.3), rng.uniform(0.6, 1.3), height, dtype=np.float32)[:, None, None]
    for _ in range(rng.integers(4, 14)):
        x, y = rng.integers(0, width), rng.integers(0, height)
        w, h = rng.integers(4, width // 2 + 5), rng.integers(4, height // 2)
        colour = rng.uniform(0.03, 0.7) * (1.0 + rng.normal(0, 0.2, 3))
        room[y : y + h, x : x + w] = np.clip(colour, 0.01, 0.9) * rng.uniform(0.6, 1.2)
    if rng.uniform() < 0.4:
        x, y, side = rng.integers(0, width), rng.integers(0, height // 2), rng.integers(6, 24)
        room[y : y + side, x : x + side] = rng.uniform(1.5, 6.0)
    room = cv2.GaussianBlur(room, (0, 0), float(rng.uniform(0.6, 3.0))) * white
    grown = cv2.resize(room, size[::-1], interpolation=cv2.INTER_CUBIC)
    return np.maximum(grown, np.float32(0.002), out=grown)


def fit_background(background: NDArray[Any], size: tuple[int, int]) -> Picture:
    """Return a given background, uint8 sRGB or float linear, filling (height, width).

    Raises
    ------
    ValueError
        If it is not (H, W, 3).
    """
    background = np.asarray(background)
    if background.ndim != 3 or background.shape[2] != 3:
        raise ValueError(f"background must be (H, W, 3). Received: {background.shape}")
    linear: Picture = photo_to_linear(background) if background.dtype == np.uint8 else background.astype(np.float32)
    scale = max(size[0] / linear.shape[0], size[1] / linear.shape[1])
    grown = (max(size[1], round(linear.shape[1] * scale)), max(size[0], round(linear.shape[0] * scale)))
    linear = cv2.resize(linear, grown, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    top, left = (linear.shape[0] - size[0]) // 2, (linear.shape[1] - size[1]) // 2
    return linear[top : top + size[0], left : left + size[1]]


def add_fingers(
    scene: Picture,
    where: Picture,
    box: Box,
    rng: np.random.Generator,
    *,
    width: float,
    light: NDArray[np.float32],
    magnification: float,
) -> list[list[float]]:
    """Draw the tips of fingers that hold a box by its edges, in place; return them as sheet positions.

    Each is a short capsule with a cylinder's shading, in one skin tone; `width` is in sheet units. The hand itself
    is hidden behind the box.
    """
    skin = np.array([0.45, 0.24, 0.16], np.float32) * rng.uniform(0.25, 1.3) * light
    side = str(rng.choice(["left", "right", "bottom"]))
    along, count = rng.uniform(0.45, 0.8), int(rng.integers(1, 5))
    tips = []
    for number in range(count):
        reach = rng.uniform(0.3, 1.3) * width
        place = along + number * 1.05 * width / ((box[2] - box[0]) if side == "bottom" else (box[3] - box[1]))
        if side == "bottom":
            tip, heading = (box[0] + place * (box[2] - box[0]), box[3] - reach), (rng.normal(0, 0.2), 1.0)
        else:
            tip = (box[0] + reach if side == "left" else box[2] - reach, box[1] + place * (box[3] - box[1]))
            heading = (-1.0 if side == "left" else 1.0, rng.normal(0.2, 0.15))
        length = reach + rng.uniform(0.2, 0.6) * width
        _finger(scene, where, np.array(tip), np.array(heading), length, width / 2, skin, magnification)
        tips.append([float(tip[0]), float(tip[1])])
    return tips


def _finger(
    scene: Picture,
    where: Picture,
    tip: NDArray[Any],
    heading: NDArray[Any],
    length: float,
    radius: float,
    skin: Picture,
    magnification: float,
) -> None:
    heading = heading / np.linalg.norm(heading)
    part = _part_near(where, tip, length + radius, magnification)
    scene, where = scene[part], where[part]
    if not scene.size:
        return
    x, y = where[..., 0] - np.float32(tip[0]), where[..., 1] - np.float32(tip[1])
    along = np.clip(x * np.float32(heading[0]) + y * np.float32(heading[1]), 0, np.float32(length))
    off = cv2.magnitude(x - along * np.float32(heading[0]), y - along * np.float32(heading[1]))
    cover = np.clip((np.float32(radius) - off) * np.float32(magnification) + 0.5, 0, 1)
    shade = np.sqrt(np.maximum(1.0 - (off / np.float32(radius)) ** 2, 0.15))
    paste(scene, skin * shade[..., None], cover)


def _part_near(where: Picture, point: NDArray[Any], reach: float, magnification: float) -> tuple[slice, slice]:
    """Return rows and columns outside of which every sample lies further than `reach` from a sheet point."""
    step = 8
    near = np.abs(where[::step, ::step] - point).max(axis=-1) < reach + 2 * step / magnification
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if not len(rows):
        return slice(0), slice(0)
    first = (max(step * int(rows[0]) - step, 0), max(step * int(columns[0]) - step, 0))
    return slice(first[0], step * int(rows[-1]) + 2 * step), slice(first[1], step * int(columns[-1]) + 2 * step)


def draw_glare(rng: np.random.Generator, view: SheetView, *, spots: int, sharp: bool) -> Picture:
    """Return bright patches of peak 1 over the sensor, (H, W, 1): soft, or the image of a window when `sharp`."""
    height, width = view.sensor_size
    rows, columns = -(-height // STEP) + 1, -(-width // STEP) + 1
    y, x = np.mgrid[0:rows, 0:columns] * float(STEP)
    field = np.zeros((rows, columns))
    for _ in range(spots):
        angle, side = rng.uniform(0, np.pi), max(height, width)
        dx, dy = x - rng.uniform(-0.1, 1.1) * width, y - rng.uniform(-0.1, 1.1) * height
        u, v = dx * np.cos(angle) + dy * np.sin(angle), -dx * np.sin(angle) + dy * np.cos(angle)
        a, b = rng.uniform(0.04, 0.3) * side, rng.uniform(0.03, 0.2) * side
        power = 8.0 if sharp and rng.uniform() < 0.5 else 2.0
        field += rng.uniform(0.3, 1.0) * np.exp(-(np.abs(u / a) ** power) - np.abs(v / b) ** power)
    return spread(field[..., None], view.sensor_size)


def draw_gradient(rng: np.random.Generator, view: SheetView, depth: float) -> Picture:
    """Return a linear change of gain over the sensor, (H, W), from 1 - depth/2 to 1 + depth/2."""
    height, width = view.sensor_size
    angle = rng.uniform(0, 2 * np.pi)
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32) * np.float32(depth * np.cos(angle))
    y = np.linspace(-0.5, 0.5, height, dtype=np.float32) * np.float32(depth * np.sin(angle))
    return (1.0 + y)[:, None] + x[None, :]
