"""Follow a film of slides without codes: old recordings, of which only the film and the list of names are left.

1. *Where is the screen?* Features (SIFT) of some frames are matched to the photographs; the frame that agrees with one
   best gives the homography, whichever way up the camera was. It is renewed as the hand moves.
2. *What does each frame look like?* Its rectified picture is compared with every photograph.
3. *Which slide can it be?* Slides come in order. The path through time that gains the most likeness, staying or
   moving forward, is found by dynamic programming; it needs no clock, so drift, lost seconds, an unknown frame rate
   and a lead-in of any length do not matter.
4. A frame counts for its slide only if it looks like it *and* no more like another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib import images
from liveliness_lib.dataset.matching import descriptor, rectify
from liveliness_lib.dataset.order import Order
from liveliness_lib.dataset.sightings import LOOKS_PER_SLIDE, FilmNotes, Sighting, frame_step
from liveliness_lib.dataset.slide_codes import map_points

LIKE = 0.55
"""Likeness from which a frame may show a photograph; unrelated ones stay below about 0.4."""
MARGIN = 0.08
"""How much less like every other photograph it must be."""
LEAST_INLIERS = 12
"""Feature matches that must agree on one homography; by chance about six do."""
STALE = 0.01
"""The homography is found anew once a slide, and again where the likeness has fallen by this much since."""
FEATURE_SIDE = 480
MOST_PHOTOS_TRIED = 150


@dataclass(frozen=True)
class Look:
    """What one look at the film found: likeness to every slide, and the homography used (None: no screen known yet)."""

    index: int
    likeness: NDArray[np.float16]
    homography: NDArray[np.float64] | None


def watch_content(
    video: str | os.PathLike[str], order: Order, notes: FilmNotes, *, progress: bool = False
) -> Iterator[Sighting]:
    """Yield the frames of a film with the slide that each shows, told by what is on it.

    The film is read twice: once to look, once to yield. Between the two only one row of likenesses a look is kept
    (2 bytes per slide).

    Parameters
    ----------
    video
        The film.
    order
        Of the slides, with or without codes.
    notes
        Is filled in on the way.
    """
    step = frame_step(video, LOOKS_PER_SLIDE * order.slides_per_second)
    looks = {look.index: look for look in look_at_film(video, order, step, progress)}
    likeness = np.array([look.likeness for look in looks.values()]).reshape(-1, len(order.slides))
    path = best_path(likeness)
    slides = dict(zip(looks, _certain(likeness, path), strict=True))
    for frame in images.iter_video_frames(video, step=step):
        slide = slides.get(frame.index, -1)
        notes.last_time_s = frame.time_s
        notes.frames["a slide" if slide >= 0 else "no slide"] += 1
        where = looks[frame.index].homography if slide >= 0 else None
        yield Sighting(frame.index, frame.time_s, frame.image, slide if slide >= 0 else None, where)


def _certain(likeness: NDArray[np.float16], path: NDArray[np.int64]) -> list[int]:
    """Return the slide of each look, or -1 where it is not like it or as much like another."""
    certain = []
    for row, slide in zip(likeness.astype(float), path, strict=True):
        mine = row[slide]
        others = np.delete(row, slide)
        sure = mine >= LIKE and mine - others.max(initial=-1.0) >= MARGIN
        certain.append(int(slide) if sure else -1)
    return certain


def best_path(likeness: NDArray[np.floating], step_cost: float = 0.2, skip_cost: float = 0.3) -> NDArray[np.int64]:
    """Return the slide of each look on the path that gains the most likeness while it never goes back.

    Parameters
    ----------
    likeness
        (looks, slides).
    step_cost, skip_cost
        Of going on to the next slide, and of every slide passed over, in units of likeness.

    Returns
    -------
    ndarray, shape (looks,)

    Examples
    --------
    >>> best_path(np.array([[.9, .1, .1], [.2, .8, .1], [.8, .4, .1], [.1, .1, .9]])).tolist()
    [0, 1, 1, 2]
    """
    looks, slides = likeness.shape
    number = np.arange(slides)
    value = np.maximum(likeness[0].astype(float) - 0.3, 0) if looks else np.zeros(slides)
    came_from = np.zeros((looks, slides), np.int32)
    for look in range(1, looks):
        # going from i to j > i costs step + skip * (j - i - 1): the best i for every j is a running maximum
        potential = value + skip_cost * number
        best = np.maximum.accumulate(potential)
        at = np.maximum.accumulate(np.where(potential >= best, number, 0))
        moved = np.concatenate([[-np.inf], best[:-1] - step_cost + skip_cost - skip_cost * number[1:]])
        source = np.concatenate([[0], at[:-1]])
        stays = value >= moved
        came_from[look] = np.where(stays, number, source)
        # likeness counts from 0.3: frames of something else gain nothing, wherever the path stands
        value = np.where(stays, value, moved) + np.maximum(likeness[look].astype(float) - 0.3, 0)
    path = np.zeros(looks, np.int64)
    if looks:
        path[-1] = int(np.argmax(value))
    for look in range(looks - 1, 0, -1):
        path[look - 1] = came_from[look, path[look]]
    return path


def look_at_film(video: str | os.PathLike[str], order: Order, step: int, progress: bool = False) -> Iterator[Look]:
    """Yield the likeness of every `step`-th frame to every slide."""
    from tqdm.auto import tqdm

    photos = _Photos(order)
    frames = tqdm(
        images.iter_video_frames(video, step=step, grey=True), desc="look", unit="frame", disable=not progress
    )
    where, missed, renewed = None, LOOKS_PER_SLIDE, (-1, 0.0)
    for number, frame in enumerate(frames):
        if where is None and missed >= LOOKS_PER_SLIDE // 2:
            where, missed = photos.locate(frame.image), 0
        likeness = photos.likeness(frame.image, where)
        best, slide = float(likeness.max(initial=0)), int(likeness.argmax())
        stale = slide != renewed[0] or best < renewed[1] - STALE
        if where is not None and best >= LIKE and number % LOOKS_PER_SLIDE in (3, 8) and stale:
            where = photos.renew(frame.image, slide, where)
            renewed = slide, float(photos.likeness(frame.image, where)[slide])
        missed = 0 if best >= LIKE else missed + 1
        if missed > 2 * LOOKS_PER_SLIDE:
            where = None  # the camera moved too far, or what was found was no screen
        yield Look(frame.index, likeness.astype(np.float16), where)


class _Photos:
    """Hold what is compared with the frames: descriptors of all photographs, features of those lately used."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.descriptors = np.stack([descriptor(images.read_image(slide.path)) for slide in order.slides])
        self.sift = cv2.SIFT.create(nfeatures=700)
        self.features = lru_cache(maxsize=MOST_PHOTOS_TRIED)(self._features)
        boxes = np.array([slide.box for slide in order.slides])
        self.same_box = bool((boxes == boxes[0]).all())

    def likeness(self, frame: NDArray[np.uint8], where: NDArray[np.float64] | None) -> NDArray[np.float32]:
        if where is None:
            return np.zeros(len(self.order.slides), np.float32)
        if self.same_box:
            seen = descriptor(rectify(frame, where, self.order.slides[0].box, (128, 128)))
            return self.descriptors @ seen
        boxes = {slide.box: None for slide in self.order.slides}
        seen_in = {box: descriptor(rectify(frame, where, box, (128, 128))) for box in boxes}
        pairs = zip(self.descriptors, self.order.slides, strict=True)
        return np.array([mine @ seen_in[slide.box] for mine, slide in pairs], np.float32)

    def locate(self, frame: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        """Return the homography of the photograph that agrees with the frame best, or None."""
        seen = self._describe(frame)
        stride = max(1, len(self.order.slides) // MOST_PHOTOS_TRIED)
        found = [self._fit(seen, slide) for slide in range(0, len(self.order.slides), stride)]
        inliers, best = max(found, key=lambda one: one[0])
        return best if inliers >= LEAST_INLIERS else None

    def renew(self, frame: NDArray[np.uint8], slide: int, where: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a newer homography, if the photograph that is on screen gives one that is not worse."""
        inliers, fresh = self._fit(self._describe(frame), slide)
        if fresh is None or inliers < LEAST_INLIERS:
            return where
        likeness = [self.likeness(frame, h)[slide] for h in (where, fresh)]
        return fresh if likeness[1] > likeness[0] else where

    def _describe(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float32] | None, float]:
        grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        scale = min(1.0, FEATURE_SIDE / max(grey.shape))
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
        points, described = self.sift.detectAndCompute(small, None)
        places = (np.array([p.pt for p in points], float).reshape(-1, 2) + 0.5) / scale
        return places, None if described is None else np.asarray(described, np.float32), scale

    def _features(self, slide: int) -> tuple[NDArray[np.float64], NDArray[np.float32] | None]:
        photo = images.read_image(self.order.slides[slide].path)
        points, described, _ = self._describe(photo)
        x0, y0, x1, y1 = self.order.slides[slide].box
        scale = np.array([(x1 - x0) / photo.shape[1], (y1 - y0) / photo.shape[0]])
        return points * scale + [x0, y0], described

    def _fit(
        self, seen: tuple[NDArray[np.float64], NDArray[np.float32] | None, float], slide: int
    ) -> tuple[int, NDArray[np.float64] | None]:
        points, described, scale = seen
        mine, my_described = self.features(slide)
        if described is None or my_described is None or min(len(described), len(my_described)) < LEAST_INLIERS:
            return 0, None
        pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(my_described, described, k=2)
        good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < 0.8 * p[1].distance]
        if len(good) < LEAST_INLIERS:
            return 0, None
        source, target = mine[[m.queryIdx for m in good]], points[[m.trainIdx for m in good]]
        fit, inside = cv2.findHomography(source, target, cv2.RANSAC, 3.0 / scale, maxIters=2000)
        if fit is None or not _is_a_view(found := np.asarray(fit, float), self.order):
            return 0, None
        return int(np.asarray(inside).sum()), found


def _is_a_view(homography: NDArray[np.float64], order: Order) -> bool:
    """Tell a screen seen by a camera from a chance fit: convex, not mirrored, not a sliver."""
    height, width = order.canvas
    corners = map_points(homography, [[0, 0], [width, 0], [width, height], [0, height]])
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    lengths = np.linalg.norm(edges, axis=1)
    opposite = max(lengths[0] / lengths[2], lengths[2] / lengths[0], lengths[1] / lengths[3], lengths[3] / lengths[1])
    return bool((turns > 0).all() and lengths.min() > 24 and opposite < 2)
