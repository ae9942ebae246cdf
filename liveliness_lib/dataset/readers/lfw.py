"""Labeled Faces in the Wild: G. B. Huang et al., 2007. 13 233 photographs of 5 749 people: real faces to attack."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pandas as pd

from liveliness_lib.dataset.manifest import write_manifest
from liveliness_lib.dataset.readers.tree import PublicSet, Row, below
from liveliness_lib.paths import cache_dir, require

log = logging.getLogger(__name__)


def read(root: Path, protocol: str) -> list[Row]:
    """Read a tree of folders, one for each person; all are real. Splits are left to draw."""
    return [
        {"path": str(path), "label": "real", "attack_type": "none", "subject": path.parent.name, "session": path.stem,
         "source_photo": path.stem}
        for path in below(root, ".", {".jpg"})
    ]  # fmt: skip


def fetch_lfw(out: str | os.PathLike[str] | None = None, *, funneled: bool = True) -> pd.DataFrame:
    """Download the set with scikit-learn (about 200 MB, once), and write its manifest.

    Parameters
    ----------
    out
        scikit-learn's data folder; in the cache if None.
    funneled
        The aligned version.

    Raises
    ------
    ImportError
        scikit-learn is not installed.
    OSError
        The set could not be fetched or unpacked; says how to bring it by hand.
    """
    datasets = require("sklearn.datasets", extra="train")
    home = Path(out) if out else cache_dir()
    log.info("fetching Labeled Faces in the Wild into %s", home)
    # The arrays that it returns are not needed: the photographs it unpacks are.
    folder = home / "lfw_home" / ("lfw_funneled" if funneled else "lfw")
    try:
        datasets.fetch_lfw_people(data_home=str(home), funneled=funneled, min_faces_per_person=100, resize=0.2)
    except OSError as error:
        raise OSError(
            f"{folder}: Labeled Faces in the Wild could not be fetched ({error}). On a machine with network run the same "
            f"command and copy its folder, or unpack the set by hand and run: liveliness dataset read lfw FOLDER"
        ) from error
    table = SET.table(folder)
    write_manifest(table, folder / "manifest.csv")
    return table


SET = PublicSet(
    name="lfw",
    title="Labeled Faces in the Wild",
    ask="https://scikit-learn.org/stable/datasets/real_world.html (liveliness dataset fetch lfw)",
    layout="<person>/<person>_<number>.jpg",
    protocols=("none",),
    read=read,
    media="pictures",
)
