"""Write an evaluation down: tables as CSV and JSON, a report to read as Markdown and as one HTML page, figures."""

from __future__ import annotations

import base64
import html
import importlib.util
import logging
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from liveliness_lib import metrics, results, scores
from liveliness_lib.metrics.macro import MacroRates
from liveliness_lib.paths import atomic_path
from liveliness_lib.pipeline.evaluate import Report, calibration_line

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

FIGURES = {
    "curves.png": "Error trade-off and scores",
    "reliability.png": "Reliability of the scores",
    "parts.png": "Rates by part",
    "mistakes.png": "Worst mistakes",
}

FEW = 5
"""A part of fewer presentations stands in the tables, not in the figure: its interval is nearly everything."""

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .8rem;border-bottom:1px solid #ddd}
th{text-align:left;border-bottom:2px solid #888}img{max-width:100%}code{background:#f4f4f4;padding:0 .2rem}"""


def write_report(report: Report, name: str) -> None:
    """Write every file of a report to its folder."""
    folder = report.folder
    if folder is None:
        return
    scores.write_scores(folder / "scores.csv", report.table)
    if report.evaluation is not None:
        results.record_metrics(folder / "metrics.json", report.to_dict())
        _draw(report, folder, name)
    write_pages(folder, markdown(report, name))


def write_pages(folder: Path, text: str) -> Path:
    """Write `text` as ``report.md``, and as ``report.html`` with its pictures inside where Markdown can be rendered."""
    with atomic_path(folder / "report.md") as temporary:
        temporary.write_text(text, encoding="utf-8")
    if importlib.util.find_spec("markdown_it") is not None:  # comes with rich
        with atomic_path(folder / "report.html") as temporary:
            temporary.write_text(page(text, folder), encoding="utf-8")
    return folder / "report.md"


def page(text: str, folder: Path) -> str:
    """Return Markdown as one HTML page that needs no other file."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)

    def embedded(found: re.Match[str]) -> str:
        picture = folder / Path(found[1]).name
        if not picture.is_file():
            return found[0]
        return f'src="data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()}"'

    body = re.sub(r'src="([^":]+\.png)"', embedded, body)
    title = html.escape(text.splitlines()[0].lstrip("# "))
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}</body></html>\n'


def table_of(header: Sequence[str], rows: Sequence[Sequence[object]], *, text_columns: int = 1) -> str:
    """Return a Markdown table; the first `text_columns` stand left, the others right."""
    rule = ["---"] * text_columns + ["---:"] * (len(header) - text_columns)
    lines = [header, rule, *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def aligned(header: Sequence[str], rows: Sequence[Sequence[object]], *, text_columns: int = 1) -> str:
    """Return the same table for a terminal: columns of one width, the first `text_columns` left, the others right."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = [
        "  ".join(
            c.ljust(w) if i < text_columns else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
    return "\n".join(line.rstrip() for line in (lines[0], "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]))


def markdown(report: Report, name: str) -> str:
    """Return the report as Markdown."""
    if report.evaluation is None:
        return f"# {name}\n\n{report.to_text()}\n"
    parts = [f"# {name}", _opening(report), metrics.format_evaluation(report.evaluation, style="markdown")]
    if "verdict" in report.table.columns:
        parts += ["## Verdicts", _VERDICTS, verdict_table(report.table)]
    if report.calibration:
        said = calibration_line(report.calibration)
        parts += ["## Calibration", f"{said[0].upper()}{said[1:]}. {_CALIBRATION}"]
    if report.macro:
        parts += ["## By source", _source_table(report.macro)]
    if report.slices:
        parts += ["## By part", _PARTS, *[_slice_table(by, slices) for by, slices in report.slices.items()]]
    drawn = [
        f"![{title}]({file})" for file, title in FIGURES.items() if report.folder and (report.folder / file).is_file()
    ]
    return "\n\n".join([*parts, *(["## Figures"] if drawn else []), *drawn]) + "\n"


_VERDICTS = (
    "By the model's own band, not by the threshold above; photographs to be taken again (*retake*) have no score."
)
_CALIBRATION = "A score is P(real) for this share of attacks only; a temperature moves no photograph across another."
_PARTS = (
    "The threshold is the one above. Light, face size and skin tone are measured on the face in the picture unless the "
    "manifest names them; the skin tone (ITA) has the picture's light and white balance in it."
)


def _opening(report: Report) -> str:
    found, table = report.evaluation, report.table
    if found is None:
        return ""
    lost = f"{found.bpnrr.errors} real and {found.apnrr.errors} attacks could not be judged and count as rejected"
    kinds = ", ".join(f"{one.apcer.total} {one.name}" for one in found.species)
    return (
        f"{int((table['label'] == 'real').sum())} real photographs and {kinds}; {lost}. The threshold is fixed: "
        f"{found.threshold}. **ACER {found.acer}**, set by {found.worst_species}. Intervals are 95 %: the wider ends of "
        "Clopper-Pearson and of a bootstrap over people."
    )


def verdict_table(table: pd.DataFrame) -> str:
    """Return how often each kind got each verdict, and the reasons for *not sure* and *retake*."""
    names = ["real", "not sure", "fake", "retake", "unreadable"]
    kinds = table["attack_type"].where(table["label"] == "fake", "real")
    used = [name for name in names if (table["verdict"] == name).any()]
    rows = []
    for kind in ["real", *sorted(set(kinds) - {"real"})]:
        mine = table[kinds == kind]
        if mine.empty:
            continue
        shares = [f"{(mine['verdict'] == v).sum()} ({100 * (mine['verdict'] == v).mean():.1f} %)" for v in used]
        why = mine.loc[mine["verdict"].isin(["not sure", "retake", "unreadable"]), "reason"].value_counts()
        rows.append([kind, ", ".join(f"{reason} {n}" for reason, n in why.items()), *shares])
    return table_of(["kind", "why not sure or retake", *used], rows, text_columns=2)


def _source_table(macro: MacroRates) -> str:
    rows: list[list[object]] = []
    for source, one in macro.by_source.items():
        shares = [("" if one[key] is None else f"{100 * float(one[key] or 0):.1f} %") for key in ("bpcer", "apcer")]
        rows.append([source, one["real"], one["fake"], *shares])
    rows = rows if len(rows) <= 24 else [[f"{len(rows)} sources", "", "", "", ""]]
    low, high = (100 * end for end in macro.interval)
    rows.append(["mean", "", "", f"{100 * macro.bpcer:.1f} %", f"{100 * macro.apcer:.1f} %"])
    table = table_of(["source", "real", "fake", "BPCER", "APCER"], rows)
    return f"{table}\n\nMean of both: ACER {100 * macro.acer:.1f} % [{low:.1f}, {high:.1f}], sources drawn again."


def _slice_table(by: str, slices: Sequence[metrics.Slice]) -> str:
    rows = []
    for one in slices:
        real = ("", "") if one.bpcer is None else (one.bpcer.total, one.bpcer)
        fake = ("", "") if one.apcer is None else (f"{one.apcer.total} {one.species}", one.apcer)
        rows.append([one.value, *real, *fake])
    return table_of([by.replace("_", " "), "real", "BPCER", "worst attack type", "APCER"], rows)


def _draw(report: Report, folder: Path, name: str) -> None:
    if report.evaluation is None:
        return
    if importlib.util.find_spec("matplotlib") is None:
        log.info("no figures: pip install 'liveliness[train]' brings matplotlib")
        return
    from liveliness_lib import figures

    threshold, (figure, axes) = report.evaluation.threshold, figures.new_figure(1, 2)
    short = name.split(" on ")[0]
    figures.plot_det({short: metrics.error_curve_of(report.table)}, thresholds={short: threshold}, ax=axes[0])
    figures.plot_score_histogram(report.table, threshold=threshold, ax=axes[1])
    figures.save_figure(figure, folder / "curves.png")
    if "path" in report.table.columns:
        count = len(figures.worst_mistakes(report.table, threshold))
        figure, ax = figures.new_figure(size=(1.45 * min(max(count, 1), 6), 2.0 * max(math.ceil(count / 6), 1)))
        figures.plot_worst_mistakes(report.table, threshold, ax=ax)
        figures.save_figure(figure, folder / "mistakes.png")
    if report.calibration:
        after = report.calibration.after
        curves = {"as they are": report.calibration.before} | ({"at the temperature": after} if after else {})
        figure, ax = figures.new_figure(size=(5.0, 4.6))
        figures.plot_reliability(curves, ax=ax)
        figures.save_figure(figure, folder / "reliability.png")
    rows = [one for slices in report.slices.values() for one in slices if _presentations(one) >= FEW]
    if rows:
        figure, ax = figures.new_figure(size=(8.0, 1.2 + 0.32 * len(rows)))
        figures.plot_slices(rows, ax=ax)
        figures.save_figure(figure, folder / "parts.png")


def _presentations(one: metrics.Slice) -> int:
    return sum(rate.total or 0 for rate in (one.bpcer, one.apcer) if rate is not None)


def draw_together(
    tables: Mapping[str, pd.DataFrame], evaluations: Mapping[str, metrics.Evaluation], path: Path
) -> bool:
    """Draw the DET curves and rates of several detectors in one figure; False where there is nothing to draw with."""
    if importlib.util.find_spec("matplotlib") is None or not evaluations:
        return False
    from liveliness_lib import figures

    figure, axes = figures.new_figure(1, 2, size=(5.4, 4.4))
    curves = {name: metrics.error_curve_of(tables[name]) for name in evaluations}
    figures.plot_det(curves, thresholds={name: e.threshold for name, e in evaluations.items()}, ax=axes[0])
    figures.plot_rates_with_intervals(evaluations, ax=axes[1])
    figures.save_figure(figure, path)
    return True
