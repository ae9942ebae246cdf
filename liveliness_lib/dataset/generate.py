"""Make a data set of rendered people: photographed, shown on screens, printed on paper.

Each person is rendered once or more, photographed by a first camera (the *source photo*), and that photograph is
then taken through a second camera three ways: as it is (real), on a screen, on paper. Both classes therefore pass
the same optics, sensors and codecs, and only the screen or the paper between them differs.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liveliness_lib import __version__, images
from liveliness_lib.dataset.manifest import complete_columns, read_manifest, write_manifest
from liveliness_lib.dataset.parallel import run_tasks
from liveliness_lib.paths import atomic_path
from liveliness_lib.synthetic import camera, heads, recapture

INSTRUMENTS: dict[str, tuple[dict[str, Any], Callable[..., recapture.Recapture]]] = {
    "screen": (recapture.SCREENS, recapture.recapture_screen),
    "print": (recapture.PRINTERS, recapture.recapture_print),
}
"""Attack type -> the devices or materials it can be made with, and what puts a photograph on one and takes it again."""


@dataclass(frozen=True)
class Plan:
    """What to make.

    Parameters
    ----------
    people
        How many people.
    photos
        Source photos of each.
    recaptures
        How often each source photo is taken again, each way.
    attacks
        PAI species: names in `INSTRUMENTS`.
    image_size
        ``(height, width)`` of every picture made, in pixels.
    device_share
        Share of the takes in which the whole device or sheet is seen before a background, not only what it shows.
    seed
        Everything follows from it: person `k` has the seeds of its own, so more people never change the first.
    format
        ``png`` or ``jpg``.
    """

    people: int = 40
    photos: int = 1
    recaptures: int = 1
    attacks: tuple[str, ...] = ("screen", "print")
    image_size: tuple[int, int] = (320, 240)
    device_share: float = 0.25
    seed: int = 0
    format: str = "png"

    def __post_init__(self) -> None:
        if self.people < 1 or self.photos < 1 or self.recaptures < 1:
            raise ValueError(f"expected at least one of each. Received: {asdict(self)}")
        if self.format not in ("png", "jpg"):
            raise ValueError(f"expected format 'png' or 'jpg'. Received: {self.format!r}")
        if unknown := set(self.attacks) - set(INSTRUMENTS):
            raise ValueError(f"expected attacks among {', '.join(INSTRUMENTS)}. Received: {sorted(unknown)}")


def planned_rows(plan: Plan) -> pd.DataFrame:
    """Return the manifest that `plan` will have: every choice of device is made here, nothing is rendered yet."""
    rows: list[dict[str, Any]] = []
    for person in range(plan.people):
        rng = np.random.default_rng((plan.seed, person))
        for photo in range(plan.photos):
            first, photo_seed = _pick(rng, camera.CAMERAS), int(rng.integers(2**31))
            for take in range(plan.recaptures):
                second = _pick(rng, camera.CAMERAS)
                drawn = dict.fromkeys(
                    ("screen", "print", *plan.attacks)
                )  # the first two always: seeds keep their meaning
                shown = {"none": ""} | {name: _pick(rng, INSTRUMENTS[name][0]) for name in drawn}
                framing = "device" if rng.random() < plan.device_share else "close"
                for attack in ("none", *plan.attacks):
                    rows.append(
                        _row(plan, person, photo, take, attack, second, shown[attack], int(rng.integers(2**31)))
                    )
                    rows[-1] |= {"framing": framing, "first_camera": first, "photo_seed": photo_seed}
    return complete_columns(pd.DataFrame(rows))


def _pick(rng: np.random.Generator, table: dict[str, Any]) -> str:
    return str(rng.choice(sorted(table)))


def _row(
    plan: Plan, person: int, photo: int, take: int, attack: str, second: str, shown: str, seed: int
) -> dict[str, Any]:
    label = "real" if attack == "none" else "fake"
    name = f"p{person:04d}-{photo}"
    return {
        "path": f"{label}/{attack}/{name}-{take}.{plan.format}",
        "label": label,
        "attack_type": attack,
        "subject": f"p{person:04d}",
        "source_photo": name,
        "session": f"{name}-{take}-{attack}",
        "device": f"{second}+{shown}" if shown else second,
        "seed": seed,
        "generator_version": __version__,
    }


def generate(
    plan: Plan,
    out: str | os.PathLike[str],
    *,
    jobs: int = 1,
    engine: str = "joblib",
    scheduler: str | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Render, photograph and recapture everything in `plan` below `out`; return the manifest.

    Files that are already there are kept, so an interrupted run goes on where it stopped. The manifest is
    written last: a folder without one is unfinished.

    Parameters
    ----------
    plan
        What to make.
    out
        The folder; a folder made by another plan is refused.
    jobs
        Processes; -1 for one on each core.
    engine, scheduler
        As :func:`liveliness_lib.dataset.parallel.run_tasks` takes them.
    progress
        Show a bar.

    Raises
    ------
    ValueError
        `out` holds a data set of another plan.
    """
    folder = Path(out).resolve()
    _claim(folder, plan)
    if (finished := _finished(folder)) is not None:
        return finished
    rows = planned_rows(plan)
    groups = [group for _, group in rows.groupby("source_photo", sort=False)]
    how: dict[str, Any] = {"jobs": jobs, "engine": engine, "scheduler": scheduler, "progress": progress}
    made = run_tasks(partial(make_group, plan=plan, folder=folder), groups, description="photos", **how)
    table = rows.merge(pd.DataFrame([row for group in made for row in group]), on="path", how="left")
    table["path"] = [str(folder / path) for path in table["path"]]
    write_manifest(table, folder / "manifest.csv")
    shutil.rmtree(folder / "records", ignore_errors=True)  # their content stands in the manifest now
    return table


def _finished(folder: Path) -> pd.DataFrame | None:
    file = folder / "manifest.csv"
    table = read_manifest(file) if file.is_file() else None
    return table if table is not None and all(Path(path).is_file() for path in table["path"]) else None


def _claim(folder: Path, plan: Plan) -> None:
    """Write down the plan, or check that the folder was begun with the same one."""
    said = json.dumps({**asdict(plan), "generator_version": __version__}, indent=1, sort_keys=True)
    file = folder / "plan.json"
    if file.is_file() and file.read_text() != said:
        raise ValueError(
            f"expected an empty folder or one of the same plan. Received: {folder} with {file.read_text()}"
        )
    with atomic_path(file) as temporary:
        temporary.write_text(said)


def make_group(group: pd.DataFrame, plan: Plan, folder: Path) -> list[dict[str, Any]]:
    """Make all pictures of one source photo that are not there yet; return what each one's truth is.

    Returns
    -------
    list of dict
        For each row: path, the true face box ``x_min, y_min, x_max, y_max`` in the picture's pixels.
    """
    first = group.iloc[0]
    photo_seed = int(first["photo_seed"])
    records = folder / "records" / f"{first['source_photo']}.json"
    wanted = [folder / path for path in group["path"]]
    if records.is_file() and all(path.is_file() for path in wanted):
        return _read_json(records)
    scene = heads.sample_scene(photo_seed, image_size=plan.image_size, identity=_person(plan, first))
    photo = camera.photograph(scene.radiance, camera.CAMERAS[first["first_camera"]], seed=photo_seed)
    named = [{str(name): value for name, value in row.items()} for row in group.to_dict("records")]
    truth = [_make_one(row, photo.image, scene, plan, folder) for row in named]
    _write_json(records, truth)
    return truth


def _person(plan: Plan, row: pd.Series) -> heads.Identity:
    seed = np.random.default_rng((plan.seed, int(row["subject"][1:]), 1)).integers(2**31)
    return heads.sample_identity(int(seed))


def _make_one(row: dict[str, Any], photo: np.ndarray, scene: Any, plan: Plan, folder: Path) -> dict[str, Any]:
    second = camera.CAMERAS[row["device"].split("+")[0]]
    made = _take(row, photo, second, plan.image_size)
    images.write_image(folder / row["path"], made.image)
    scale = np.array(photo.shape[1::-1]) / np.array(scene.radiance.shape[1::-1])
    box = _mapped_box(made, np.asarray(scene.box, float).reshape(2, 2) * scale)
    return {"path": row["path"], **dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True))}


def _take(row: dict[str, Any], photo: np.ndarray, second: Any, image_size: tuple[int, int]) -> Any:
    how = {"seed": int(row["seed"]), "image_size": image_size, "framing": row["framing"]}
    if row["attack_type"] == "none":
        return recapture.rephotograph(photo, second, **how)
    devices, retake = INSTRUMENTS[row["attack_type"]]
    return retake(photo, devices[row["device"].split("+")[1]], second, **how)


def _mapped_box(made: Any, corners: np.ndarray) -> list[float]:
    (x0, y0), (x1, y1) = corners
    mapped = made.map_points(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))
    return [round(float(v), 2) for v in (*mapped.min(axis=0), *mapped.max(axis=0))]


def _read_json(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text())


def _write_json(path: Path, data: Any) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(data, indent=1))
