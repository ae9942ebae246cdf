"""Finish a run: export, fit the verdict on dev people, measure on unseen people and devices, write the card."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from liveliness_lib.depth.crops_cache import rendered_crops
from liveliness_lib.depth.data import CROP_SCALE, HeadCrops
from liveliness_lib.depth.onnx import SmallDepth, export_small_dpt
from liveliness_lib.depth.quality import DepthQuality, measure_depth
from liveliness_lib.depth.small_dpt import load_small_dpt, parameter_count
from liveliness_lib.depth.verdict import (
    DepthVerdict,
    crop_features,
    crops_table,
    face_in_map,
    fit_verdict,
    save_verdict,
)
from liveliness_lib.metrics import Evaluation, choose_band, choose_threshold, evaluate
from liveliness_lib.paths import atomic_path
from liveliness_lib.results import record_metrics
from liveliness_lib.scores import write_scores

if TYPE_CHECKING:
    import pandas as pd


def finish_run(
    out: str | os.PathLike[str],
    *,
    dev_heads: int = 400,
    test_heads: int = 140,
    jobs: int = 1,
    progress: bool = True,
) -> dict[str, Any]:
    """Make everything but the weights in a run folder, and return its metrics.

    Writes ``small_dpt.onnx``, ``verdict.json``, ``scores_dev.csv``, ``scores_test.csv``, ``metrics.json`` and
    ``model_card.md``.

    Parameters
    ----------
    out : path
        A folder that `train_small_dpt` finished.
    dev_heads, test_heads : int
        Rendered people of each split.
    jobs : int
        Processes that render.

    Raises
    ------
    FileNotFoundError
        The folder holds no weights yet.
    """
    folder = Path(out)
    model = load_small_dpt(folder / "small_dpt.safetensors")
    network = SmallDepth(export_small_dpt(model, folder / "small_dpt.onnx"))
    dev = rendered_crops(folder / "crops", "dev", dev_heads, rounds=2, jobs=jobs, progress=progress)
    test = rendered_crops(folder / "crops", "test", test_heads, jobs=jobs, progress=progress)
    verdict, dev_table = fit_on_dev(network.predict(dev.images), dev)
    save_verdict(folder / "verdict.json", verdict)
    maps = network.predict(test.images)
    test_table = crops_table(test, verdict.score(crop_features(maps)), "test")
    write_scores(folder / "scores_dev.csv", dev_table)
    write_scores(folder / "scores_test.csv", test_table)
    found = evaluate(test_table, verdict.threshold)
    metrics = summary_of(found, verdict, test_table) | quality_summary(maps, test)
    history = folder / "history.csv"
    metrics["passes"] = len(history.read_text().splitlines()) - 1 if history.is_file() else 0
    metrics |= {
        k: v for k, v in _config(folder).items() if k in ("train_heads", "rounds", "patch_epochs", "start_from")
    }
    metrics |= {"parameters": parameter_count(model), "test_heads": test_heads, "dev_heads": dev_heads}
    record_metrics(folder, metrics)
    with atomic_path(folder / "model_card.md") as temporary:
        temporary.write_text(card(metrics))
    return metrics


def _config(folder: Path) -> dict[str, Any]:
    file = folder / "config.json"
    return dict(json.loads(file.read_text())) if file.is_file() else {}


def fit_on_dev(maps: NDArray[np.floating], dev: HeadCrops) -> tuple[DepthVerdict, pd.DataFrame]:
    """Fit the score on every second dev person; choose threshold and band on the others.

    Returns
    -------
    DepthVerdict
    DataFrame
        The score table of the people on whom the threshold was chosen.
    """
    people = np.unique(dev.subject, return_inverse=True)[1]
    fitted = people % 2 == 0
    features = crop_features(maps)
    verdict = fit_verdict(features[fitted], dev.live[fitted])
    table = crops_table(dev, verdict.score(features), "dev")[~fitted].reset_index(drop=True)
    threshold = choose_threshold(table, "eer_worst")
    low, high = choose_band(table, threshold, max_apcer=0.01, max_bpcer=0.01)
    band = (min(low, threshold.value), max(high, threshold.value))
    return replace(verdict, threshold=threshold.value, band=band, chosen_on=threshold.chosen_on), table


def summary_of(found: Evaluation, verdict: DepthVerdict, table: pd.DataFrame) -> dict[str, Any]:
    """Return the rates of an evaluation as plain numbers, and what the band leaves unsaid."""
    calls = np.array([verdict.call(score) for score in table["score"]])
    real = (table["label"] == "real").to_numpy()
    said = calls != "not sure"
    wrong = ((calls == "real") & ~real) | ((calls == "fake") & real)
    values = {"acer": found.acer.value, "apcer": found.apcer.value, "bpcer": found.bpcer.value, "auc": found.auc.value}
    values |= {f"apcer_{one.name}": one.apcer.value for one in found.species}
    low, high = found.acer.interval
    return values | {
        "acer_low": low, "acer_high": high, "threshold": verdict.threshold, "abstains": float((~said).mean()),
        "wrong_when_it_speaks": float(wrong[said].mean()) if said.any() else 0.0,
    }  # fmt: skip


def quality_of(maps: NDArray[np.floating], crops: HeadCrops, *, aligned: bool = False) -> list[DepthQuality]:
    """Return the errors of each live crop within the face."""
    side = maps.shape[1]
    inside = face_in_map(side)
    wide = 0.8 * side / CROP_SCALE
    return [
        measure_depth(maps[i], crops.nearness[i], inside, pixels_per_unit=wide, aligned=aligned)
        for i in np.flatnonzero(crops.live)
    ]


def quality_table(maps: NDArray[np.floating], crops: HeadCrops) -> pd.DataFrame:
    """Return median errors over live crops: all, by how far the head is turned, by the light on the face.

    Beside them those of the map that says 1 everywhere: a network that is no better has learnt nothing of faces. Columns
    ending in ``_aligned`` are after the best scale and shift.
    """
    import pandas as pd

    names = ("silog", "delta", "normal_error", "relief_error")
    rows = pd.DataFrame([[getattr(one, name) for name in names] for one in quality_of(maps, crops)], columns=names)
    after = quality_of(maps, crops, aligned=True)
    rows["silog_aligned"], rows["delta_aligned"] = [one.silog for one in after], [one.delta for one in after]
    plane = quality_of(np.ones_like(maps), crops)
    rows["silog_plane"], rows["normal_error_plane"] = [one.silog for one in plane], [one.normal_error for one in plane]
    turned = pd.cut(pd.Series(np.abs(crops.yaw[crops.live])), [0, 10, 20, 90], right=False,
                    labels=["turned < 10 degrees", "10 to 20", "20 and more"])  # fmt: skip
    thirds = pd.Series(crops.light[crops.live]).rank(method="first")
    light = pd.qcut(thirds, 3, labels=["dim third", "middle", "bright third"])
    groups = [rows.assign(faces=kind) for kind in (pd.Series("all", index=rows.index), turned, light)]
    medians = [g.groupby("faces", observed=True, sort=False).median() for g in groups]
    counts = [g.groupby("faces", observed=True, sort=False).size() for g in groups]
    order = ["all", *turned.cat.categories, *light.cat.categories]
    table = pd.concat(medians).assign(crops=pd.concat(counts))
    return table.loc[[name for name in order if name in table.index]]


def quality_summary(maps: NDArray[np.floating], crops: HeadCrops) -> dict[str, float]:
    """Return the medians over live crops; normals where `delta` is nearly always 1 are what tells maps apart."""
    errors = quality_of(maps, crops)
    names = ("silog", "delta", "normal_error", "relief_error")
    return {name: float(np.median([getattr(one, name) for one in errors])) for name in names}


def card(metrics: dict[str, Any]) -> str:
    """Return the model card."""
    percent = {k: f"{100 * v:.1f} %" for k, v in metrics.items() if isinstance(v, float)}
    start = str(metrics.get("start_from", ""))
    went_on = f", going on from weights of an earlier run (SHA-256 {start[:12]}...)" if start else ""
    return f"""# Small depth network

A Dense Prediction Transformer of {metrics["parameters"]:,} parameters: a 96x96 face crop (1.7 x the face box,
mirrored at the picture's edge) to 64x64 *nearness*: 1 is the face, 1.2 a fifth of its width nearer, 0 a face's
width or more behind.

**Trained on** rendered people only, live (true relief) and on simulated screens and prints (a plane). No photograph
of a person was used. {metrics.get("train_heads", 0)} heads, {4 * metrics.get("rounds", 0)} crops each;
{metrics.get("patch_epochs", 0)} passes of the patch convolutions alone (live or not, patch by patch), then
{metrics["passes"] - metrics.get("patch_epochs", 0)} of the whole network (depth, and flat or not){went_on}.
**Not** a measuring instrument, not for recognising anybody, and no sole judge of liveliness.

| on {metrics["test_heads"]} rendered people, cameras, screens and printers that it never saw | |
|---|---|
| ACER at the dev threshold | {percent["acer"]} [{percent["acer_low"]}, {percent["acer_high"]}] |
| BPCER, APCER of the worst attack | {percent["bpcer"]}, {percent["apcer"]} |
| abstains | {percent["abstains"]}; wrong where it speaks {percent["wrong_when_it_speaks"]} |
| scale-invariant log error, normal error | {metrics["silog"]:.2f} %, {metrics["normal_error"]:.0f} degrees |

What it knows of flatness it knows from the traces of simulated screens, paper and second cameras in small pictures
(192 pixels). **Do not expect that to hold on photographs**: `benchmarks/results/depth.md` has what the packaged network
gave on real ones. Measure it on your own cameras before you believe it. Made by `liveliness depth train`.
"""
