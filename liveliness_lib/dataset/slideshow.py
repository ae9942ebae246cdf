"""From a folder of photographs to a film of slides that each carry their own name."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from liveliness_lib import images
from liveliness_lib.dataset.calibration import draw_calibration
from liveliness_lib.dataset.film_writer import write_film
from liveliness_lib.dataset.manifest import load_table
from liveliness_lib.dataset.order import Order, Slide, hash_file, write_order
from liveliness_lib.dataset.slide_codes import LEAD_IN, LEAD_OUT, MOST_SLIDES, draw_codes
from liveliness_lib.dataset.slide_layout import SlideLayout, choose_canvas, fit_box

log = logging.getLogger(__name__)

BAND_GREY = 190
"""Background of the codes: light enough to read them, dark enough not to govern a phone's exposure."""


class SlideshowError(ValueError):
    """Some photographs cannot be shown; the message names each of them."""


@dataclass(frozen=True)
class Photo:
    """A photograph to be shown: its file, its name in the order, who is in it."""

    path: Path
    name: str
    subject: str
    session: str = ""


@dataclass(frozen=True)
class Slideshow:
    """A finished slideshow: the film, its order, both order files, and the photographs left out with the reason."""

    film: Path
    order: Order
    order_text: Path
    order_json: Path
    left_out: tuple[tuple[str, str], ...]


def find_photos(sources: Sequence[str | os.PathLike[str]]) -> list[Photo]:
    """List the photographs of files, folders and manifests, each once, in the order given (folders sorted by path).

    Of a manifest only the real pictures are taken, with their subject and session. In a folder the sub-folder is the
    subject; a photograph without one is a subject of its own.

    Raises
    ------
    FileNotFoundError, ValueError
        A source does not exist, or there is no photograph at all.
    """
    found: dict[Path, Photo] = {}
    for source in map(Path, sources):
        if not source.exists():
            raise FileNotFoundError(f"{source}: expected photographs, a folder of them, or a manifest")
        for photo in _of_source(source):
            found.setdefault(photo.path, photo)
    if not found:
        raise ValueError(f"expected at least one photograph. Received: {[str(s) for s in sources]} without one")
    return _with_unique_names(list(found.values()))


def _of_source(source: Path) -> Iterable[Photo]:
    if source.suffix.lower() == ".csv" or (source / "manifest.csv").is_file():
        table = load_table(source)
        for row in table[table["label"] == "real"].to_dict("records"):
            path = Path(row["path"])
            yield Photo(path.resolve(), path.name, row["subject"], row["session"])
    elif source.is_dir():
        for path in images.list_images(source):
            inside = path.relative_to(source)
            yield Photo(
                path.resolve(), inside.as_posix(), inside.parent.as_posix() if inside.parent.parts else path.stem
            )
    else:
        yield Photo(source.resolve(), source.name, source.stem)


def _with_unique_names(photos: list[Photo]) -> list[Photo]:
    """Where two names collide, name all by their paths below the folder that holds everything."""
    if len({photo.name for photo in photos}) == len(photos):
        return photos
    root = Path(os.path.commonpath([str(photo.path.parent) for photo in photos]))
    return [Photo(p.path, p.path.relative_to(root).as_posix(), p.subject, p.session) for p in photos]


def make_slideshow(
    photos: Sequence[Photo],
    out: str | os.PathLike[str],
    *,
    slides_per_second: float = 1.0,
    canvas: tuple[int, int] | None = None,
    codes: bool = True,
    lead_in_s: float = 3.0,
    lead_out_s: float = 1.0,
    skip_unreadable: bool = False,
    progress: bool = True,
) -> Slideshow:
    """Write ``slideshow.mp4``, ``order.txt`` and ``order.json`` into `out`.

    Parameters
    ----------
    photos
        As :func:`find_photos` lists them; sizes may differ, each is letterboxed.
    slides_per_second
        1: each photograph stands for a second.
    canvas
        ``(height, width)`` of a slide; upright or lying full HD, as most photographs are, if None.
    codes
        Draw the codes by which a filmed slide names itself.
    lead_in_s, lead_out_s
        How long the calibration pattern stands, in seconds; without codes there is none.
    skip_unreadable
        Leave out photographs that cannot be read and say so, instead of raising.

    Raises
    ------
    SlideshowError
        Names every photograph that cannot be read; no film is left behind.
    """
    if not photos or len(photos) > MOST_SLIDES or slides_per_second <= 0:
        raise ValueError(
            f"expected 1 to {MOST_SLIDES} photographs and a positive rate. Received: {len(photos)}, {slides_per_second}"
        )
    folder = Path(out)
    sizes, left_out = _check_photos(photos, progress)
    if left_out and (not skip_unreadable or not sizes):
        listed = "; ".join(f"{name}: {reason}" for name, reason in left_out[:10])
        remedy = "; --skip-unreadable (skip_unreadable=True) makes the show of the others" if sizes else ""
        raise SlideshowError(f"{len(left_out)} of {len(photos)} photographs cannot be read: {listed}{remedy}")
    layout = SlideLayout(canvas or choose_canvas(list(sizes.values())), codes)
    shown = [_slide(photo, size, layout) for photo, size in sizes.items()]
    leads = (lead_in_s, lead_out_s) if codes else (0.0, 0.0)
    order = Order(tuple(shown), layout.canvas, slides_per_second, *leads, codes)
    folder.mkdir(parents=True, exist_ok=True)
    _write(order, folder / "slideshow.mp4", progress)
    return Slideshow(folder / "slideshow.mp4", order, *write_order(order, folder), tuple(left_out))


def _check_photos(
    photos: Sequence[Photo], progress: bool
) -> tuple[dict[Photo, tuple[int, int]], list[tuple[str, str]]]:
    from tqdm.auto import tqdm

    sizes: dict[Photo, tuple[int, int]] = {}
    left_out = []
    for photo in tqdm(photos, desc="check", unit="photo", disable=not progress):
        try:
            sizes[photo] = images.read_image(photo.path).shape[:2]
        except images.ImageReadError as error:
            log.warning("left out: %s", error)
            left_out.append((str(photo.path), error.reason))
    return sizes, left_out


def _slide(photo: Photo, size: tuple[int, int], layout: SlideLayout) -> Slide:
    box = fit_box(layout.photo_area, size)
    return Slide(photo.name, str(photo.path), hash_file(photo.path), box, photo.subject, photo.session)


def _write(order: Order, film: Path, progress: bool) -> None:
    from tqdm.auto import tqdm

    with ExitStack() as stack:
        add = stack.enter_context(write_film(film, order.canvas, order.slides_per_second, quality=16, keyframe_every=1))
        for _ in range(math.ceil(order.lead_in_s * order.slides_per_second)):
            add(draw_slide(order, LEAD_IN))
        for number in tqdm(range(len(order.slides)), desc="slides", unit="slide", disable=not progress):
            add(draw_slide(order, number))
        for _ in range(math.ceil(order.lead_out_s * order.slides_per_second)):
            add(draw_slide(order, LEAD_OUT))


def draw_slide(order: Order, number: int) -> NDArray[np.uint8]:
    """Return slide `number` of an order, or its calibration pattern (`LEAD_IN`, `LEAD_OUT`); (H, W, 3) uint8."""
    layout = order.layout
    canvas = np.zeros((*order.canvas, 3), np.uint8)
    if layout.codes:
        for x0, y0, x1, y1 in layout.band_boxes:
            canvas[int(y0) : int(y1), int(x0) : int(x1)] = BAND_GREY
    if number in (LEAD_IN, LEAD_OUT):
        draw_calibration(canvas, layout)
    else:
        x0, y0, x1, y1 = (int(v) for v in order.slides[number].box)
        photo = images.read_image(order.slides[number].path)
        canvas[y0:y1, x0:x1] = images.resize_image(photo, (y1 - y0, x1 - x0))
    if layout.codes:
        draw_codes(canvas, layout, number, order.deck)
        _draw_counter(canvas, order, number)
    return canvas


def _draw_counter(canvas: NDArray[np.uint8], order: Order, number: int) -> None:
    """Write the number for people, and a bar that is black on every other slide, between the codes of the bands."""
    layout = order.layout
    first, second = layout.band_boxes
    said = f"{number + 1}/{len(order.slides)}" if number < MOST_SLIDES else ("start" if number == LEAD_IN else "end")
    size: dict[str, Any] = {"fontFace": cv2.FONT_HERSHEY_SIMPLEX, "fontScale": layout.marker / 60, "thickness": 2}
    (width, height), _ = cv2.getTextSize(said, **size)
    x, y = (first[0] + first[2] - width) / 2, (first[1] + first[3] + height) / 2
    cv2.putText(canvas, said, (int(x), int(y)), color=(0, 0, 0), lineType=cv2.LINE_AA, **size)
    middle_x, middle_y, half = (second[0] + second[2]) / 2, (second[1] + second[3]) / 2, layout.marker // 4
    colour = (0, 0, 0) if number % 2 else (255, 255, 255)
    low, high = ((int(middle_x + s * half), int(middle_y + s * half)) for s in (-1, 1))
    cv2.rectangle(canvas, low, high, colour, -1)
