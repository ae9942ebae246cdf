"""Send a labelled data set through a judge and compute everything that is to be said about its scores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liveliness_lib import images, metrics, scores
from liveliness_lib.metrics.macro import MacroRates, macro_rates
from liveliness_lib.pipeline.circumstances import MEASURED, measure_circumstances, with_classes
from liveliness_lib.pipeline.judge import Judge, Judgement

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("device", *MEASURED)
"""The columns by which every evaluation is read, where the table has more than one value of them."""


@dataclass(frozen=True)
class Calibration:
    """How far scores can be read as probabilities.

    Attributes
    ----------
    before : metrics.Reliability
        Of the scores as they are.
    temperature : metrics.Temperature or None
        Fitted on dev; None where no development scores are known.
    after : metrics.Reliability or None
        Of the scores at that temperature.
    """

    before: metrics.Reliability
    temperature: metrics.Temperature | None = None
    after: metrics.Reliability | None = None


@dataclass(frozen=True)
class Report:
    """What an evaluation found and where it was written.

    Attributes
    ----------
    table : DataFrame
        The score table.
    evaluation : metrics.Evaluation or None
        None where one class is missing, so that no error rate of both exists.
    macro : MacroRates or None
        The same averaged over subjects (sources).
    folder : Path or None
        Where ``scores.csv``, ``metrics.json``, ``report.md``, ``report.html`` and the figures are.
    calibration : Calibration or None
        None where one class is missing or nothing was acquired.
    slices : dict
        Column -> rates of each of its values.
    """

    table: pd.DataFrame
    evaluation: metrics.Evaluation | None
    macro: MacroRates | None
    folder: Path | None
    calibration: Calibration | None = None
    slices: dict[str, tuple[metrics.Slice, ...]] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return the rates as a table for the terminal."""
        if self.evaluation is None:
            n = len(self.table)
            return f"{n} photos of one class only ({self.table['label'].iloc[0]}): no error rates of both classes"
        text = metrics.format_evaluation(self.evaluation)
        if self.macro:
            low, high = (100 * end for end in self.macro.interval)
            text += f"\nmean over {len(self.macro.by_source)} sources: APCER {100 * self.macro.apcer:.1f} %, "
            text += f"BPCER {100 * self.macro.bpcer:.1f} %, ACER {100 * self.macro.acer:.1f} % [{low:.1f}, {high:.1f}]"
        if self.calibration:
            text += f"\n{calibration_line(self.calibration)}"
        return text

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers for a metrics file; only what could be computed."""
        if self.evaluation is None:
            return {}
        found = self.evaluation.to_dict()
        if self.macro:
            found |= {f"macro_{name}": getattr(self.macro, name) for name in ("apcer", "bpcer", "acer")}
            found |= {"macro_acer_low": self.macro.interval[0], "macro_acer_high": self.macro.interval[1]}
        if self.calibration:
            found["calibration_error"] = self.calibration.before.error
            if self.calibration.temperature and self.calibration.after:
                found["temperature"] = self.calibration.temperature.value
                found["calibration_error_at_temperature"] = self.calibration.after.error
        return found


def calibration_line(calibration: Calibration) -> str:
    """Say in one line how far the scores can be read as probabilities."""
    text = f"expected calibration error {100 * calibration.before.error:.1f} %"
    if calibration.temperature is None or calibration.after is None:
        return f"{text} (no development scores are known, so no temperature)"
    return (
        f"{text}, {100 * calibration.after.error:.1f} % at temperature {calibration.temperature.value:.2f} "
        f"(fitted on {calibration.temperature.fitted_on})"
    )


def score_with(judge: Judge, table: pd.DataFrame, *, progress: bool = True) -> pd.DataFrame:
    """Return the score table of `table`; NaN where nothing could be judged.

    Further columns say what was judged: ``verdict`` and ``reason``, ``strangeness`` where the model knows its limits,
    and the circumstances of `measure_circumstances`. A column of the table itself is never replaced.
    """
    import pandas as pd

    said: dict[str, dict[str, Any]] = {}

    def ask(path: str) -> float | None:
        image = images.read_image(path)
        judgement = judge.judge(image)
        said[path] = _remembered(judgement, image)
        return judgement.score

    scored = scores.score_table(table, ask, progress=progress)
    unread = {"verdict": "unreadable", "reason": "unreadable"}
    extra = pd.DataFrame([said.get(str(path), unread) for path in table["path"]], index=scored.index)
    kept = {name: table[name].to_numpy() for name in table.columns if name not in scored.columns and name not in _OWN}
    more: dict[str, Any] = {str(name): extra[name] for name in extra.columns} | kept
    return scored.assign(**more)


_OWN = ("score", "sha256", "origin", "commit", "licence", "note", "generator_version", "photo_seed", "seed")
"""Columns of a manifest that say nothing about how a picture is judged."""


def _remembered(judgement: Judgement, image: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"verdict": judgement.verdict, "reason": judgement.reasons[0]}
    if judgement.strangeness is not None:
        found["strangeness"] = judgement.strangeness
    return found if judgement.face is None else found | measure_circumstances(image, judgement.face)


def threshold_of(judge: Judge) -> metrics.Threshold:
    """Return the threshold that travels with the judge's model."""
    about = judge.classifier.metadata
    return metrics.Threshold(about.threshold, "model", about.threshold_from)


def report_scores(
    table: pd.DataFrame,
    threshold: metrics.Threshold,
    *,
    out: str | os.PathLike[str] | None = None,
    name: str = "evaluation",
    seed: int = 0,
    temperature: metrics.Temperature | None = None,
    by: Sequence[str] = (),
) -> Report:
    """Compute every rate of a score table and write them to `out`.

    Parameters
    ----------
    table
        A score table, from `score_with` or from another detector's CSV.
    threshold
        Chosen elsewhere: by the model's own development split, or on another set.
    out
        Folder of the report; nothing is written where it is None.
    name
        Title of the report.
    seed
        Of the bootstrap.
    temperature
        Fitted elsewhere, as the threshold.
    by
        Columns to read the rates by, beside `PARTS`.

    Raises
    ------
    ValueError
        A column of `by` is not there.
    """
    both = set(table["label"]) == {"real", "fake"}
    evaluation = metrics.evaluate(table, threshold, seed=seed) if both else None
    several = "subject" in table and table["subject"].nunique() > 1
    macro = macro_rates(table, threshold, seed=seed) if both and several else None
    calibration = _calibration(table, temperature) if both and table["score"].notna().any() else None
    slices = _slices(with_classes(table), threshold, by, seed)
    report = Report(table, evaluation, macro, None if out is None else Path(out), calibration, slices)
    if out is not None:
        from liveliness_lib.pipeline.report_files import write_report

        write_report(report, name)
    return report


def _calibration(table: pd.DataFrame, temperature: metrics.Temperature | None) -> Calibration:
    before = metrics.reliability(table)
    if temperature is None:
        return Calibration(before)
    after = metrics.reliability(table.assign(score=temperature.apply(table["score"])))
    return Calibration(before, temperature, after)


def _slices(
    table: pd.DataFrame, threshold: metrics.Threshold, by: Sequence[str], seed: int
) -> dict[str, tuple[metrics.Slice, ...]]:
    found = {name: metrics.slice_rates(table, threshold, name, seed=seed) for name in by}
    for name in PARTS:
        if name in table.columns and name not in found:
            slices = metrics.slice_rates(table, threshold, name, seed=seed)
            if len(slices) > 1:  # one part is the whole
                found[name] = slices
    return found
