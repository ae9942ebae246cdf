"""Two small notebooks and their bounds."""

import json

import nbformat
import pytest

RECORDS = (
    "from liveliness_lib.results import record_metrics\n"
    "record_metrics(out, {'seed_seen': seed, 'fast_seen': fast, 'said': 'text'})"
)


def write_notebook(path, parameters, *code):
    cells = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source) for source in code]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


@pytest.fixture
def folder(tmp_path):
    """A folder of notebooks, with bounds.json: one records its seed, one breaks."""
    books = tmp_path / "notebooks"
    books.mkdir()
    start = "fast: bool = False  # quick\nout: str = ''  # where to"
    write_notebook(books / "01_fine.ipynb", f"{start}\nseed: int = 3  # of everything", RECORDS)
    write_notebook(books / "02_broken.ipynb", start, "raise RuntimeError('no such screen')")
    bounds = {
        "01_fine": {"seed_seen": {"max": 5}, "fast_seen": {"min": 0, "max": 1}},
        "02_broken": {"rate": {"max": 1}},
    }
    (tmp_path / "bounds.json").write_text(json.dumps(bounds))
    return tmp_path
