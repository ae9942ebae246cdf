"""Read a film frame by frame: upright, time-stamped, in the memory of one frame."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib.images.errors import DEFAULT_LIMITS, ImageLimits, ImageReadError, VideoReadError, printable
from liveliness_lib.images.pixels import from_bgr
from liveliness_lib.images.sniff import sniff_video
from liveliness_lib.images.sources import read_head

_log = logging.getLogger(__name__)
_TIMEOUT_MS = 10_000


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """One frame of a film.

    Attributes
    ----------
    index : int
        Counted from 0 in the order of showing, also over frames that were skipped.
    time_s : float
        When it is shown, in seconds from the film's start, from the container's own time stamps (films from
        phones have no constant rate).
    image : ndarray, shape (H, W, 3) or (H, W), uint8
        RGB or luma, turned upright by the rotation that the container states.
    """

    index: int
    time_s: float
    image: NDArray[np.uint8]


def iter_video_frames(
    path: str | os.PathLike[str],
    *,
    step: int = 1,
    start_s: float = 0.0,
    stop_s: float | None = None,
    max_frames: int | None = None,
    grey: bool = False,
    limits: ImageLimits = DEFAULT_LIMITS,
) -> Iterator[VideoFrame]:
    """Yield the frames of a film, one in memory at a time.

    The film is opened at the call, so that a wrong path is known before the first frame is asked for.

    Parameters
    ----------
    path : str or path
        MP4, MOV, AVI, Matroska, WebM, MPEG or Ogg, told by its content. Read through OpenCV's FFmpeg.
    step : int
        Keep one frame in every `step`; those between are decoded, not converted.
    start_s, stop_s : float
        Keep frames with ``start_s <= time_s < stop_s``, in seconds.
    max_frames : int, optional
        Stop after this many kept frames.
    grey : bool
        Give the luma only, (H, W), in half the time; as OpenCV computes it from RGB.
    limits : ImageLimits
        `max_pixels` bounds one frame. `max_bytes` does not apply: a film is never read whole.

    Yields
    ------
    VideoFrame

    Raises
    ------
    VideoReadError
        Missing, no regular file, empty, no film, frames too large, or not one frame decodes. A film that is cut
        off yields what it has.
    """
    if step < 1 or (max_frames is not None and max_frames < 1):
        raise ValueError(f"expected step and max_frames of at least 1. Received: {step} and {max_frames}")
    source = os.fsdecode(path)
    capture = _open(source, limits)
    frames = _frames(capture, source, step, start_s, math.inf if stop_s is None else stop_s, grey)
    return frames if max_frames is None else _first(frames, max_frames)


def stated_length_s(path: str | os.PathLike[str]) -> float:
    """Return how long a film says it is, in seconds; NaN where it does not. One that was cut off has less.

    Raises
    ------
    VideoReadError
        As :func:`iter_video_frames`.
    """
    capture = _open(os.fsdecode(path), DEFAULT_LIMITS)
    try:
        frames, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
    finally:
        capture.release()
    return frames / rate if frames > 0 and rate > 0 else math.nan


def _open(source: str, limits: ImageLimits) -> cv2.VideoCapture:
    try:
        head = read_head(source, 400)
    except ImageReadError as error:
        raise VideoReadError(error.source, error.reason) from None
    if sniff_video(head) is None:
        reason = f"is not a film; expected MP4, AVI, Matroska or MPEG. Received: first bytes {head[:8]!r}"
        raise VideoReadError(source, reason)
    # The absolute path keeps FFmpeg from taking a name such as "http:x.mp4" for an address.
    timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _TIMEOUT_MS]
    capture = cv2.VideoCapture(str(Path(source).absolute()), cv2.CAP_FFMPEG, timeouts)
    if not capture.isOpened():
        raise VideoReadError(source, "is a truncated or damaged film, or its codec is unknown to FFmpeg")
    width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    if width * height > limits.max_pixels:
        capture.release()
        raise VideoReadError(
            source, f"has frames of more than the {limits.max_pixels:,} pixels accepted. Received: {width} x {height}"
        )
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def _frames(
    capture: cv2.VideoCapture, source: str, step: int, start_s: float, stop_s: float, grey: bool
) -> Iterator[VideoFrame]:
    index = 0
    try:
        while capture.grab():
            time_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
            if time_s >= stop_s:
                return
            if index % step == 0 and time_s >= start_s:
                decoded, frame = capture.retrieve()
                if decoded and frame is not None:
                    image = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)) if grey else from_bgr(frame)
                    yield VideoFrame(index, time_s, image)
                else:
                    _log.warning("%s: frame %d is damaged and left out", printable(source), index)
            index += 1
        if index == 0:
            raise VideoReadError(source, "is a damaged film: not one frame could be decoded")
    finally:
        capture.release()


def _first(frames: Iterator[VideoFrame], count: int) -> Iterator[VideoFrame]:
    for number, frame in enumerate(frames, start=1):
        yield frame
        if number == count:
            return
