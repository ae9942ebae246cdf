"""Imports cost nothing and point one way."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "liveliness_lib"
ORDER = [
    "paths",
    "weights",
    "images",
    "faces",
    "crops",
    "synthetic",
    "dataset",
    "models",
    "scores",
    "metrics",
    "figures",
    "failcases",
    "results",
    "depth",
    "training",
    "pipeline",
    "cli",
]
HEAVY = {
    "tensorflow",
    "keras",
    "torch",
    "transformers",
    "dlib",
    "face_recognition",
    "cv2",
    "pandas",
    "matplotlib",
    "numba",
}
pytestmark = pytest.mark.lint


def run(code):
    return subprocess.run([sys.executable, *code], capture_output=True, text=True, check=True, cwd=ROOT)


def loaded_after(statement):
    code = f"import sys, json\n{statement}\nprint(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    return set(json.loads(run(["-c", code]).stdout.splitlines()[-1]))


def test_import_of_the_package_is_light():
    assert not loaded_after("import liveliness_lib") & HEAVY


def test_import_of_the_package_takes_under_three_tenths_of_a_second():
    trace = run(["-X", "importtime", "-c", "import liveliness_lib"]).stderr.splitlines()
    cumulative = next(int(line.split("|")[1]) for line in trace if line.split("|")[-1].strip() == "liveliness_lib")
    assert cumulative < 300_000, f"{cumulative} microseconds"


def test_judging_a_photo_loads_no_tensorflow_torch_or_dlib():
    photo = "from liveliness_lib.pipeline.judge import load_judge; import numpy as np\n"
    photo += "from liveliness_lib.models.registry import DEFAULT\n"  # auto may convert fetched torch weights once
    photo += "load_judge(DEFAULT).judge(np.zeros((64, 64, 3), np.uint8))"
    assert not loaded_after(photo) & {"tensorflow", "keras", "torch", "dlib", "transformers", "numba", "matplotlib"}


def rooms_imported_by(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "disparity":
                yield "disparity", node.lineno
            elif parts[0] == "liveliness_lib" and len(parts) > 1 and parts[1] in ORDER:
                yield parts[1], node.lineno


def test_every_room_stands_in_the_order():
    rooms = {p.stem for p in PACKAGE.glob("*.py")} | {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    assert rooms - {"__init__"} <= set(ORDER)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_what_stands_to_its_left(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room == "__init__":
        allowed = set()
    else:
        allowed = set(ORDER[: ORDER.index(room) + 1])
    wrong = [(name, line) for name, line in rooms_imported_by(path) if name not in allowed]
    assert not wrong, f"{path.relative_to(ROOT)} imports from its right: {wrong}"


def test_stereo_stands_on_the_first_rooms_only():
    allowed = {*ORDER[: ORDER.index("synthetic") + 1], "disparity", "scores", "metrics", "figures", "results"}
    for path in (ROOT / "disparity").rglob("*.py"):
        assert {name for name, _ in rooms_imported_by(path)} <= allowed, path
