"""A fault in the library turns the notebook that watches it red, and no other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
USED = ("liveliness_lib", "disparity", "data_samples", "notebooks", "benchmarks")
WATCHING = ("01_dataset_generation", "06_stereo_disparity", "07_production_pipeline")
FAULTS = {
    # every slide is taken for the one after it: the old way of mis-naming a whole film
    "01_dataset_generation": (
        "liveliness_lib/dataset/slide_codes.py",
        "number = high * BASE + low.pop()",
        "number = high * BASE + low.pop() + 1",
    ),
    # metres that are two percent too long
    "06_stereo_disparity": ("disparity/depth.py", "z = rig.depth(disparity)", "z = 1.02 * rig.depth(disparity)"),
    # doubtful photos are noted but not kept
    "07_production_pipeline": (
        "liveliness_lib/pipeline/publish.py",
        "keep_image=keeps_image(outcome, keep_real=keep_real)",
        "keep_image=False",
    ),
}


@pytest.fixture
def copy(tmp_path):
    """A copy of what notebooks use, to be broken."""
    for name in USED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("notebook", FAULTS)
def test_the_right_notebook_turns_red(copy, notebook):
    file, right, wrong = FAULTS[notebook]
    source = (copy / file).read_text()
    assert source.count(right) == 1, f"{file} has changed: seed the fault anew"
    (copy / file).write_text(source.replace(right, wrong))
    command = [sys.executable, "-m", "regression", "run", *(name[:2] for name in WATCHING)]
    command += ["--notebooks", str(copy / "notebooks"), "--out", str(copy / "out")]
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(copy)}, capture_output=True, text=True)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    suites = ElementTree.parse(copy / "out" / "report.xml").getroot()
    unwanted = {"no bound"}  # says nothing about the library
    red = {s.get("name") for s in suites for f in s.iter("failure") if f.get("type") not in unwanted}
    assert red == {notebook}, (copy / "out" / "report.md").read_text()
