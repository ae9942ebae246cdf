"""Browse the cases of a round: filter, sort, correct a label, decide what the next round learns from.

`Cases` is the whole of it without a screen; `show_gallery` puts widgets around it, or draws a contact sheet where
nobody can click.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liveliness_lib import images
from liveliness_lib.dataset.manifest import LABELS, write_manifest
from liveliness_lib.failcases.rounds import MANIFEST, read_round
from liveliness_lib.failcases.sheet import describe, draw_cases, picture_of
from liveliness_lib.paths import require

if TYPE_CHECKING:
    import pandas as pd

SORTS = ("distance", "score", "cause", "kind", "subject")
FILTERS = ("kind", "attack_type", "cause", "found_in", "add")
ALL = "all"


class Cases:
    """Hold the cases of a round and write every decision down at once.

    Parameters
    ----------
    folder : path
        The round's.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.table = read_round(self.folder)

    def select(self, *, sort: str = "distance", descending: bool = True, **filters: str) -> pd.DataFrame:
        """Return the cases whose columns have the values of `filters` (``"all"`` filters nothing), sorted.

        Raises
        ------
        ValueError
            An unknown column.
        """
        if unknown := [name for name in (sort, *filters) if name not in (*SORTS, *FILTERS)]:
            raise ValueError(f"expected columns to sort by {SORTS} or filter by {FILTERS}. Received: {unknown}")
        chosen = self.table
        for name, value in filters.items():
            if value != ALL and name in chosen:
                chosen = chosen[chosen[name].astype(str) == value]
        return chosen.sort_values(sort, ascending=not descending, kind="stable") if sort in chosen else chosen

    def values(self, column: str) -> list[str]:
        """Return what stands in a column, for a menu."""
        return sorted(set(self.table[column].astype(str))) if column in self.table else []

    def relabel(self, case: str, label: str, attack_type: str = "unknown") -> None:
        """Correct what a picture truly is; what was given stays in ``given_label``.

        Raises
        ------
        ValueError
            No such case, or no such label.
        """
        if label not in LABELS:
            raise ValueError(f"expected a label among {LABELS}. Received: {label!r}")
        row = self._row(case)
        if "given_label" not in self.table:
            self.table["given_label"] = ""
        if not self.table.loc[row, "given_label"]:
            was = self.table.loc[row, ["label", "attack_type"]]
            self.table.loc[row, "given_label"] = f"{was['label']} {was['attack_type']}"
        self.table.loc[row, ["label", "attack_type"]] = [label, "none" if label == "real" else attack_type]
        self._write()

    def add(self, case: str, yes: bool = True) -> None:
        """Decide whether the next round learns from a case.

        Raises
        ------
        ValueError
            No such case.
        """
        self.table.loc[self._row(case), "add"] = "yes" if yes else "no"
        self._write()

    def _row(self, case: str) -> Any:
        rows: Any = self.table.index[self.table["case"].astype(str).str.startswith(case)] if case else []
        if len(rows) != 1:
            raise ValueError(f"expected the name of one case of {self.folder}, or its beginning. Received: {case!r}")
        return rows[0]

    def _write(self) -> None:
        write_manifest(self.table, self.folder / MANIFEST)


def show_gallery(folder: str | os.PathLike[str], *, live: bool = True, most: int = 24) -> Any:
    """Return the gallery of a round as widgets (`live`), or as a contact sheet for a notebook that runs headlessly.

    Parameters
    ----------
    folder : path
    live : bool
    most : int
        Cases shown at once.
    """
    cases = Cases(folder)
    return _widgets(cases, most) if live else draw_cases(cases.select(), cases.folder, most=most)


def _widgets(cases: Cases, most: int) -> Any:
    widgets = require("ipywidgets", extra="notebooks")
    menus = {
        name: widgets.Dropdown(options=[ALL, *cases.values(name)], value=ALL, description=name)
        for name in FILTERS
        if name in cases.table
    }
    order = widgets.Dropdown(options=[s for s in SORTS if s in cases.table], value="distance", description="sort by")
    down = widgets.Checkbox(value=True, description="largest first")
    count, grid = widgets.Label(), widgets.GridBox(layout={"grid_template_columns": "repeat(auto-fill, 176px)"})

    def redraw(_change: object = None) -> None:
        chosen = cases.select(
            sort=order.value, descending=down.value, **{name: menu.value for name, menu in menus.items()}
        )
        count.value = f"{len(chosen)} of {len(cases.table)} cases, {(cases.table['add'] == 'yes').sum()} to be added"
        grid.children = [_card(widgets, cases, row, count) for row in chosen.head(most).to_dict("records")]

    for control in (*menus.values(), order, down):
        control.observe(redraw, names="value")
    redraw()
    return widgets.VBox([widgets.HBox([*menus.values()]), widgets.HBox([order, down, count]), grid])


def _card(widgets: Any, cases: Cases, row: dict[Any, Any], count: Any) -> Any:
    """Return one case: its face, what is known, its label and whether it is added."""
    face = images.resize_image(picture_of(row, cases.folder), (128, 128))
    picture = widgets.Image(value=images.encode_image(face, "jpeg", 85), format="jpeg", width=128)
    kinds = sorted({"real", "fake screen", "fake print", "fake unknown", _label(row)})
    label = widgets.Dropdown(options=kinds, value=_label(row), layout={"width": "164px"})
    add = widgets.Checkbox(value=row["add"] == "yes", description="add to next round", indent=False)

    def on(control: Any, act: Callable[[Any], None]) -> None:
        def changed(change: Any) -> None:
            act(change["new"])
            count.value = f"{(cases.table['add'] == 'yes').sum()} to be added"

        control.observe(changed, names="value")

    on(label, lambda value: cases.relabel(row["case"], *value.split(" ", 1)))
    on(add, lambda value: cases.add(row["case"], value))
    text = widgets.HTML(f"<small>{describe(row).replace(chr(10), '<br>')}</small>")
    return widgets.VBox([picture, text, label, add], layout={"padding": "4px"})


def _label(row: dict[Any, Any]) -> str:
    return "real" if row["label"] == "real" else f"fake {row['attack_type']}"
