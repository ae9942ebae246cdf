"""Time judging on one core: python -m benchmarks.inference [--repeats 200] [--photos 24]

Face crops through the packaged LivenessNet, as it is and in 8-bit integers, singly and in batches; then a face in a
photograph of 720x1280, cut and scored; then such photographs, decoded, to their verdict. Processor time on one thread
after a warm-up: the best and the median of the repeats. Writes benchmarks/results/inference.md.
"""

from __future__ import annotations

import argparse
import functools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.__main__ import machine
from liveliness_lib.dataset.manifest import load_table
from liveliness_lib.images import read_image, resize_image
from liveliness_lib.models import OnnxClassifier
from liveliness_lib.models.registry import find_model, present_models
from liveliness_lib.paths import atomic_path, samples_dir
from liveliness_lib.pipeline.judge import load_judge
from liveliness_lib.training.quantise import compare, face_crops, quantise_model
from liveliness_lib.weights import has_set

RESULT = Path(__file__).parent / "results" / "inference.md"
CROP_AIM_US, FACE_AIM_MS, PHOTO_AIM_MS = 150.0, 5.0, 20.0
PHOTO_SIZE = (1280, 720)


def spans_of(call: Callable[[], object], repeats: int) -> npt.NDArray[np.float64]:
    """Return the processor seconds of a call, once more for the warm-up; short ones are timed ten at a time."""
    call()
    spans = np.empty(repeats)
    for index in range(repeats):
        start = time.process_time()
        for _ in range(10):
            call()
        spans[index] = (time.process_time() - start) / 10
    return spans


def crop_rows(model: Path, crops: npt.NDArray[np.uint8], repeats: int) -> list[str]:
    """Return the lines of one model file: a crop alone and in batches."""
    classifier, rows = OnnxClassifier(model), []
    for count in (1, 8, 64):
        batch = np.resize(crops, (count, *crops.shape[1:]))
        spans = 1e6 * spans_of(functools.partial(classifier.predict, batch), max(repeats // count, 5)) / count
        rows.append(f"{count} | {spans.min():.0f} | {np.median(spans):.0f}")
    return rows


def crop_table(repeats: int) -> list[str]:
    """Return the table of crops."""
    source = find_model("livenessnet").path
    crops = face_crops(source, samples_dir())
    lines = ["| model | file | crops at once | µs a crop, best | median | scores moved by at most | same verdict |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        dynamic = quantise_model("livenessnet", Path(folder) / "dynamic.onnx").path
        static = quantise_model("livenessnet", Path(folder) / "static.onnx", photos=samples_dir()).path
        for name, path in {"float32": source, "int8, dynamic": dynamic, "int8, static": static}.items():
            found = compare(source, path, crops, name)
            moved = "" if path == source else f"{found.largest:.3f} | {100 * found.same:.1f} %"
            for row in crop_rows(path, crops, repeats):
                lines.append(f"| {name} | {path.stat().st_size // 1000} kB | {row} | {moved or ' | '} |")
    return lines


def portraits(photos: int) -> list[npt.NDArray[np.uint8]]:
    """Return photographs of rendered people, `PHOTO_SIZE` large."""
    table = load_table(samples_dir())
    paths = table["path"].iloc[:: max(len(table) // photos, 1)].head(photos)
    height, width = PHOTO_SIZE
    pictures = [resize_image(read_image(path), (height, height * 3 // 4)) for path in paths]
    return [np.ascontiguousarray(p[:, (p.shape[1] - width) // 2 :][:, :width]) for p in pictures]


def photo_tables(photos: int) -> tuple[list[str], list[str]]:
    """Return the tables of faces and of photographs, for every model that is present with its own detector."""
    faces = ["| model | ms a face, median | 95 % | slowest | width of the faces, px |", "|---|---:|---:|---:|---:|"]
    whole = ["| model | detector | ms a photo, median | 95 % | slowest |", "|---|---|---:|---:|---:|"]
    pictures = portraits(photos)
    for model in present_models():
        judge = load_judge(model)
        spans = [best_of_three(functools.partial(judge.judge, picture)) for picture in pictures]
        whole.append(f"| {model} | {judge.classifier.metadata.detector} | {described(spans)} |")
        found = [(picture, judge.judge(picture).face) for picture in pictures]
        boxes = [(picture, face.box) for picture, face in found if face is not None]
        spans = [best_of_three(functools.partial(judge.classifier.score_faces, *each)) for each in boxes]
        widths = [box[2] - box[0] for _, box in boxes]
        faces.append(f"| {model} | {described(spans)} | {min(widths):.0f}-{max(widths):.0f} |")
    return faces, whole


def best_of_three(call: Callable[[], object]) -> float:
    """Return processor milliseconds after a warm-up."""
    call()
    times = []
    for _ in range(3):
        start = time.process_time()
        call()
        times.append(1e3 * (time.process_time() - start))
    return min(times)


def described(spans: list[float]) -> str:
    """Return median, 95 % and slowest as columns."""
    return f"{np.median(spans):.1f} | {np.percentile(spans, 95):.1f} | {max(spans):.1f}"


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--photos", type=int, default=24)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    faces, whole = photo_tables(given.photos)
    parts = [
        "# Judging on one core",
        "",
        f"{machine()}; one thread, processor time. Written by `python -m benchmarks.inference`.",
        "",
        f"## A face crop of 32x32 (aim: {CROP_AIM_US:.0f} µs)",
        "",
        *crop_table(given.repeats),
        "",
        f"## A face in a photograph of 720x1280, cut and scored (aim: {FACE_AIM_MS:.0f} ms)",
        "",
        "Rendered people, one face each; the domain check of a model that has one included.",
        "",
        *faces,
        "",
        f"## A decoded photograph of 720x1280 to its verdict (aim: {PHOTO_AIM_MS:.0f} ms)",
        "",
        "Quality gate, face detection and classification; rendered people, one face each. The cascade looks "
        + ("with YuNet's fetched weights." if has_set("yunet") else "without fetched weights, which takes longer."),
        "",
        *whole,
    ]
    with atomic_path(RESULT) as temporary:
        temporary.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print("\n".join(parts))


if __name__ == "__main__":
    main()
