"""Limits from photographs: the train rows say what is familiar, the dev rows how far that reaches."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("onnx")
pytest.importorskip("sklearn")

from liveliness_lib.faces import Face
from liveliness_lib.images import write_image
from liveliness_lib.models.face_classifier import CropClassifier
from liveliness_lib.pipeline.judge import Judge
from liveliness_lib.pipeline.limits import fit_limits

spec = importlib.util.spec_from_file_location("tiny_graphs", Path(__file__).parents[1] / "models" / "graphs.py")
graphs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(graphs)


class WholePicture:
    def detect(self, image):
        return [Face((0.0, 0.0, image.shape[1], image.shape[0]), 1.0, "whole")] if image.any() else []


@pytest.fixture
def table(tmp_path):
    rows = []
    for grey in range(80, 120):
        write_image(tmp_path / f"{grey}.png", np.full((12, 18, 3), grey, np.uint8))
        label, split = "real" if grey % 4 < 2 else "fake", "dev" if grey % 2 else "train"
        rows.append({"path": str(tmp_path / f"{grey}.png"), "label": label, "split": split})
    write_image(tmp_path / "dark.png", np.zeros((12, 18, 3), np.uint8))
    (tmp_path / "broken.png").write_bytes(b"")
    rows += [{"path": str(tmp_path / f"{name}.png"), "label": "real", "split": "dev"} for name in ("dark", "broken")]
    return pd.DataFrame(rows)


def test_a_judge_with_limits_is_not_sure_about_what_it_never_saw(tmp_path, table):
    model = graphs.brightness_graph(tmp_path / "m.onnx", graphs.metadata())
    before = model.read_bytes()
    domain = fit_limits(
        model, table, out=tmp_path / "limited.onnx", detector=WholePicture(), tensor="p1", name="greys", progress=False
    )
    assert domain.fitted_on == "greys: 20 training, 20 development faces"
    assert model.read_bytes() == before
    judge = Judge(WholePicture(), CropClassifier(tmp_path / "limited.onnx"))
    near, far = (judge.judge(np.full((12, 18, 3), grey, np.uint8)) for grey in (100, 250))
    assert (near.verdict, near.strangeness < 1) == ("fake", True)
    assert (far.verdict, far.reasons[0]) == ("not sure", "out_of_domain")
    assert far.score == pytest.approx(250 / 255, abs=1e-3)


def test_without_faces_nothing_is_fitted_and_nothing_written(tmp_path, table):
    model = graphs.brightness_graph(tmp_path / "m.onnx", graphs.metadata())
    with pytest.raises(ValueError, match=r"'dev': 0"):
        fit_limits(
            model, table[table["split"] == "train"], out=tmp_path / "x.onnx", detector=WholePicture(), tensor="p1"
        )
    assert not (tmp_path / "x.onnx").exists()
