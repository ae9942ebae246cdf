"""A filmed screen without a camera: what a hand-held phone would record of a slideshow, with the truth beside it.

Meant for what goes wrong *between* frames: clocks that differ, frames lost and doubled, hands that shake, exposure
that settles, shutters that roll. What goes wrong within one (moire, sub-pixels, noise, codecs) is the camera
simulator's part, and may be put underneath: with a `screen` and a `camera` every slide is recaptured by it once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveliness_lib import images
from liveliness_lib.dataset.film_writer import write_film
from liveliness_lib.dataset.matching import centre_pixels
from liveliness_lib.dataset.order import Order
from liveliness_lib.dataset.slide_codes import LEAD_IN, LEAD_OUT, MOST_SLIDES
from liveliness_lib.dataset.slideshow import draw_slide

ROOM = -1
"""Number of what the camera sees before and after the slideshow plays: a screen that is off."""


@dataclass(frozen=True)
class Filming:
    """How a slideshow is filmed.

    Attributes
    ----------
    image_size
        ``(height, width)`` of the film in pixels, both even, before `turned`.
    frames_per_second
        As the file claims.
    drift
        The player's clock runs fast by this fraction, wandering by a tenth of it.
    dropped, doubled
        Shares of frames lost and repeated; the file's clock does not know of either.
    shake
        Standard deviation of the hand's slow movement, as a share of the film's width.
    bursts
        Share of the seconds in which the hand shakes five times as much.
    tilt
        Degrees by which the screen is seen from the side.
    fill
        Share of the film that the slide fills.
    turned
        Degrees, 0, 90, 180 or 270, by which the film lies turned clockwise.
    exposure_s, readout_s
        Of one frame, and from its first row to its last.
    settling
        Exposure error at the start and after each change of slide, in stops; it halves every third of a second.
    banding
        Depth of the bands that the screen's flicker leaves.
    noise
        Standard deviation in grey levels.
    before_s, after_s
        The room before the player starts and after it ends, in seconds.
    gamma, gain, tint
        Of screen and camera together: filmed = gain * shown ** gamma, times the tint of (R, G, B).
    quality
        x264's constant rate factor.
    screen, camera
        Names of simulated devices through which every slide goes first; empty for none.
    """

    image_size: tuple[int, int] = (640, 360)
    frames_per_second: float = 30.0
    drift: float = 0.03
    dropped: float = 0.05
    doubled: float = 0.01
    shake: float = 0.004
    bursts: float = 0.05
    tilt: float = 6.0
    fill: float = 0.86
    turned: int = 0
    exposure_s: float = 1 / 60
    readout_s: float = 1 / 60
    settling: float = 0.3
    banding: float = 0.06
    noise: float = 2.5
    before_s: float = 1.5
    after_s: float = 0.5
    gamma: float = 1.15
    gain: float = 0.92
    tint: tuple[float, float, float] = (0.95, 0.98, 1.04)
    quality: int = 23
    screen: str = ""
    camera: str = ""

    def __post_init__(self) -> None:
        if self.turned % 90 or not 0 <= self.dropped < 1 or not 0 <= self.doubled < 1 or self.frames_per_second <= 0:
            raise ValueError(f"expected turned by quarters, shares below 1, a positive rate. Received: {self}")


def draw_filming(seed: int, **fixed: Any) -> Filming:
    """Draw a way of filming: another hand, light, angle and screen for each seed; `fixed` attributes stay as given."""
    rng = np.random.default_rng(seed)
    drawn = Filming(
        drift=float(rng.choice([-1, 1]) * 0.03),
        shake=float(rng.uniform(0.002, 0.006)),
        tilt=float(rng.uniform(-12, 12)),
        fill=float(rng.uniform(0.78, 0.92)),
        turned=int(rng.choice([0, 90, 180, 270])),
        settling=float(rng.uniform(0.0, 0.6)),
        banding=float(rng.uniform(0.0, 0.15)),
        noise=float(rng.uniform(1, 5)),
        before_s=float(rng.uniform(0, 4)),
        gamma=float(rng.uniform(0.9, 1.4)),
        gain=float(rng.uniform(0.75, 1.0)),
        tint=(float(rng.uniform(0.9, 1.06)), float(rng.uniform(0.92, 1.04)), float(rng.uniform(0.9, 1.08))),
    )
    return replace(drawn, **fixed)


def film_slideshow(
    order: Order, film: str | os.PathLike[str], filming: Filming, *, seed: int, progress: bool = False
) -> pd.DataFrame:
    """Film a slideshow with a simulated hand and write the film.

    Parameters
    ----------
    order
        What is played.
    film
        An MP4 file.
    filming
        How.
    seed
        Of every chance event.

    Returns
    -------
    DataFrame
        One row per frame of the file: ``frame``, ``time_s`` (as the file says), ``slide`` (index; `LEAD_IN`,
        `LEAD_OUT`, or `ROOM`), ``mixed`` (True where part of the frame still shows the slide before).
    """
    from tqdm.auto import tqdm

    rng = np.random.default_rng(seed)
    captured = _captured_times(order, filming, rng)
    turned = filming.image_size if filming.turned % 180 == 0 else filming.image_size[::-1]
    studio = _Studio(order, filming, rng, len(captured))
    rows = []
    with write_film(film, turned, filming.frames_per_second, quality=filming.quality, preset="ultrafast") as add:
        for number, at in enumerate(tqdm(captured, desc="film", unit="frame", disable=not progress)):
            image, slide, mixed = studio.frame(number, at)
            add(_turned(image, filming.turned))
            rows.append((number, number / filming.frames_per_second, slide, mixed))
    return pd.DataFrame(rows, columns=["frame", "time_s", "slide", "mixed"])


def _turned(image: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """Turn a picture clockwise by quarters; several times faster than a copy of NumPy's strided view."""
    turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    code = turns.get(degrees % 360)
    return image if code is None else np.asarray(cv2.rotate(image, code), np.uint8)


def _captured_times(order: Order, filming: Filming, rng: np.random.Generator) -> list[float]:
    """Return the player's clock at each frame of the file: drift, losses and repeats are in here."""
    length = order.lead_in_s + len(order.slides) / order.slides_per_second + order.lead_out_s
    count = int((filming.before_s + length + filming.after_s) * filming.frames_per_second * (1 - min(filming.drift, 0)))
    wander = np.cumsum(rng.normal(0, 1, count))
    wander = 0.1 * abs(filming.drift) * wander / max(np.abs(wander).max(initial=0), 1e-9)
    clock = np.cumsum((1 + filming.drift + wander) / filming.frames_per_second) - filming.before_s
    kept = clock[rng.random(count) >= filming.dropped]
    return [float(v) for v in np.repeat(kept, 1 + (rng.random(len(kept)) < filming.doubled))]


class _Studio:
    """Hold what one filming session needs from frame to frame."""

    def __init__(self, order: Order, filming: Filming, rng: np.random.Generator, frames: int) -> None:
        self.order, self.filming, self.rng = order, filming, rng
        self.view = _view(order.canvas, filming)
        self.sway = _sway(frames, filming, rng)
        self.noise = _noise_bank(filming, rng)
        self.screen = lru_cache(maxsize=3)(self._screen)
        self.changes = _changes(order)

    def frame(self, number: int, at: float) -> tuple[NDArray[np.uint8], int, bool]:
        """Return the frame at player time `at`, what it shows, and whether it shows two slides."""
        start, end = at, at + self.filming.exposure_s + self.filming.readout_s
        first, last = self._shown(start), self._shown(end)
        image = self._seen(last, number)
        if first != last:
            change = self.changes[np.searchsorted(self.changes, start, side="right")]
            image = self._blend(self._seen(first, number), image, start, change)
        return self._expose(image, number, at), last, first != last

    def _shown(self, at: float) -> int:
        order = self.order
        slides_s = len(order.slides) / order.slides_per_second
        if at < 0 or at >= order.lead_in_s + slides_s + order.lead_out_s:
            return ROOM
        if at < order.lead_in_s:
            return LEAD_IN
        number = int((at - order.lead_in_s) * order.slides_per_second)
        return number if number < len(order.slides) else LEAD_OUT

    def _screen(self, slide: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Return what stands on the screen with the homography from it to the film at rest."""
        if slide == ROOM:
            return np.full((*self.order.canvas, 3), 12, np.uint8), self.view
        image = draw_slide(self.order, slide)
        if self.filming.screen:
            return _recaptured(image, self.filming)
        share = _shrink(self.order.canvas, self.filming)
        small = images.resize_image(image, (round(image.shape[0] * share), round(image.shape[1] * share)))
        scale = np.diag([self.order.canvas[1] / small.shape[1], self.order.canvas[0] / small.shape[0], 1.0])
        return small, self.view @ scale

    def _seen(self, slide: int, number: int) -> NDArray[np.uint8]:
        image, view = self.screen(slide)
        height, width = self.filming.image_size
        moved = centre_pixels(self.sway[number] @ view)
        seen = cv2.warpPerspective(image, moved, (width, height), borderValue=(58, 54, 50))
        return _motion_blur(np.asarray(seen, np.uint8), self.sway, number, self.filming)

    def _blend(self, old: NDArray[np.uint8], new: NDArray[np.uint8], start: float, change: float) -> NDArray[np.uint8]:
        """Show the new slide in each row for the part of its exposure that came after the change."""
        rows = np.linspace(0, self.filming.readout_s, len(old)) + start
        share = np.clip((rows + self.filming.exposure_s - change) / self.filming.exposure_s, 0, 1)[:, None, None]
        return (old * (1 - share) + new * share + 0.5).astype(np.uint8)

    def _expose(self, image: NDArray[np.uint8], number: int, at: float) -> NDArray[np.uint8]:
        filming = self.filming
        since = max(0.0, at - max((c for c in self.changes if c <= at), default=at))
        sign = 1 if int(at * 7919) % 2 else -1
        gain = filming.gain * 2 ** (sign * filming.settling * 0.5 ** (since / 0.33))
        shown = np.linspace(0, 1, 256) ** filming.gamma * 255 * gain
        table = np.clip(shown[:, None] * np.array(filming.tint), 0, 255).astype(np.uint8)
        light = cv2.LUT(image, table[None])
        bands = 1 + filming.banding * np.cos(np.arange(len(image)) / len(image) * 2 * np.pi * 2.3 + number * 1.7)
        light = cv2.multiply(light, np.broadcast_to(bands[:, None, None], light.shape).copy(), dtype=cv2.CV_8U)
        y, x = self.rng.integers(0, 64, 2)
        height, width = filming.image_size
        noisy = cv2.add(light, self.noise[y : y + height, x : x + width], dtype=cv2.CV_8U)
        return np.asarray(noisy, np.uint8)


def _changes(order: Order) -> NDArray[np.float64]:
    slides = order.lead_in_s + np.arange(len(order.slides) + 1) / order.slides_per_second
    return np.unique(np.concatenate([[0.0], slides, [slides[-1] + order.lead_out_s, np.inf]]))


def _shrink(canvas: tuple[int, int], filming: Filming) -> float:
    return min(1.0, filming.fill * max(filming.image_size) / max(canvas) * 1.1)


def _view(canvas: tuple[int, int], filming: Filming) -> NDArray[np.float64]:
    """Look at a slide of size `canvas` so that it fills `fill` of the frame, seen `tilt` degrees from the side."""
    height, width = filming.image_size
    zoom = filming.fill * min(height / canvas[0], width / canvas[1])
    angle, focal = np.radians(filming.tilt), 1.2 * max(height, width)
    centred = np.array([[zoom, 0, -zoom * canvas[1] / 2], [0, zoom, -zoom * canvas[0] / 2], [0, 0, 1]])
    seen = np.array([[np.cos(angle), 0, 0], [0, 1, 0], [np.sin(angle) / focal, 0, 1]])
    return np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]]) @ seen @ centred


def _sway(frames: int, filming: Filming, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a (frames, 3, 3) movement of the hand: smooth noise in shift, roll and distance, with bursts."""
    height, width = filming.image_size
    loud = np.repeat(
        rng.random(int(frames / filming.frames_per_second) + 2) < filming.bursts, int(filming.frames_per_second)
    )
    strength = np.where(loud, 5.0, 1.0)[:frames]
    signals = _smooth(rng, frames, 1.2 * filming.frames_per_second) + 0.25 * strength * _smooth(rng, frames, 3.0)
    x, y, roll, zoom = signals * filming.shake * np.array([[width], [width], [1.0], [1.0]])
    moves = np.zeros((frames, 3, 3))
    moves[:, 0, 0] = moves[:, 1, 1] = 1 + zoom
    moves[:, 0, 1], moves[:, 1, 0] = -roll, roll
    moves[:, 0, 2] = x - zoom * width / 2 + roll * height / 2
    moves[:, 1, 2] = y - zoom * height / 2 - roll * width / 2
    moves[:, 2, 2] = 1
    return moves


def _smooth(rng: np.random.Generator, frames: int, sigma: float) -> NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter1d

    noise = gaussian_filter1d(rng.normal(0, 1, (4, frames + 8)), sigma, axis=1, mode="wrap")[:, :frames]
    return noise / max(float(noise.std()), 1e-9)


def _motion_blur(
    image: NDArray[np.uint8], sway: NDArray[np.float64], number: int, filming: Filming
) -> NDArray[np.uint8]:
    """Smear along the hand's movement during the exposure."""
    other = sway[min(number + 1, len(sway) - 1)]
    dx, dy = (other - sway[number])[:2, 2] * filming.exposure_s * filming.frames_per_second
    length = float(np.hypot(dx, dy))
    if length < 0.7:
        return image
    size = int(np.ceil(length)) * 2 + 1
    kernel = np.zeros((size, size), np.float32)
    middle = size // 2
    first, last = ((round(middle + s * dx / 2), round(middle + s * dy / 2)) for s in (-1, 1))
    cv2.line(kernel, first, last, (1.0,), 1)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)


def _noise_bank(filming: Filming, rng: np.random.Generator) -> NDArray[np.int16]:
    """Draw noise once, larger than a frame; each frame takes another window of it."""
    height, width = filming.image_size
    return rng.normal(0, filming.noise, (height + 64, width + 64, 3)).round().astype(np.int16)


def _recaptured(slide: NDArray[np.uint8], filming: Filming) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Take a slide through the simulated screen and camera, always from the same place."""
    from liveliness_lib.synthetic import recapture

    made = recapture.recapture_screen(
        slide, filming.screen, filming.camera, seed=20, image_size=filming.image_size, framing="device", codec="none"
    )
    return made.image, np.eye(3)


def frames_of(truth: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Yield (frame, slide) of the frames that show one slide and nothing else."""
    clean = truth[(truth["slide"] >= 0) & (truth["slide"] < MOST_SLIDES) & ~truth["mixed"]]
    return zip(clean["frame"].tolist(), clean["slide"].tolist(), strict=True)
