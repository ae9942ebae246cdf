"""A verdict in words and pictures, and the panel for one's own photo."""

from datetime import UTC, datetime

import numpy as np
import pytest

from liveliness_lib.faces import Face
from liveliness_lib.images import encode_image
from liveliness_lib.paths import samples_dir
from liveliness_lib.pipeline import gate
from liveliness_lib.pipeline.first_look import SAYINGS, answer, explain, is_live, make_panel, show_panel
from liveliness_lib.pipeline.judge import Judgement, load_judge
from liveliness_lib.pipeline.welcome import check_installation, plot_rooms, rooms

SAMPLE = samples_dir() / "real" / "none" / "p0007-0-0.png"


@pytest.fixture(scope="module")
def judge():
    return load_judge("livenessnet")


def test_every_reason_of_the_gate_has_words():
    assert set(gate.REASONS) <= set(SAYINGS)


def test_a_verdict_is_explained_in_order():
    face = Face((0, 0, 9, 9), 0.9, "yunet")
    said = explain(Judgement("fake", 0.1234, face, ("score_below_band", "a_new_code"), {}, "m"))
    assert said[0] == "P(real) = 0.123 by m"
    assert said[2:] == ["a new code", "the face was found by yunet"]
    assert explain(Judgement("retake", None, None, ("no_face",), {}, "m")) == ["no face was found"]


def test_an_answer_is_a_picture_and_reasons(judge):
    picture, words = answer(judge, SAMPLE.read_bytes())
    assert picture.startswith(b"\x89PNG")
    assert "P(real)" in words
    _, words = answer(judge, encode_image(np.full((90, 90, 3), 120, np.uint8)))
    assert "no face was found" in words


def test_a_file_that_is_no_picture_gets_its_reason_and_no_markup_of_its_own(judge):
    picture, words = answer(judge, b"<script>alert(1)</script>")
    assert picture == b""
    assert "not a picture" in words
    assert "<script" not in words


def test_headless_it_is_a_figure_and_in_a_lab_a_panel(judge, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.delenv("VSCODE_PID", raising=False)
    assert not is_live()
    assert "P(real)" in show_panel(judge, SAMPLE).get_title()
    monkeypatch.setenv("JPY_SESSION_NAME", "00_start_here.ipynb")
    assert is_live()


def test_the_panel_judges_what_is_dropped_and_what_the_camera_takes(judge):
    pytest.importorskip("anywidget")
    box = make_panel(judge, SAMPLE)
    (upload, camera), (picture, words) = (part.children for part in box.children)
    first = words.value
    assert bytes(picture.value).startswith(b"\x89PNG")
    other = (samples_dir() / "fake" / "screen" / SAMPLE.name).read_bytes()
    upload.value = (
        {
            "name": "a.png",
            "type": "image/png",
            "size": len(other),
            "last_modified": datetime.now(UTC),
            "content": memoryview(other),
        },
    )
    assert words.value != first
    second = words.value
    camera.photo = SAMPLE.read_bytes()
    assert words.value == first != second


def test_the_installation_names_what_is_missing_and_its_remedy(monkeypatch, tmp_path):
    monkeypatch.setenv("LIVELINESS_MODELS", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "dlib" else object())
    table = check_installation()
    assert table.loc["dlib", "remedy"] == "pip install 'liveliness[dlib]'"
    assert table.loc["weights: yunet", "remedy"] == "liveliness models fetch yunet"
    assert (table["found"] == (table["remedy"] == "")).all()


def test_the_map_shows_every_room():
    names = [text.get_text() for text in plot_rooms().texts]
    assert set(rooms()) <= set(names)
