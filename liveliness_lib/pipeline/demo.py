"""The whole job in minutes: people, attacks, faces, training, unseen people and devices, mistakes."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from liveliness_lib import images, metrics
from liveliness_lib.dataset.generate import Plan, generate
from liveliness_lib.dataset.splits import assign_splits, devices_with
from liveliness_lib.faces import load_detector
from liveliness_lib.models.registry import DEFAULT
from liveliness_lib.paths import atomic_path
from liveliness_lib.pipeline.evaluate import Report, report_scores, score_with, threshold_of
from liveliness_lib.pipeline.judge import load_judge
from liveliness_lib.pipeline.protocol import together_table

log = logging.getLogger(__name__)

DETECTORS = ("haar", "caffe_ssd", "dlib_hog", "cascade")


@dataclass(frozen=True)
class DemoResult:
    """What the demo found.

    Attributes
    ----------
    found : dict
        Detector -> (faces found at IoU >= 0.4, pictures asked about).
    people, unseen : Report
        Test people with devices that training knew, and with devices it never saw.
    beside : dict
        The network trained here and the built-in model, both on all test people.
    files : dict
        What was written, by name.
    seconds : dict
        Wall-clock time of each step.
    """

    found: dict[str, tuple[int, int]]
    people: Report
    unseen: Report
    beside: dict[str, Report]
    files: dict[str, Path]
    seconds: dict[str, float] = field(default_factory=dict)


def run_demo(
    out: str | os.PathLike[str],
    *,
    people: int = 110,
    seed: int = 7,
    jobs: int = -1,
    say: Callable[[str], None] = log.info,
) -> DemoResult:
    """Do the whole job below `out`; what is finished is kept, so a second run is quick.

    Parameters
    ----------
    out
        Folder for data, run, report.
    people
        How many people to render; each is photographed, shown on screens and printed.
    seed
        The same seed gives the same result.
    jobs
        Processes for rendering.
    say
        Called with a line at each step.
    """
    folder, clock = Path(out), _Clock()
    say(f"1/5  rendering {people} people, photographing them, putting them on screens and on paper")
    table = _data(folder / "data", people, seed, jobs)
    clock.lap("data")
    say("2/5  who finds the faces?")
    found = faces_found(table, DETECTORS, most=48, seed=seed)
    clock.lap("detectors")
    say("3/5  training LivenessNet on the train people")
    _train(table, folder / "run", seed)
    clock.lap("training")
    say("4/5  judging people it never saw, on devices it knew and on devices it never saw")
    known, unseen, tested = _judge(table, folder)
    beside = _beside(table, tested, known)
    clock.lap("evaluation")
    say("5/5  collecting the worst mistakes")
    sheet = write_mistakes(tested, known, folder / "mistakes.png")
    clock.lap("mistakes")
    result = DemoResult(found, known, unseen, beside, {"mistakes": sheet}, clock.seconds)
    result.files["report"] = _write_report(result, folder / "report.md")
    return result


class _Clock:
    """Measure laps."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = now - self._last
        self._last = now


def _data(folder: Path, people: int, seed: int, jobs: int) -> pd.DataFrame:
    from liveliness_lib.synthetic import camera, recapture

    table = generate(Plan(people=people, recaptures=2, seed=seed), folder, jobs=jobs)
    rng = np.random.default_rng(seed)
    held = [str(rng.choice(sorted(t))) for t in (camera.CAMERAS, camera.CAMERAS, recapture.SCREENS, recapture.PRINTERS)]
    return assign_splits(table, seed=seed, hold_out_devices=devices_with(table, held))


def faces_found(
    table: pd.DataFrame, detectors: Sequence[str], *, most: int, seed: int, iou: float = 0.4
) -> dict[str, tuple[int, int]]:
    """Count how many of up to `most` pictures each detector finds the true face in."""
    some = table.sample(n=min(most, len(table)), random_state=np.random.default_rng(seed)).to_dict("records")
    pictures = [
        (images.read_image(row["path"]), [row[k] for k in ("x_min", "y_min", "x_max", "y_max")]) for row in some
    ]
    counts = {}
    for name in detectors:
        detect = load_detector(name).detect
        hits = sum(any(overlap(face.box, truth) >= iou for face in detect(image)) for image, truth in pictures)
        counts[name] = (hits, len(pictures))
    return counts


def overlap(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the intersection over union of two boxes.

    Examples
    --------
    >>> overlap((0, 0, 2, 2), (1, 0, 3, 2))
    0.3333333333333333
    """
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = width * height
    total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / total if total > 0 else 0.0


def _train(table: pd.DataFrame, folder: Path, seed: int) -> None:
    from liveliness_lib.training import TrainConfig, read_run_state, train

    state = read_run_state(folder)
    if state is not None and state.state == "finished":
        return
    known = table[table["split"].isin(["train", "dev"])]
    train(known, folder, TrainConfig(name="demo", source="photos", seed=seed, epochs=40, batch_size=32))


def _judge(table: pd.DataFrame, folder: Path) -> tuple[Report, Report, pd.DataFrame]:
    judge = load_judge(str(folder / "run"), gate=False)  # the demo measures the network, whatever the face is like

    train_devices = set(table.loc[table["split"] == "train", "device"].str.split("+").explode())
    tested = score_with(judge, table[table["split"] == "test"])
    parts = tested["device"].str.split("+")
    new = np.array([not set(p) <= train_devices for p in parts])
    about = judge.classifier.metadata
    threshold = metrics.Threshold(about.threshold, "model", about.threshold_from)
    known = report_scores(tested[~new], threshold, out=folder / "known_devices", name="Unseen people, known devices")
    unseen = report_scores(tested[new], threshold, out=folder / "unseen_devices", name="Unseen people, unseen devices")
    return known, unseen, tested


def _beside(table: pd.DataFrame, tested: pd.DataFrame, known: Report) -> dict[str, Report]:
    """Judge the same people by the built-in model, which learnt from others."""
    judge = load_judge(DEFAULT, gate=False)
    if known.evaluation is None:
        return {}
    mine = report_scores(tested, known.evaluation.threshold)
    theirs = score_with(judge, table[table["split"] == "test"])
    return {"LivenessNet, trained just now": mine, f"{DEFAULT}, built in": report_scores(theirs, threshold_of(judge))}


def write_mistakes(tested: pd.DataFrame, report: Report, path: Path) -> Path:
    """Draw the worst mistakes at the threshold of `report` and return the picture's path."""
    from liveliness_lib import figures

    if report.evaluation is None:
        raise ValueError("expected test people of both classes: render more people. Received: one class only")
    axes = figures.plot_worst_mistakes(tested, report.evaluation.threshold, most=18)
    return figures.save_figure(axes.figure, path)  # type: ignore[arg-type]  # a subfigure it never is


def _write_report(result: DemoResult, path: Path) -> Path:
    with atomic_path(path) as temporary:
        temporary.write_text(demo_report(result))
    return path


def demo_report(result: DemoResult) -> str:
    """Return the demo's findings as Markdown."""
    found = "\n".join(f"| {name} | {hits} / {asked} |" for name, (hits, asked) in result.found.items())
    parts = ["# What the demo found", "| detector | faces found |\n|---|---:|\n" + found]
    for title, report in (("known devices", result.people), ("devices never seen", result.unseen)):
        parts.append(f"## People never seen, {title}")
        parts.append(
            metrics.format_evaluation(report.evaluation, style="markdown") if report.evaluation else report.to_text()
        )
    if result.beside:
        parts += ["## Beside the built-in model, on all of them", together_table(result.beside)]
    parts.append(f"Worst mistakes: `{result.files['mistakes'].name}`")
    return "\n\n".join(parts) + "\n"
