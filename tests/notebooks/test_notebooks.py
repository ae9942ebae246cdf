"""Each notebook runs headlessly with fast=True and its recorded metrics stay within their bounds."""

from pathlib import Path

import papermill
import pytest

from liveliness_lib.results import read_metrics
from regression.compare import compare, read_bounds
from regression.report import to_line

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
BOUNDS = read_bounds()


@pytest.mark.lint
def test_no_notebook_is_without_bounds_and_no_bounds_without_a_notebook():
    assert {path.stem for path in NOTEBOOKS} == set(BOUNDS)
    assert all(BOUNDS.values())


@pytest.mark.notebooks
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_stays_within_its_bounds(path, tmp_path):
    parameters = {"fast": True, "out": str(tmp_path / "out")}
    undeclared = set(parameters) - set(papermill.inspect_notebook(str(path)))
    assert not undeclared, f"papermill would only warn about {undeclared}"
    papermill.execute_notebook(
        str(path), str(tmp_path / path.name), parameters=parameters, cwd=str(path.parent), progress_bar=False
    )
    rows = compare(path.stem, read_metrics(tmp_path / "out"), BOUNDS[path.stem])
    red = [f"{row.metric}: {row.verdict}, {to_line(row)}" for row in rows if row.is_red]
    assert not red
