"""Measure the packaged depth network and write the numbers down: python -m benchmarks.depth [--heads 140]

Cost on one core; rates on rendered people, cameras, screens and printers that it never saw; its depth against the
truth; beside every packaged classifier and fused with it; and, where LIVELINESS_REAL points to photographs, the same on
them. Thresholds, and the fusion, come from other rendered people (dev). Numbers only: no picture is kept.
"""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.inference import machine
from liveliness_lib import metrics
from liveliness_lib.dataset.manifest import read_manifest
from liveliness_lib.depth import SmallDepth, load_verdict
from liveliness_lib.depth.data import make_crops
from liveliness_lib.depth.finish import quality_table, summary_of
from liveliness_lib.depth.fusion import AddedDepth, Scorer, add_depth, depth_scorer, score_rendered
from liveliness_lib.depth.onnx import PACKAGED_WEIGHTS
from liveliness_lib.depth.verdict import crop_features, crops_table
from liveliness_lib.faces import load_detector
from liveliness_lib.images import read_image
from liveliness_lib.models.registry import load_classifier, packaged_models
from liveliness_lib.paths import atomic_path, real_photographs_dir
from liveliness_lib.pipeline.evaluate import report_scores
from liveliness_lib.scores import score_table

OUT = Path(__file__).with_name("results") / "depth.md"
DEV_START = 1000  # dev people on whom neither the verdict nor its threshold was fitted
ROWS = "| detector | ACER | APCER worst | BPCER | AUC |\n|---|---:|---:|---:|---:|"


def cost() -> str:
    """Return milliseconds of processor time a crop, ONNX Runtime and, where it is installed, torch; one thread."""
    crop = np.random.default_rng(0).integers(0, 256, (1, 96, 96, 3), dtype=np.uint8)
    network = SmallDepth()
    calls: dict[str, Callable[[], object]] = {"ONNX Runtime": lambda: network.predict(crop)}
    try:
        import torch

        from liveliness_lib.depth.small_dpt import load_small_dpt, predict

        torch.set_num_threads(1)
        model = load_small_dpt(PACKAGED_WEIGHTS)
        calls["torch"] = lambda: predict(model, crop)
    except ImportError:
        pass
    lines = [f"| {name} | {_median_milliseconds(call):.1f} |" for name, call in calls.items()]
    return f"{machine()}, one thread.\n\n| 96x96 crop to depth | ms, processor time |\n|---|---:|\n" + "\n".join(lines)


def _median_milliseconds(call: Callable[[], object], repeats: int = 60) -> float:
    spans = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        spans.append(1e3 * (time.process_time() - start))
    return float(np.median(spans))


def scorers() -> dict[str, Scorer]:
    """Return depth and every packaged classifier as scorers of a face in a picture."""
    return {"depth": depth_scorer(SmallDepth(), load_verdict())} | {n: _classifier(n) for n in packaged_models()}


def _classifier(name: str) -> Scorer:
    classifier = load_classifier(name)
    return lambda image, box: float(classifier.score_faces(image, [box])[0])


def on_rendered(heads: int) -> str:
    """Return rates by kind and framing, and the depth against the truth."""
    network, verdict, crops = SmallDepth(), load_verdict(), make_crops("test", heads)
    maps = network.predict(crops.images)
    table = crops_table(crops, verdict.score(crop_features(maps)), "test")
    found = metrics.evaluate(table, metrics.Threshold(verdict.threshold, "eer_worst", verdict.chosen_on))
    said = summary_of(found, verdict, table)
    residuals = pd.Series(crop_features(maps)[:, 0]).groupby(crops.attack_type).median()
    flat = max(residuals["screen"], residuals["print"]) / residuals["none"]
    return "\n\n".join(
        [
            metrics.format_evaluation(found, style="markdown"),
            f"The band leaves {said['abstains']:.1%} unsaid; where it speaks {said['wrong_when_it_speaks']:.1%} is wrong. "
            f"Relief left on flat pictures (the worse kind), relative to the living: {flat:.2f}.",
            "Depth against the truth, medians over live crops:",
            quality_table(maps, crops).round(3).reset_index().pipe(_markdown),
        ]
    )


def beside(dev: dict[str, pd.DataFrame], test: dict[str, pd.DataFrame]) -> str:
    """Return one table a classifier: alone, depth alone, fused, and the paired difference."""
    parts = []
    for name in dev:
        if name != "depth":
            pair = [{"depth": tables["depth"], "other": tables[name]} for tables in (dev, test)]
            parts.append(_added(name, add_depth(*pair)))
    return "\n\n".join(parts)


def _added(name: str, found: AddedDepth) -> str:
    lines = [
        _rates(title, found.evaluations[key]) for title, key in (("depth", "depth"), (name, "other"), ("both", "fused"))
    ]
    d = found.difference
    verdict = "a difference" if d.distinguishable else "no difference shown"
    return "\n".join(
        [ROWS, *lines, "", f"Both - {name}, ACER, same pictures and people: {100 * d.difference:+.1f} points "
         f"[{100 * d.low:+.1f}, {100 * d.high:+.1f}]: {verdict}."]
    )  # fmt: skip


def _rates(title: str, e: metrics.Evaluation) -> str:
    return f"| {title} | {e.acer} | {e.apcer} | {e.bpcer} | {e.auc} |"


def by_framing(dev: pd.DataFrame, test: pd.DataFrame) -> str:
    """Return the rates of depth where the picture fills the frame, and where the whole device or sheet is seen."""
    threshold = metrics.choose_threshold(dev, "eer_worst")
    lines = []
    for framing, rows in test.groupby("framing"):
        e = metrics.evaluate(rows.reset_index(drop=True), threshold)
        lines.append(_rates(f"depth, {framing}", e))
    return "\n".join([ROWS, *lines])


def by_cameras(dev: pd.DataFrame, test: pd.DataFrame) -> str:
    """Return the rates with the living who went through one camera, as people do, and with those who went through two."""
    threshold = metrics.choose_threshold(dev, "eer_worst")
    lines = []
    for cameras, name in ((1, "one camera"), (2, "two")):
        kept = test[(test["label"] == "fake") | (test["cameras"] == cameras)]
        e = metrics.evaluate(kept.reset_index(drop=True), threshold)
        lines.append(_rates(f"depth, the living through {name}", e))
    return "\n".join([ROWS, *lines])


def on_photographs(folder: Path, dev: dict[str, pd.DataFrame], detector: str) -> str:
    """Return the same on the judge photographs; sources, not frames, are resampled."""
    find, rows = load_detector(detector), read_manifest(folder / "manifest.csv")
    rows = rows[rows["part"] == "judge"].reset_index(drop=True)
    rows = rows.assign(subject=rows["source"])

    @functools.cache
    def face_of(path: str) -> tuple[float, ...] | None:
        found = sorted(find.detect(read_image(path)), key=lambda face: face.box[2] - face.box[0], reverse=True)
        return tuple(found[0].box) if found else None

    def judge(scorer: Scorer, path: str) -> float | None:
        box = face_of(path)
        try:
            return None if box is None else scorer(read_image(path), box)  # type: ignore[arg-type]
        except ValueError:
            return None

    test = {name: score_table(rows, functools.partial(judge, scorer)) for name, scorer in scorers().items()}
    report = report_scores(test["depth"], metrics.choose_threshold(dev["depth"], "eer_worst"))
    return "```\n" + report.to_text() + "\n```\n\n" + beside(dev, test)


def _markdown(table: pd.DataFrame) -> str:
    head = "| " + " | ".join(table.columns) + " |\n|---|" + "---:|" * (len(table.columns) - 1)
    return "\n".join([head, *("| " + " | ".join(map(str, row)) + " |" for row in table.itertuples(index=False))])


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heads", type=int, default=140, help="test people")
    parser.add_argument("--dev", type=int, default=80, help="dev people")
    parser.add_argument("--detector", default="cascade")
    given = parser.parse_args()
    ask = scorers()
    dev = score_rendered("dev", given.dev, ask, start=DEV_START)
    test = score_rendered("test", given.heads, ask)
    parts = [
        "# Depth from one picture", "Written by `python -m benchmarks.depth`.", "## Cost", cost(),
        f"## {given.heads} rendered people, cameras, screens and printers that it never saw", on_rendered(given.heads),
        "Where the shown picture fills the frame (close), and where the device or sheet is seen (device):",
        by_framing(dev["depth"], test["depth"]),
        "Every second living face went through two cameras, as every attack does, so that a second camera's traces alone are "
        "no attack; threshold as above:", by_cameras(dev["depth"], test["depth"]),
        "## Beside the packaged classifiers, and fused",
        f"All thresholds and the fusion from {given.dev} dev people. The classifiers were trained on other rendered people, "
        "but not with these devices held out: the comparison favours them.", beside(dev, test),
    ]  # fmt: skip
    real = real_photographs_dir()
    if real is not None:
        note = "110 real frames and 112 of screens, seven sources; intervals resample sources."
        parts += ["## On real photographs", note, on_photographs(real, dev, given.detector)]
    with atomic_path(OUT) as temporary:
        temporary.write_text("\n\n".join(parts) + "\n")
    print(OUT.read_text())


if __name__ == "__main__":
    main()
