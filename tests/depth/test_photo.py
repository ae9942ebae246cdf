"""From a file to an opinion, at the command line too."""

import numpy as np
import pytest
from typer.testing import CliRunner

from liveliness_lib.cli import build_app
from liveliness_lib.depth import photo
from liveliness_lib.depth.photo import as_grey, load_photo_depth
from liveliness_lib.faces.face import Face
from liveliness_lib.images import read_image, write_image
from liveliness_lib.synthetic.heads import sample_scene


class Finder:
    name = "fixed"
    faces = ()

    def detect(self, image):
        return list(self.faces)


@pytest.fixture
def finder(monkeypatch):
    found = Finder()
    monkeypatch.setattr(photo, "load_detector", lambda name: found)
    return found


@pytest.fixture(scope="module")
def scene():
    return sample_scene(3, (160, 160), face_px=80, frontal=True)


@pytest.fixture
def file(tmp_path, scene):
    write_image(tmp_path / "face.png", scene.image)
    return tmp_path / "face.png"


def test_a_face_gets_a_verdict_and_a_map(finder, file, scene, tmp_path):
    finder.faces = [Face(scene.box, 1.0, "fixed")]
    answer = load_photo_depth()(file, tmp_path / "maps")
    assert answer.found
    assert answer.verdict in ("real", "not sure", "fake")
    assert f"{answer.score:.3f}" in answer.to_text()
    assert read_image(tmp_path / "maps" / "face_depth.png").shape == (64, 64, 3)


@pytest.mark.parametrize("faces, words", [([], "no face"), ([Face((1, 1, 12, 12), 1.0, "fixed")], "come nearer")])
def test_no_face_and_a_tiny_one_ask_for_another_picture(finder, file, faces, words):
    finder.faces = faces
    answer = load_photo_depth()(file, None)
    assert (answer.found, answer.verdict, answer.score) == (False, "retake", None)
    assert words in answer.to_text()


def test_maps_do_not_go_into_a_file(finder, file):
    with pytest.raises(ValueError, match=r"folder for the maps.*face\.png"):
        load_photo_depth()(file, file)


def test_the_command_exits_1_without_a_face(finder, file):
    assert CliRunner().invoke(build_app(), ["depth", str(file)]).exit_code == 1


def test_the_command_judges(finder, file, scene):
    finder.faces = [Face(scene.box, 1.0, "fixed")]
    ran = CliRunner().invoke(build_app(), ["depth", str(file)])
    assert ran.exit_code == 0, ran.output
    assert "P(real)" in ran.output


@pytest.mark.parametrize("command", [["depth", "--help"], ["depth", "photo", "--help"], ["depth", "train", "--help"]])
def test_help_gives_an_example(command):
    ran = CliRunner().invoke(build_app(), command)
    assert ran.exit_code == 0
    assert "liveliness depth" in ran.output


def test_a_map_as_grey_spans_the_whole_map():
    grey = as_grey(np.array([[0.0, 1.0], [0.5, np.nan]]))
    assert grey[..., 0].tolist() == [[0, 255], [128, 0]]
    assert as_grey(np.ones((2, 2))).max() == 0
