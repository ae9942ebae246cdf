"""Cut a filmed slideshow into pictures that carry their source's name: verified, resumable, in flat memory."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liveliness_lib import __version__, images
from liveliness_lib.dataset.alignment import watch_content
from liveliness_lib.dataset.calibration import ScreenMeasurement, measure_screen
from liveliness_lib.dataset.choosing import Chosen, Keep, Refused, choose_frames
from liveliness_lib.dataset.manifest import complete_columns, write_manifest
from liveliness_lib.dataset.order import Order, hash_file
from liveliness_lib.dataset.sightings import FilmNotes, watch_codes
from liveliness_lib.paths import atomic_path

log = logging.getLogger(__name__)


PNG_EFFORT = 4
"""Squeezing the pictures harder would take as long as decoding the film."""

UNSEEN = "never seen steady in the film"


class RecordingError(ValueError):
    """A film does not show this slideshow; the message says what it shows instead."""


@dataclass(frozen=True)
class Session:
    """What a person knows about a filming session and the film does not say.

    Attributes
    ----------
    device
        ``camera+screen``: what filmed and what played.
    light
        In a word: ``daylight``, ``lamp``, ``dark``.
    name
        Of the session; the film's name if empty.
    attack_type
        The PAI species.
    """

    device: str = ""
    light: str = ""
    name: str = ""
    attack_type: str = "screen"


@dataclass(frozen=True)
class CutReport:
    """What became of a film.

    Attributes
    ----------
    table
        The manifest of the pictures cut.
    unplaced
        Slide name to the reason why there is no picture of it.
    frames
        How many of the frames looked at showed a slide, two at once, none, …
    clock_drift
        By how much the player runs fast (positive) or slow against the camera's clock, as a fraction; NaN with
        fewer than three slides.
    screen
        Measured on the calibration pattern, or None.
    breaks_off
        ``(last, stated)`` in seconds: the film's last frame and the length it claims, where it was cut off; or None.
    """

    table: pd.DataFrame
    unplaced: dict[str, str]
    frames: dict[str, int]
    clock_drift: float
    screen: ScreenMeasurement | None
    breaks_off: tuple[float, float] | None = None


def cut_recording(
    video: str | os.PathLike[str],
    order: Order,
    out: str | os.PathLike[str],
    *,
    session: Session | None = None,
    keep: Keep = "crop",
    format: str = "png",
    by: str = "auto",
    progress: bool = True,
) -> CutReport:
    """Write one verified picture of each slide in `video` below `out`, and their manifest.

    What is finished is kept: after an interruption the same call goes on behind the last picture written. The
    manifest is written last, so a folder without one is unfinished.

    Parameters
    ----------
    video
        The film.
    order
        Of the slideshow it shows.
    out
        The folder of the pictures.
    session
        Device, light and name of the session.
    keep
        As in :func:`liveliness_lib.dataset.choosing.choose_frames`.
    format
        ``png``, ``jpg`` or ``webp``.
    by
        ``codes``, ``content`` (old recordings without codes), or ``auto``: as the order says.

    Raises
    ------
    RecordingError
        The film shows another slideshow or none.
    VideoReadError
        The film cannot be read.
    ValueError
        `out` holds the cuts of another film.
    """
    if by not in ("auto", "codes", "content") or keep not in ("crop", "photo", "frame"):
        raise ValueError(f"expected by auto, codes or content; keep crop, photo or frame. Received: {by!r}, {keep!r}")
    if format not in ("png", "jpg", "webp"):
        raise ValueError(f"expected a format among png, jpg and webp. Received: {format!r}")
    said = session or Session()
    said = said if said.name else Session(said.device, said.light, Path(video).stem, said.attack_type)
    folder, coded = Path(out).resolve(), by == "codes" or (by == "auto" and order.codes)
    records = _claim(folder, video, order, {"keep": keep, "format": format, "coded": coded, **asdict(said)})
    rows, notes, refused = _read_records(records), FilmNotes(), {}
    start = max((row["frame_time_s"] for row in rows.values()), default=0.0)
    sightings = (
        watch_codes(video, order, notes, start_s=start)
        if coded
        else watch_content(video, order, notes, progress=progress)
    )
    found = choose_frames(sightings, order, keep=keep, skip=rows, refine=coded)
    for one in _with_progress(found, len(order.slides) - len(rows), progress):
        if isinstance(one, Refused):
            refused[one.slide] = f"{one.reason} (at {one.time_s:.1f} s)"
        else:
            rows[one.slide] = _keep(one, order, said, folder, records, format)
    broken = _breaks_off(video, notes)
    _check_something_was_found(rows, notes, order, video, broken)
    return _report(rows, refused, notes, order, folder, broken)


def _with_progress(found: Iterable[Chosen | Refused], total: int, progress: bool) -> Iterator[Chosen | Refused]:
    from tqdm.auto import tqdm

    return iter(tqdm(found, desc="cut", unit="slide", total=total, disable=not progress))


def _claim(folder: Path, video: str | os.PathLike[str], order: Order, options: dict[str, Any]) -> Path:
    """Write down what is being cut, or check that the folder was begun with the same; return the records' folder."""
    path = Path(video)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such film")
    about = {"film": path.name, "sha256": hash_file(path), "slides": [slide.name for slide in order.slides]}
    said = json.dumps(about | options | {"version": __version__}, indent=1, ensure_ascii=False)
    file = folder / "cut.json"
    if file.is_file() and file.read_text(encoding="utf-8") != said:
        raise ValueError(f"expected an empty folder or one begun with this film and options. Received: {folder}")
    if not file.is_file():
        with atomic_path(file) as temporary:
            temporary.write_text(said, encoding="utf-8")
    return folder / "records"


def _read_records(records: Path) -> dict[int, dict[str, Any]]:
    """Return the rows of pictures that were finished: those whose record and whose picture both stand."""
    rows = {}
    for file in sorted(records.glob("*.json")):
        row = json.loads(file.read_text(encoding="utf-8"))
        if (records.parent / row["path"]).is_file():
            rows[int(row["slide"])] = row
    return rows


def _keep(one: Chosen, order: Order, said: Session, folder: Path, records: Path, format: str) -> dict[str, Any]:
    slide = order.slides[one.slide]
    name = f"{one.slide:05d}-{safe_name(slide.name)}"
    row: dict[str, Any] = {
        "path": f"fake/{said.attack_type}/{name}.{format}",
        "label": "fake",
        "attack_type": said.attack_type,
        "subject": slide.subject,
        "source_photo": slide.name,
        "session": said.name,
        "device": said.device,
        "light": said.light,
        "slide": one.slide,
        "frame": one.index,
        "frame_time_s": round(one.time_s, 4),
        "sharpness": round(one.sharpness, 4),
        "match": round(one.match, 4),
        "turned": one.turned,
        "motion": round(one.motion, 5),
        "steady_frames": one.steady_frames,
    }
    images.write_image(folder / row["path"], one.image, effort=PNG_EFFORT)
    with atomic_path(records / f"{name}.json") as temporary:  # after the picture: a record means it is whole
        temporary.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    return row


def safe_name(name: str) -> str:
    """Return a photograph's name as a file name: path separators and oddities become dashes, the suffix goes.

    Examples
    --------
    >>> safe_name("anna/day 1/IMG_1.JPG")
    'anna-day-1-IMG_1'
    """
    stem = name[: -len(Path(name).suffix)] if Path(name).suffix else name
    return re.sub(r"[^\w.-]+", "-", stem).strip("-.")[-120:] or "photo"


def _breaks_off(video: str | os.PathLike[str], notes: FilmNotes) -> tuple[float, float] | None:
    """Tell a film that ends before it says: a copy that was interrupted, a camera that ran out of power."""
    stated = images.stated_length_s(video)
    if not stated - notes.last_time_s > max(1.0, 0.02 * stated):  # also where it does not say
        return None
    log.info("%s breaks off at %.1f s of %.1f s", video, notes.last_time_s, stated)
    return notes.last_time_s, stated


def _check_something_was_found(
    rows: dict[int, Any],
    notes: FilmNotes,
    order: Order,
    video: str | os.PathLike[str],
    broken: tuple[float, float] | None,
) -> None:
    if rows:
        return
    others = [f"slideshow {deck} in {count} frames" for deck, count in notes.decks.most_common(3) if deck != order.deck]
    seen = ", ".join(f"{count} frames with {kind}" for kind, count in sorted(notes.frames.items())) or "no frame"
    if notes.frames["a slide"]:
        seen += "; a slide counts once it stands still in three looks running (film at 10 frames a second or more)"
    seen += f"; the film breaks off at {broken[0]:.1f} s of {broken[1]:.1f} s" if broken else ""
    raise RecordingError(
        f"{video}: expected a film of this slideshow (number {order.deck}, {len(order.slides)} slides). "
        f"Received: {seen}{'; ' + ', '.join(others) if others else ''}"
    )


def _report(
    rows: dict[int, dict[str, Any]],
    refused: dict[int, str],
    notes: FilmNotes,
    order: Order,
    folder: Path,
    broken: tuple[float, float] | None,
) -> CutReport:
    table = complete_columns(pd.DataFrame([rows[slide] for slide in sorted(rows)]))
    table["path"] = [str(folder / path) for path in table["path"]]
    end = f"the film breaks off before it, at {broken[0]:.1f} s of {broken[1]:.1f} s" if broken else UNSEEN
    unplaced = {
        slide.name: refused.get(number, end if number > max(rows, default=-1) else UNSEEN)
        for number, slide in enumerate(order.slides)
        if number not in rows
    }
    screen = measure_screen(*notes.calibration, order.layout) if notes.calibration else None
    report = CutReport(table, unplaced, dict(notes.frames), clock_drift(table, order), screen, broken)
    _write_report(report, order, folder)
    write_manifest(table, folder / "manifest.csv")
    for name, reason in unplaced.items():
        log.info("no picture of %s: %s", name, reason)
    return report


def _write_report(report: CutReport, order: Order, folder: Path) -> None:
    content = {
        "slides": len(order.slides),
        "placed": len(report.table),
        "unplaced": report.unplaced,
        "frames": report.frames,
        "clock_drift": None if np.isnan(report.clock_drift) else round(report.clock_drift, 5),
        "screen": asdict(report.screen) if report.screen else None,
        "breaks_off_s": report.breaks_off,
    }
    with atomic_path(folder / "report.json") as temporary:
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def clock_drift(table: pd.DataFrame, order: Order) -> float:
    """Return by how much slides come faster than they should: the slope of slide over time, over the rate, minus 1.

    A robust (Theil-Sen) slope, since frames are chosen anywhere within their second. Dropped frames count as drift:
    a camera that loses one frame in twenty runs slow by 5 %.
    """
    if len(table) < 3:
        return float("nan")
    some = table.iloc[:: max(1, len(table) // 300)]
    slide, time_s = some["slide"].to_numpy(float), some["frame_time_s"].to_numpy(float)
    first, second = np.triu_indices(len(some), k=1)
    slopes = (slide[second] - slide[first]) / np.maximum(time_s[second] - time_s[first], 1e-9)
    return float(np.median(slopes) / order.slides_per_second - 1)
