"""Every notebook is in the house form: its question, its parameters, its outputs."""

import runpy
from pathlib import Path

import nbformat
import papermill
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))
pytestmark = pytest.mark.lint


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def cells(path):
    return nbformat.read(path, as_version=4).cells


def code_of(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


def test_the_title_is_the_question(path, cells):
    title = cells[0].source.splitlines()[0]
    assert title.startswith(f"# {path.name[:2]} · "), title
    assert title.endswith("?"), title


def test_it_says_what_it_reads_writes_and_takes(cells):
    opening = "\n".join(cell.source for cell in cells[:2])
    for word in ("**Reads**", "**Writes**", "**Takes**"):
        assert word in opening or word.strip("*") in opening


def test_one_parameters_cell_that_papermill_understands(path, cells):
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in cells) == 1
    declared = papermill.inspect_notebook(str(path))
    assert declared["fast"]["default"] == "False"
    assert all(parameter["help"] for parameter in declared.values()), declared


def test_outputs_are_kept_counted_and_without_errors(cells):
    code = code_of(cells)
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]


def test_nothing_testable_is_defined_in_it(cells):
    source = "\n".join(cell.source for cell in code_of(cells))
    assert "\nclass " not in f"\n{source}"
    assert len([line for line in source.splitlines() if line.strip()]) <= 120
    assert 12 <= len(cells) <= 40


def test_it_ends_on_recorded_metrics_and_a_doubt(cells):
    assert any("record_metrics" in cell.source for cell in code_of(cells))
    assert any(cell.source.lstrip().startswith("## Result") for cell in cells if cell.cell_type == "markdown")


def test_it_is_small(path):
    assert path.stat().st_size < 500_000


def test_every_kept_picture_was_made_by_the_render_command(path):
    found = runpy.run_path(str(path.parent / "render.py"))["strangers"](path)
    assert not found


def test_it_names_no_path_of_a_machine(path):
    text = path.read_text()
    assert "/home/" not in text
    assert str(Path(__file__).resolve().parents[2]) not in text
