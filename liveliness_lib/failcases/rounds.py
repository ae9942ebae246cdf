"""Rounds of fail cases: what was kept, what the next model cured with it, and what it broke.

The original added the mistakes of model n to the data of model n+1 and never looked at what that broke. Here
a round is a folder with a table, and two score tables of the *same fixed test set* say both.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from liveliness_lib import images
from liveliness_lib.dataset.manifest import COLUMNS, complete_columns, read_manifest, write_manifest
from liveliness_lib.dataset.splits import LeakError, check_leaks
from liveliness_lib.failcases.conditions import CONDITIONS
from liveliness_lib.metrics import Threshold

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.csv"
NUMBERS = ("score", "distance", "threshold", "x_min", "y_min", "x_max", "y_max", *CONDITIONS)
"""Columns of a case that are numbers, NaN where there is no face."""


def keep_round(
    cases: pd.DataFrame,
    folder: str | os.PathLike[str],
    *,
    model: str,
    crop: Callable[[npt.NDArray[np.uint8], Mapping[Any, Any]], npt.NDArray[np.uint8] | None] | None = None,
) -> pd.DataFrame:
    """Copy the pictures of `cases` into a round's folder with a manifest; what is there already is kept.

    Parameters
    ----------
    cases : DataFrame
        From :func:`liveliness_lib.failcases.collect.fail_cases`, with the columns of a manifest as far as known.
    folder : path
        One round, for example ``failcases/round-3``.
    model : str
        Which model failed; written into every row.
    crop : callable, optional
        (picture, row) -> the face as the model saw it, or None; kept beside the picture.

    Returns
    -------
    DataFrame
        The manifest of the round: all cases, those of earlier calls first. Beside the columns of a manifest and of the
        case: ``case`` (its name), ``original`` (where the picture came from), ``found_in`` (the split it was judged in),
        ``crop`` (relative to the folder), ``failed_by`` and ``add``, *yes* or *no*: whether training takes it.
    """
    import pandas as pd

    target = Path(folder).resolve()
    earlier = read_round(target) if (target / MANIFEST).is_file() else None
    rows = [_keep(row, target, model, crop) for row in cases.to_dict("records")]
    parts = [part for part in (earlier, complete_columns(pd.DataFrame(rows)) if rows else None) if part is not None]
    if not parts:
        raise ValueError(f"expected fail cases to keep in {target}. Received: none")
    joined = pd.concat(parts, ignore_index=True).drop_duplicates("path", ignore_index=True)
    write_manifest(joined, target / MANIFEST)
    return joined


def read_round(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the manifest of a round; rows of earlier versions are taken into training.

    Raises
    ------
    ManifestError
        There is no round; names the file.
    """
    import pandas as pd

    cases = read_manifest(Path(folder) / MANIFEST)
    for column in cases.columns.intersection(list(NUMBERS)):  # an empty cell would make a column of text of them
        cases[column] = pd.to_numeric(cases[column], errors="coerce")
    return cases.assign(add=cases["add"].replace("", "yes") if "add" in cases else "yes")


def _keep(row: dict[Any, Any], target: Path, model: str, crop: Callable[..., Any] | None) -> dict[str, Any]:
    image = images.read_image(row["path"])
    name = _digest(image)
    path = target / str(row["label"]) / str(row["attack_type"]) / f"{name}.png"
    if not path.is_file():
        images.write_image(path, image)
    face, held = None if crop is None else crop(image, row), ""
    if face is not None:
        held = f"crops/{name}.png"
        images.write_image(target / held, face)
    kept = {"case": name, "original": str(row["path"]), "found_in": str(row.get("split", "")), "crop": held}
    return row | kept | {"path": str(path), "split": "train", "failed_by": model, "add": "yes"}


def _digest(image: npt.NDArray[np.uint8]) -> str:
    return hashlib.blake2b(np.ascontiguousarray(image).tobytes(), digest_size=10).hexdigest()


def add_round(table: pd.DataFrame, folder: str | os.PathLike[str]) -> pd.DataFrame:
    """Return training data with the cases of a round added to its train split, those marked *no* left out.

    A picture that stands in train already is there twice afterwards: it counts double.

    Raises
    ------
    LeakError
        A case shows a person, photo or session that stands in dev or test: a mistake on the test set must not
        be learnt from.
    ValueError
        No case is marked to be added.
    """
    import pandas as pd

    cases = read_round(folder)
    cases = cases[cases["add"] == "yes"].assign(split="train")
    if cases.empty:
        raise ValueError(f"expected cases marked to be added. Received: none in {folder}")
    known = [column for column in cases if column in COLUMNS or column in table]
    try:
        return check_leaks(pd.concat([table, cases[known]], ignore_index=True))
    except LeakError as error:
        raise LeakError(
            f"{folder} cannot be added: {error}. Leave those cases out (failcases collect --training, or failcases mark "
            "--leave-out), or rename people who only share a name"
        ) from None


@dataclass(frozen=True)
class RoundChange:
    """What a new model changed on a fixed test set.

    Attributes
    ----------
    cured, broken : DataFrame
        Rows that went wrong before and right now, and the other way round.
    still_wrong : int
    p_value : float
        Exact McNemar test: how likely so unequal a split of the changed rows is if the models are equally good.
    """

    cured: pd.DataFrame
    broken: pd.DataFrame
    still_wrong: int
    p_value: float


def compare_rounds(
    before: pd.DataFrame, after: pd.DataFrame, threshold_before: Threshold | float, threshold_after: Threshold | float
) -> RoundChange:
    """Compare two models on the same pictures, each at its own threshold.

    Raises
    ------
    ValueError
        The tables do not list the same pictures.
    """
    from scipy.stats import binomtest

    if set(before["path"]) != set(after["path"]) or len(before) != len(after):
        raise ValueError(
            f"expected the same pictures twice. Received: {len(before)} and {len(after)} rows, not the same"
        )
    ordered = after.set_index("path").loc[before["path"]].reset_index()
    was, now = _wrong(before, threshold_before), _wrong(ordered, threshold_after)
    cured, broken = was & ~now, now & ~was
    changed = int(cured.sum() + broken.sum())
    p = float(binomtest(int(cured.sum()), changed).pvalue) if changed else 1.0
    return RoundChange(ordered[cured], ordered[broken], int((was & now).sum()), p)


def _wrong(table: pd.DataFrame, threshold: Threshold | float) -> pd.Series:
    value = threshold.value if isinstance(threshold, Threshold) else float(threshold)
    accepted = (table["score"] >= value).to_numpy()
    return accepted != (table["label"] == "real").to_numpy()
