"""Write down what a protocol found: one row a fold, their mean and their worst."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from liveliness_lib import results
from liveliness_lib.paths import atomic_path
from liveliness_lib.pipeline.report_files import aligned, draw_together, table_of, write_pages

if TYPE_CHECKING:
    import pandas as pd

    from liveliness_lib.pipeline.cross_domain import FoldResult

MOST_CURVES = 8


def write_protocol(
    found: Sequence[FoldResult], folder: Path, name: str, skipped: Mapping[str, str], *, planned: int
) -> None:
    """Write ``folds.csv``, ``metrics.json``, ``report.md`` and ``report.html`` of the folds so far."""
    table = fold_table(found)
    with atomic_path(folder / "folds.csv") as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g", lineterminator="\n")
    both = [one for one in found if one.report.evaluation is not None]
    if both:
        values: dict[str, Any] = {one.name: one.report.to_dict() for one in both}
        results.record_metrics(folder / "metrics.json", {"folds": values, **summary(table)})
    parts = [f"# {name}", _method(len(found), planned), protocol_table(found)]
    if skipped:
        parts += ["No fold for: " + "; ".join(f"{value} ({why})" for value, why in skipped.items()) + "."]
    shown = {one.name: one.report.evaluation for one in both[:MOST_CURVES] if one.report.evaluation is not None}
    if draw_together({one.name: one.report.table for one in found}, shown, folder / "curves.png"):
        parts += ["![DET curves and rates](curves.png)"]
    write_pages(folder, "\n\n".join(parts) + "\n")


def fold_table(found: Sequence[FoldResult]) -> pd.DataFrame:
    """Return one row a fold: counts, threshold, rates with interval ends; NaN where a class is missing."""
    import pandas as pd

    rows = []
    for one in found:
        labels = one.report.table["label"]
        row: dict[str, Any] = {"left_out": one.name, "trained_on": one.trained_on}
        row |= {"real": int((labels == "real").sum()), "fake": int((labels == "fake").sum())}
        evaluation = one.report.evaluation
        for rate in ("apcer", "bpcer", "acer", "auc"):
            held = None if evaluation is None else getattr(evaluation, rate)
            low, high = (np.nan, np.nan) if held is None else held.interval
            row |= {rate: np.nan if held is None else held.value, f"{rate}_low": low, f"{rate}_high": high}
        rows.append(row | {"threshold": np.nan if evaluation is None else evaluation.threshold.value})
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> dict[str, float]:
    """Return the mean and the worst over folds of each rate; a fold of one class is left out."""
    whole = table.dropna(subset=["acer"])
    found = {f"mean_{rate}": float(whole[rate].mean()) for rate in ("apcer", "bpcer", "acer", "auc")}
    return found | {"worst_acer": float(whole["acer"].max()), "worst_auc": float(whole["auc"].min())}


def protocol_table(found: Sequence[FoldResult]) -> str:
    """Return the folds, their mean and their worst as Markdown."""
    return table_of(*_rows(found))


def protocol_text(found: Sequence[FoldResult]) -> str:
    """Return the same for the terminal."""
    return aligned(*_rows(found))


def _rows(found: Sequence[FoldResult]) -> tuple[list[str], list[list[object]]]:
    header = ["left out", "learnt from", "real", "attacks", "threshold", "APCER", "BPCER", "ACER", "AUC"]
    rows: list[list[object]] = []
    for one in found:
        labels, evaluation = one.report.table["label"], one.report.evaluation
        row: list[object] = [one.name, one.trained_on, int((labels == "real").sum()), int((labels == "fake").sum())]
        if evaluation is None:
            rows.append([*row, "", "", "", "one class only", ""])
        else:
            rates = (evaluation.apcer, evaluation.bpcer, evaluation.acer, evaluation.auc)
            rows.append([*row, f"{evaluation.threshold.value:.4f}", *rates])
    held = summary(fold_table(found))
    if np.isfinite(held["mean_acer"]) and len(found) > 1:
        means = [f"{100 * held[f'mean_{rate}']:.1f} %" for rate in ("apcer", "bpcer", "acer", "auc")]
        rows.append(["mean", "", "", "", "", *means])
        worst = [f"{100 * held[f'worst_{rate}']:.1f} %" for rate in ("acer", "auc")]
        rows.append(["worst", "", "", "", "", "", "", *worst])
    return header, rows


def _method(done: int, planned: int) -> str:
    text = (
        "Each row is a training that never met what is left out, nor its people; epoch and threshold are fixed on its own "
        "development people and applied unchanged. Intervals are 95 %, over people."
    )
    missing = "" if importlib.util.find_spec("matplotlib") else " No figures: matplotlib is not installed."
    return text + (f" {done} of {planned} folds are done." if done < planned else "") + missing
