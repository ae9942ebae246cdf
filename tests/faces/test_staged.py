"""The rule of the staged cascade, on detectors that answer what they are told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from liveliness_lib.faces import Face, Stage, StagedCascade, load_detector
from liveliness_lib.faces.earned import earned_cascade
from liveliness_lib.weights import has_set

BOX, OTHER = (10, 10, 30, 40), (40, 10, 60, 40)


def marked(corner: int) -> np.ndarray:
    """Return a picture 60 high and 80 wide with its only white pixel in one corner, counted clockwise from top left."""
    image = np.zeros((60, 80, 3), np.uint8)
    image[(0, 0, -1, -1)[corner], (0, -1, -1, 0)[corner]] = 255
    return image


@dataclass
class Told:
    """Find what it is told, in pictures whose white corner is where it is told."""

    name: str
    answer: list[tuple[tuple, float]] = field(default_factory=list)
    corner: int = 0
    asked: int = 0

    def detect(self, image: np.ndarray) -> list[Face]:
        self.asked += 1
        row, column = (0, 0, -1, -1)[self.corner], (0, -1, -1, 0)[self.corner]
        return [Face(box, score, self.name) for box, score in self.answer] if image[row, column, 0] else []


def ask(*stages: Stage) -> tuple[list[Face], list[int]]:
    return StagedCascade(stages).detect(marked(0)), [stage.detector.asked for stage in stages]


def test_a_certain_face_ends_it() -> None:
    faces, asked = ask(Stage(Told("a", [(BOX, 0.9), (OTHER, 0.5)]), 0.4, 0.9), Stage(Told("b", [(BOX, 1.0)]), 0.4, 0.9))
    assert faces == [Face(BOX, 0.9, "a"), Face(OTHER, 0.5, "a")]
    assert asked == [1, 0]


def test_a_doubtful_face_yields_to_a_surer_one_and_says_why() -> None:
    faces, asked = ask(Stage(Told("a", [(BOX, 0.5)]), 0.4, 0.9), Stage(Told("b", [(OTHER, 0.8)]), 0.4, 0.9))
    assert faces == [Face(OTHER, 0.8, "b", fell_through=("a: unsure (0.50)",))]
    assert asked == [1, 1]


def test_a_doubtful_face_is_given_when_nobody_is_surer() -> None:
    faces, _ = ask(Stage(Told("a", [(BOX, 0.6)]), 0.4, 0.9), Stage(Told("b", [(OTHER, 0.5)]), 0.4, 0.9))
    assert faces == [Face(BOX, 0.6, "a")]


def test_scores_count_against_each_stages_own_bar() -> None:
    # 0.7 is all that "b" ever says, 0.8 is little for "a"
    faces, _ = ask(Stage(Told("a", [(BOX, 0.8)]), 0.75, 1.0), Stage(Told("b", [(OTHER, 0.7)]), 0.2, 0.7))
    assert faces[0].detector == "b"


def test_a_last_resort_is_asked_only_when_nothing_was_found() -> None:
    resort = Stage(Told("b", [(OTHER, 1.0)]), 0.4, 0.9, last_resort=True)
    assert ask(Stage(Told("a", [(BOX, 0.5)]), 0.4, 0.9), resort) == ([Face(BOX, 0.5, "a")], [1, 0])
    faces, _ = ask(Stage(Told("a"), 0.4, 0.9), resort)
    assert faces[0].fell_through == ("a: no face",)


def test_what_is_not_accepted_is_not_given() -> None:
    assert ask(Stage(Told("a", [(BOX, 0.39)]), 0.4, 0.9))[0] == []


@pytest.mark.parametrize("degrees, corner", [(90, 1), (180, 2), (270, 3)])
def test_a_turned_picture_is_found_and_said_so(degrees: int, corner: int) -> None:
    # turning the picture clockwise takes its top left corner to the corner that the detector looks at
    found = StagedCascade([Stage(Told("a", [(BOX, 0.95)], corner), 0.4, 0.9, turned=True)]).detect(marked(0))
    assert [face.orientation for face in found] == [degrees]
    assert found[0].box != BOX


@dataclass
class Corner:
    """Find a face in the right half of the top quarter of what it is shown, never larger than `max_side`."""

    name: str = "corner"
    max_side: int = 40
    shown: list[tuple[int, int]] = field(default_factory=list)

    def detect(self, image: np.ndarray) -> list[Face]:
        height, width = image.shape[:2]
        self.shown.append((height, width))
        marks = [[width, 0]] * 5
        return [Face((width / 2, 0, width, height / 4), 0.95, self.name, np.array(marks))] if self.shown[1:] else []


def test_a_large_picture_is_shrunk_before_it_is_turned_and_faces_return_to_where_they_were() -> None:
    detector = Corner()  # it finds nothing at the first look, a quarter turn, and something at the next, half a turn
    face = StagedCascade([Stage(detector, 0.4, 0.9, turned=True)]).detect(np.zeros((60, 80, 3), np.uint8))[0]
    assert detector.shown == [(40, 30), (30, 40), (40, 30)]
    assert (face.orientation, face.box) == (180, (0, 45, 40, 60))
    assert face.landmarks is not None
    assert face.landmarks.tolist() == [[0, 60]] * 5


@pytest.mark.parametrize("accept, certain", [(0.9, 0.4), (-0.1, 0.4), (0.4, 1.1)])
def test_bars_that_make_no_sense(accept: float, certain: float) -> None:
    with pytest.raises(ValueError, match="Received: accept="):
        Stage(Told("a"), accept, certain)


def test_a_cascade_without_stages() -> None:
    with pytest.raises(ValueError, match="at least one"):
        StagedCascade([])


def test_the_default_goes_without_weights(tmp_path, monkeypatch, portrait: np.ndarray) -> None:
    monkeypatch.setenv("LIVELINESS_MODELS", str(tmp_path))
    faces = load_detector("cascade").detect(portrait[:300, 80:380])
    assert [face.detector for face in faces] == ["caffe_ssd"]
    assert faces[0].orientation == 0


def test_the_default_uses_yunet_when_it_is_there() -> None:
    if not has_set("yunet"):
        pytest.skip("its weights are not in LIVELINESS_MODELS")
    assert {detector.name for detector in load_detector("cascade").detectors} == {"yunet"}


@pytest.mark.parametrize("weights", ["none", "yunet"])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_portrait_is_found_however_it_is_turned(weights: str, degrees: int, portrait: np.ndarray) -> None:
    if weights == "yunet" and not has_set("yunet"):
        pytest.skip("its weights are not in LIVELINESS_MODELS")
    turned = np.ascontiguousarray(np.rot90(portrait[:300, 80:380], degrees // 90))
    face = earned_cascade(weights).detect(turned)[0]
    assert face.orientation == degrees


def test_an_unknown_choice_of_weights() -> None:
    with pytest.raises(ValueError, match="Received: 'all'"):
        earned_cascade("all")
