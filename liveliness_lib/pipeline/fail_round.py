"""Judge labelled pictures and keep what went wrong as a round: pictures, faces, conditions, causes, a sheet, a report."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from liveliness_lib import crops, images
from liveliness_lib.dataset.splits import GROUPS
from liveliness_lib.failcases.causes import cause_table, likely_causes
from liveliness_lib.failcases.collect import fail_cases
from liveliness_lib.failcases.conditions import CONDITIONS, measure
from liveliness_lib.failcases.gallery import Cases
from liveliness_lib.failcases.rounds import keep_round
from liveliness_lib.failcases.sheet import draw_cases
from liveliness_lib.figures import save_figure
from liveliness_lib.models.face_classifier import CropClassifier
from liveliness_lib.paths import atomic_path
from liveliness_lib.pipeline.judge import Judge
from liveliness_lib.scores import as_score_table

log = logging.getLogger(__name__)

BOX = ("x_min", "y_min", "x_max", "y_max")
CROP_SCALE = 1.5
"""What is kept of a face: half as wide again as its box, at native resolution."""


@dataclass(frozen=True)
class Round:
    """What was found and kept.

    Attributes
    ----------
    folder : Path
        ``manifest.csv``, the pictures, ``crops/``, ``sheet.png`` and ``report.md``.
    judged : DataFrame
        The score table of every picture, with boxes and conditions.
    cases : DataFrame
        The round's manifest.
    causes : dict of DataFrame
        By label, see :func:`liveliness_lib.failcases.causes.cause_table`; empty where too little went right to compare.
    """

    folder: Path
    judged: pd.DataFrame
    cases: pd.DataFrame
    causes: dict[str, pd.DataFrame]

    def to_text(self) -> str:
        """Return the counts and the causes for the terminal and for the report."""
        kinds = self.cases.groupby(["kind", "attack_type"]).size().rename("count").reset_index().to_dict("records")
        lines = [f"{len(self.cases)} cases of {len(self.judged)} pictures judged"]
        for one in kinds:
            what = "real" if one["attack_type"] == "none" else one["attack_type"]
            lines.append(f"  {one['count']:>4}  {one['kind']}, {what}")
        for label, found in self.causes.items():
            lines += ["", f"what is unusual about the {label} mistakes (p: no more frequent than among right answers)"]
            lines += [
                f"  {row['cases']:>4}  {row['cause']:<16} {100 * row['share']:5.1f} % of them, "
                f"{100 * row['usual_share']:5.1f} % of the others, p {_small(row['p_value'])}"
                for row in found.to_dict("records")
            ]
        return "\n".join(lines)


def judge_all(judge: Judge, table: pd.DataFrame, *, progress: bool = True) -> pd.DataFrame:
    """Return the score table of `table` with the box of each face, and the conditions of its pixels.

    Without a gate every face that is found gets a score; where there is none the box is NaN and the conditions are
    those of the whole picture.
    """
    from tqdm.auto import tqdm

    rows = []
    for path in tqdm(list(table["path"]), desc="judging", unit="photo", disable=not progress, leave=False):
        try:
            image = images.read_image(path)
        except images.ImageReadError as error:
            log.warning("not judged: %s", error)
            rows.append(dict.fromkeys((*BOX, *CONDITIONS, "score"), float("nan")))
            continue
        said = judge.judge(image)
        box = (float("nan"),) * 4 if said.face is None else tuple(float(v) for v in said.face.box)
        seen = image if said.face is None else _face(image, box, 1.0)
        score = float("nan") if said.score is None else said.score
        rows.append(dict(zip(BOX, box, strict=True)) | measure(seen) | {"score": score})
    found = pd.DataFrame(rows)
    extra = [column for column in table if column not in ("score", *BOX, *CONDITIONS)]
    checked = as_score_table(table, found["score"].to_numpy(float))
    more = table[[c for c in extra if c not in checked]].reset_index(drop=True)
    return pd.concat([checked, more, found.drop(columns="score")], axis=1)


def keep_failures(
    judge: Judge,
    table: pd.DataFrame,
    out: str | os.PathLike[str],
    *,
    margin: float = 0.05,
    name: str = "",
    progress: bool = True,
) -> Round:
    """Judge `table` and keep every mistake and near miss in the folder `out`.

    Parameters
    ----------
    judge : Judge
        Without a gate, so that poor pictures count as well.
    table : DataFrame
        A manifest.
    out : path
        The round. A second call adds to it; decisions made about its cases stay.
    margin : float
        A right answer so close to the model's threshold is a near miss.
    name : str
        How the model is called in the manifest, for example the folder of its run; its own name where empty.

    Raises
    ------
    ValueError
        Nothing went wrong.
    """
    folder, about = Path(out), judge.classifier.metadata
    judged = judge_all(judge, table, progress=progress)
    cases = fail_cases(judged, about.threshold, margin=margin)
    if cases.empty:
        raise ValueError(
            f"nothing went wrong: {about.name} was right about all {len(judged)} pictures, by more than {margin:g}"
        )
    wrong = judged["path"].isin(cases.loc[cases["kind"] != "near miss", "path"])
    named, tables = _causes(judged, cases, wrong)
    cases = cases.assign(cause=named, model_file=_version(judge), threshold=about.threshold)
    kept = keep_round(cases, folder, model=name or about.name, crop=_crop)
    report = Round(folder, judged, kept, tables)
    save_figure(draw_cases(kept, folder, most=len(kept)), folder / "sheet.png")
    with atomic_path(folder / "report.md") as temporary:
        temporary.write_text(
            f"# Fail cases of {name or about.name}\n\n```\n{report.to_text()}\n```\n\n![cases](sheet.png)\n"
        )
    return report


def leave_out_known(cases: Cases, training: pd.DataFrame) -> int:
    """Mark the cases of people, photographs and sessions in dev or test of `training` not to be added; return how many.

    They stay in the round to be looked at. To learn from them would turn the test set into training data.
    """
    held = training[training["split"].isin(("dev", "test"))]
    known = pd.Series(False, index=cases.table.index)
    for column in GROUPS:
        values = set(held[column].astype(str)) - {""}
        known |= cases.table[column].astype(str).isin(values)
    for case in cases.table.loc[known, "case"]:
        cases.add(str(case), False)
    return int(known.sum())


def _small(p: float) -> str:
    return f"{p:.2f}" if p >= 0.01 else "< .01" if p >= 0.001 else "< .001"


def _causes(judged: pd.DataFrame, cases: pd.DataFrame, wrong: pd.Series) -> tuple[pd.Series, dict[str, pd.DataFrame]]:
    named, tables = pd.Series("", index=cases.index, dtype=object), {}
    for label in ("real", "fake"):
        mine, right = cases["label"] == label, judged[(judged["label"] == label) & ~wrong]
        if mine.any() and len(right) >= 3:
            named[mine] = likely_causes(cases[mine], right)
            mistakes = cases[mine & (cases["kind"] != "near miss")]
            if len(mistakes):
                tables[label] = cause_table(mistakes, right)
    return named, tables


def _crop(image: npt.NDArray[np.uint8], row: Mapping[Any, Any]) -> npt.NDArray[np.uint8] | None:
    box = tuple(float(row[name]) for name in BOX)
    return None if np.isnan(box).any() else _face(image, box, CROP_SCALE)


def _face(image: npt.NDArray[np.uint8], box: tuple[float, ...], scale: float) -> npt.NDArray[np.uint8]:
    height, width = (max(8, round((box[i + 2] - box[i]) * scale)) for i in (1, 0))
    return crops.cut_face(image, box, scale=scale, image_size=(height, width), border="pad")


def _version(judge: Judge) -> str:
    """Return the beginning of the model file's SHA-256: names are reused, contents are not."""
    if not isinstance(judge.classifier, CropClassifier):
        return ""
    return hashlib.sha256(judge.classifier.path.read_bytes()).hexdigest()[:12]
