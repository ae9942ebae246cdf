"""Pictures out of films: the frames of a table of films, and a film stepped through by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from liveliness_lib import images
from liveliness_lib.dataset.manifest import write_manifest
from liveliness_lib.dataset.parallel import run_tasks

FILM_SUFFIXES = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v"})


def extract_frames(
    table: pd.DataFrame,
    out: str | os.PathLike[str],
    *,
    per_film: int = 5,
    format: str = "png",
    jobs: int = 1,
    engine: str = "joblib",
    scheduler: str | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Write some frames of every film in a manifest, spread evenly over it; rows of pictures stay as they are.

    Frames that are there already are kept.

    Parameters
    ----------
    table
        A manifest whose paths are films (and pictures).
    out
        The folder of the frames.
    per_film
        How many at most. Frames of one film are not independent samples: all get its session.

    Returns
    -------
    DataFrame
        The manifest of the pictures, with ``film`` and ``frame``. Films that cannot be read are in
        ``attrs["left_out"]`` with the reason.
    """
    if per_film < 1:
        raise ValueError(f"expected at least one frame of a film. Received: {per_film}")
    folder = Path(out).resolve()
    task = partial(_frames_of_row, folder=str(folder), per_film=per_film, format=format)
    rows = list(enumerate(table.to_dict("records")))
    made = run_tasks(task, rows, jobs=jobs, engine=engine, scheduler=scheduler, description="films", progress=progress)
    found = [row for one in made if isinstance(one, list) for row in one]
    if not found:
        raise ValueError(f"expected at least one film that can be read. Received: {[str(one) for one in made][:3]}")
    frames = pd.DataFrame(found)
    write_manifest(frames, folder / "manifest.csv")
    frames.attrs["left_out"] = [one for one in made if isinstance(one, str)]
    return frames


def _frames_of_row(
    numbered: tuple[int, dict[str, Any]], *, folder: str, per_film: int, format: str
) -> list[dict[str, Any]] | str:
    number, row = numbered
    film = Path(row["path"])
    if film.suffix.lower() not in FILM_SUFFIXES:
        return [row | {"film": "", "frame": -1}]
    session = row.get("session") or film.stem
    try:
        wanted = spread(count_frames(film), per_film)
        target = Path(folder) / row["label"] / row["attack_type"]
        names = {i: target / f"{number:05d}-{film.stem}-{i:05d}.{format}" for i in wanted}
        if not all(path.is_file() for path in names.values()):
            for frame in images.iter_video_frames(film):
                if frame.index in names:
                    images.write_image(names[frame.index], frame.image)
    except images.VideoReadError as error:
        return str(error)
    made = {i: path for i, path in names.items() if path.is_file()}
    return [row | {"path": str(p), "film": str(film), "frame": i, "session": session} for i, p in made.items()]


def count_frames(film: str | os.PathLike[str]) -> int:
    """Count the frames that can be decoded, whatever the header claims."""
    return sum(1 for _ in images.iter_video_frames(film))


def spread(count: int, wanted: int) -> list[int]:
    """Return `wanted` indices in the middles of as many equal parts of `count`; all of them where there are fewer.

    Examples
    --------
    >>> spread(100, 4), spread(2, 5)
    ([12, 37, 62, 87], [0, 1])
    """
    if count <= wanted:
        return list(range(count))
    return [int((part + 0.5) * count / wanted) for part in range(wanted)]


class FrameReader:
    """Read frames of a film by number: exact for any codec, a step forward decodes one frame only.

    Parameters
    ----------
    film
        A film that can be read.

    Attributes
    ----------
    count : int
        Frames that can be decoded, whatever the header claims.
    """

    def __init__(self, film: str | os.PathLike[str]) -> None:
        self.film, self.count = film, count_frames(film)
        self._frames: Iterator[images.VideoFrame] = iter(())
        self._next = self.count  # nothing is open yet

    def read(self, index: int) -> images.VideoFrame:
        """Return frame `index`; going back starts again from the film's beginning.

        Raises
        ------
        ValueError
            The film has no such frame.
        """
        if not 0 <= index < self.count:
            raise ValueError(f"{self.film}: expected a frame of 0 to {self.count - 1}. Received: {index}")
        if index < self._next:
            self._frames = images.iter_video_frames(self.film)
        for frame in self._frames:
            if frame.index >= index:  # a damaged frame is left out: the one after it stands for it
                self._next = frame.index + 1
                return frame
        raise ValueError(f"{self.film}: expected frame {index}, which can no longer be decoded")


def read_frame(film: str | os.PathLike[str], index: int) -> NDArray[np.uint8]:
    """Return frame `index` of a film, (H, W, 3) uint8 RGB; decodes from the start, so it is exact for any codec.

    Raises
    ------
    ValueError
        The film has fewer frames.
    """
    return FrameReader(film).read(index).image


def view_film(film: str | os.PathLike[str], *, height: int = 360) -> Any:
    """Step through a film with a slider in a notebook: drag it, or go one frame on or back with the arrow keys.

    A notebook that is read without a kernel shows no widget; draw some frames there instead.

    Returns
    -------
    ipywidgets.VBox
        Slider, time stamp, picture.
    """
    from liveliness_lib.paths import require

    widgets = require("ipywidgets", extra="notebooks")
    reader = FrameReader(film)
    slider = widgets.IntSlider(
        value=reader.count // 2, max=reader.count - 1, description="frame", continuous_update=False
    )
    when, picture = widgets.Label(), widgets.Image(format="png", height=height)

    def show(change: dict[str, int]) -> None:
        frame = reader.read(change["new"])
        picture.value = images.encode_image(frame.image, "png")
        when.value = f"{frame.time_s:.3f} s"

    slider.observe(show, names="value")
    show({"new": slider.value})
    return widgets.VBox([slider, when, picture])
