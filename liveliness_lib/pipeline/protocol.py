"""What `liveliness evaluate` asks for: which rows, which detectors, which thresholds; then reports side by side."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from liveliness_lib import metrics, results, scores
from liveliness_lib.dataset.manifest import SPLITS, load_table
from liveliness_lib.dataset.splits import check_leaks
from liveliness_lib.pipeline.evaluate import Report, report_scores, score_with, threshold_of
from liveliness_lib.pipeline.judge import Judge, load_judge
from liveliness_lib.pipeline.report_files import draw_together, table_of, write_pages

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """One evaluation: see ``liveliness evaluate --help`` for the meaning of each field."""

    source: Path
    models: tuple[str, ...] = ("auto",)
    detector: str | None = None
    split: str | None = None
    dev: Path | None = None
    rule: str = "eer"
    scores: tuple[str, ...] = ()
    threshold: float | None = None
    out: Path | None = None
    gate: bool = True
    by: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class Study:
    """Several detectors on the same photographs.

    Attributes
    ----------
    reports : dict
        Name of a detector -> its report.
    folder : Path or None
        Where the reports are; those of several detectors in folders of their own.
    """

    reports: dict[str, Report]
    folder: Path | None

    @property
    def only(self) -> Report:
        """Return the report of the only detector."""
        (report,) = self.reports.values()
        return report

    def to_text(self) -> str:
        """Return the tables for the terminal."""
        if len(self.reports) == 1:
            return self.only.to_text()
        return "\n\n".join(
            [f"{name}\n{report.to_text()}" for name, report in self.reports.items()] + self.differences()
        )

    def differences(self) -> list[str]:
        """Return a line for each detector after the first: how its ACER differs from the first's."""
        first, *others = [(name, r) for name, r in self.reports.items() if r.evaluation is not None]
        lines = []
        for name, report in others:
            try:
                lines.append(difference_line(first[0], first[1], name, report))
            except ValueError as error:
                lines.append(f"{first[0]} and {name} cannot be compared pair by pair: {error}")
        return lines


def run(request: Request) -> Study:
    """Score the rows asked for by each detector, choose or take its threshold, write the reports.

    Raises
    ------
    ValueError
        An unknown or empty split, a threshold that nobody chose, or two detectors of one name.
    LeakError
        Somebody stands in the development set and in what is evaluated.
    """
    named: dict[str, _Scored] = {}
    if request.models:
        table = _rows(load_table(request.source), request.split)
        dev = None if request.dev is None else _dev_rows(request.dev, table)
        for model in request.models:
            judge = load_judge(model, request.detector, gate=request.gate)
            _add(named, judge.classifier.metadata.name, _judged(judge, table, dev, request))
    for given in request.scores:
        _add(named, *_foreign(given, request))
    reports = {}
    for name, one in named.items():
        folder = request.out if request.out is None or len(named) == 1 else request.out / re.sub(r"[^\w.-]+", "_", name)
        title = f"{name} on {request.source.name}"
        reports[name] = report_scores(
            one.table,
            one.threshold,
            out=folder,
            name=title,
            seed=request.seed,
            temperature=one.temperature,
            by=request.by,
        )
    study = Study(reports, request.out)
    if request.out is not None and len(reports) > 1:
        _write_together(study, request)
    return study


@dataclass(frozen=True)
class _Scored:
    table: pd.DataFrame
    threshold: metrics.Threshold
    temperature: metrics.Temperature | None


def _add(named: dict[str, _Scored], name: str, scored: _Scored) -> None:
    if name in named:
        raise ValueError(f"expected detectors of different names: write --scores NAME=FILE. Received: {name!r} twice")
    named[name] = scored


def _judged(judge: Judge, table: pd.DataFrame, dev: pd.DataFrame | None, request: Request) -> _Scored:
    held = _scores_of_run(judge) if dev is None else score_with(judge, dev)
    threshold = threshold_of(judge)
    if dev is not None and held is not None:
        threshold = metrics.choose_threshold(held, request.rule)
    elif request.threshold is not None:
        threshold = metrics.Threshold(request.threshold, "given", "the command line")
    return _Scored(score_with(judge, table), threshold, _temperature(held))


def _scores_of_run(judge: Judge) -> pd.DataFrame | None:
    """Return the development scores that a training run keeps beside its model."""
    file = getattr(judge.classifier, "path", None)
    if file is None or not (Path(file).parent / "scores.csv").is_file():
        return None
    table = scores.read_scores(Path(file).parent / "scores.csv")
    return table[table["split"] == "dev"] if "split" in table.columns else None


def _temperature(dev: pd.DataFrame | None) -> metrics.Temperature | None:
    if dev is None or set(dev.dropna(subset=["score"])["label"]) != {"real", "fake"}:
        return None
    return metrics.fit_temperature(dev)


def _rows(table: pd.DataFrame, split: str | None) -> pd.DataFrame:
    if split is None:
        return table
    chosen = table[table["split"] == split]
    if split not in SPLITS or chosen.empty:
        raise ValueError(
            f"expected a split with rows, one of {sorted(set(table['split']) - {''})}. Received: {split!r}"
        )
    return chosen


def _dev_rows(source: Path, tested: pd.DataFrame) -> pd.DataFrame:
    """Return the dev rows of a set, all rows of one without splits; nobody of them may be tested."""
    import pandas as pd

    table = load_table(source)
    splits = set(table["split"])
    rows = table[table["split"] == "dev"] if splits != {""} else table.assign(split="dev")
    if set(rows["label"]) != {"real", "fake"}:
        raise ValueError(
            f"expected real and fake rows of the dev split (or no splits at all) in --dev {source}. "
            f"Received: splits {sorted(splits)}, {len(rows)} dev rows"
        )
    both = pd.concat([rows, tested.assign(split="test")], ignore_index=True)
    check_leaks(both, by=("path", "subject", "source_photo", "session"))
    return rows


def _foreign(given: str, request: Request) -> tuple[str, _Scored]:
    """Read ``[NAME=]FILE[@THRESHOLD]``: another detector's scores, with its threshold or with dev rows to choose it on."""
    name, _, rest = given.rpartition("=")
    file, _, value = rest.rpartition("@") if re.fullmatch(r".+@[-+.\deE]+", rest) else (rest, "", "")
    table = scores.read_scores(file)
    if "subject" not in table:
        subject = table["source"] if "source" in table else table.get("path", table.index.to_series().astype(str))
        table = table.assign(subject=subject)
    dev = table[table["split"] == "dev"] if "split" in table.columns else table[:0]
    if value or request.threshold is not None:
        chosen = float(value) if value else float(request.threshold or 0.0)
        threshold = metrics.Threshold(chosen, "given", "the command line")
    elif set(dev["label"]) == {"real", "fake"}:
        threshold = metrics.choose_threshold(dev, request.rule)
    else:
        raise ValueError(
            f"expected --threshold, FILE@THRESHOLD, or dev rows in {file}: another detector's threshold is not known "
            f"here. Received: {given!r}"
        )
    if len(dev) < len(table):
        table = table.drop(dev.index)
    if request.split and "split" in table.columns:
        table = _rows(table, request.split)
    return name or Path(file).stem, _Scored(table.reset_index(drop=True), threshold, _temperature(dev))


def difference_line(first_name: str, first: Report, second_name: str, second: Report) -> str:
    """Say in one line how the ACER of two detectors differs, and how sure that is.

    Raises
    ------
    ValueError
        They were not shown the same photographs, or one has no rates.
    """
    if first.evaluation is None or second.evaluation is None:
        raise ValueError("expected rates of both classes. Received: photographs of one class only")
    thresholds = first.evaluation.threshold, second.evaluation.threshold
    found = metrics.compare_detectors(first.table, thresholds[0], second.table, thresholds[1])
    tests = metrics.compare_errors(first.table, thresholds[0], second.table, thresholds[1])
    low, high = 100 * found.low, 100 * found.high
    return (
        f"ACER of {first_name} minus {second_name}: {100 * found.difference:+.1f} points [{low:+.1f}, {high:+.1f}], "
        f"{'distinguishable' if found.distinguishable else 'not distinguishable'}; only the one wrong {tests.only_first}, "
        f"only the other {tests.only_second} (McNemar p = {tests.p_photographs:.2g}, by people p = {tests.p_people:.2g})"
    )


def _write_together(study: Study, request: Request) -> None:
    folder = study.folder
    if folder is None:
        return
    evaluations = {name: r.evaluation for name, r in study.reports.items() if r.evaluation is not None}
    results.record_metrics(folder / "metrics.json", {name: study.reports[name].to_dict() for name in evaluations})
    drawn = draw_together({n: r.table for n, r in study.reports.items()}, evaluations, folder / "curves.png")
    parts = [f"# {', '.join(study.reports)} on {request.source.name}", together_table(study.reports)]
    parts += ["## Differences", *study.differences()] if len(evaluations) > 1 else []
    parts += ["![DET curves and rates](curves.png)"] if drawn else []
    parts += [
        f"Each detector by itself: {', '.join(f'`{r.folder.name}/report.md`' for r in study.reports.values() if r.folder)}"
    ]
    write_pages(folder, "\n\n".join(parts) + "\n")


HEADER = [
    "detector",
    "threshold",
    "AUC",
    "APCER",
    "worst type",
    "BPCER",
    "ACER",
    "ACER over sources",
    "not judged: real, fake",
]


def together_table(reports: dict[str, Report]) -> str:
    """Return one row a detector, as Markdown."""
    rows = []
    for name, report in reports.items():
        found, macro = report.evaluation, report.macro
        if found is None:
            continue
        mean = (
            ""
            if macro is None
            else f"{100 * macro.acer:.1f} % [{100 * macro.interval[0]:.1f}, {100 * macro.interval[1]:.1f}]"
        )
        lost = f"{found.bpnrr.errors}, {found.apnrr.errors}"
        rows.append(
            [
                name,
                str(found.threshold),
                found.auc,
                found.apcer,
                found.worst_species,
                found.bpcer,
                found.acer,
                mean,
                lost,
            ]
        )
    return table_of(HEADER, rows, text_columns=2)
