"""What the render command keeps, and what it cannot open."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from liveliness_lib.images import write_image

ROOT = Path(__file__).resolve().parents[2]
RENDER = ROOT / "notebooks" / "render.py"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(scope="module")
def render():
    return runpy.run_path(str(RENDER))


def executed(picture=PIXEL, stream="kept\n"):
    outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=f"{stream}<object at 0x7f00aabbccdd>"),
        nbformat.v4.new_output("stream", name="stderr", text="3/3 [00:01<00:00]"),
        nbformat.v4.new_output("display_data", {"image/png": picture}, metadata={"width": 3}),
    ]
    cell = nbformat.v4.new_code_cell(
        "plot()", outputs=outputs, execution_count=9, metadata={"tags": ["key-figure"], "alt": "a"}
    )
    cell.metadata["papermill"] = {"duration": 1.23}
    injected = nbformat.v4.new_code_cell("fast = True", metadata={"tags": ["injected-parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[injected, cell], metadata={"papermill": {"duration": 9}})
    source = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("plot()", metadata=cell.metadata, id="one")])
    return notebook, source


def test_what_changes_from_run_to_run_is_dropped_and_what_was_written_stays(render):
    notebook = render["clean"](*executed())
    (cell,) = notebook.cells
    assert (cell.id, cell.execution_count, cell.metadata) == ("one", 1, {"tags": ["key-figure"], "alt": "a"})
    assert [output.output_type for output in cell.outputs] == ["stream", "display_data"]
    assert cell.outputs[0].text == "kept\n<object>"
    assert cell.outputs[1].metadata == {}
    assert set(notebook.metadata) == {"liveliness"}


def test_a_picture_that_it_did_not_make_is_a_stranger(render, tmp_path):
    path = tmp_path / "08_x.ipynb"
    notebook = render["clean"](*executed())
    nbformat.write(notebook, path)
    assert render["strangers"](path) == []
    other = PIXEL.replace("DUlE", "DUlF")
    notebook.cells[0].outputs[1].data["image/png"] = other  # run by hand, on one's own photos
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"![me](data:image/png;base64,{PIXEL[:-8]}AAAA)"))
    nbformat.write(notebook, path)
    told = render["strangers"](path)
    assert len(told) == 2
    assert "08_x.ipynb, cell 0" in told[0]
    assert "cell 1" in told[1]


@pytest.mark.parametrize(("where", "refused"), [("outside", True), ("samples", False)])
def test_only_allowed_pictures_can_be_opened_while_it_runs(tmp_path, where, refused):
    photo = ROOT / "data_samples" / "real" / "none" / "p0007-0-0.png"
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    if where == "outside":
        photo = tmp_path / "private" / "me.png"
        photo.parent.mkdir()
        write_image(photo, np.zeros((8, 8, 3), np.uint8))
    environment = os.environ | {
        "PYTHONPATH": str(RENDER.parent / "guard"),
        "TMPDIR": str(temporary),
        "XDG_CACHE_HOME": str(temporary),
    }
    code = f"from liveliness_lib.images import read_image; print(read_image({str(photo)!r}).shape)"
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (ran.returncode != 0) == refused, ran.stderr
    assert ("kept outputs may show" in ran.stderr) == refused


def test_numbers_do_not_depend_on_how_it_was_started(render):
    makefile = (ROOT / "Makefile").read_text()
    for name, value in render["NUMERICS"].items():
        assert f"export {name} ?= {value}\n" in makefile


def test_an_unknown_name_is_refused_with_those_there_are():
    ran = subprocess.run([sys.executable, str(RENDER), "99"], capture_output=True, text=True)
    assert ran.returncode == 2
    assert "03_livenessnet_training" in ran.stderr
