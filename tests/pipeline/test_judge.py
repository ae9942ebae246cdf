"""No face is never scored; the largest face is; the band decides."""

import numpy as np
import pytest

from liveliness_lib.faces import Face
from liveliness_lib.models.metadata import ModelMetadata
from liveliness_lib.pipeline.judge import Judge


class Finds:
    """A detector that finds what it is told to."""

    name = "told"

    def __init__(self, *boxes):
        self.faces = [Face(box=box, score=0.9, detector="told") for box in boxes]

    def detect(self, image):
        return self.faces


class Scores:
    """A classifier that keeps the boxes it was asked about."""

    def __init__(self, score):
        self.metadata = ModelMetadata(name="told", threshold=0.5, band=(0.3, 0.7))
        self.score, self.asked = score, []

    def score_faces(self, image, boxes):
        self.asked += list(boxes)
        return np.array([self.score], np.float32)


class Refuses:
    def refusals(self, image, faces):
        return ("blurred",)


IMAGE = np.zeros((100, 100, 3), np.uint8)
SMALL, LARGE = (0.0, 0.0, 10.0, 10.0), (20.0, 20.0, 80.0, 80.0)


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(0.0, "fake"), (0.2999, "fake"), (0.3, "not sure"), (0.6999, "not sure"), (0.7001, "real"), (1, "real")],
)
def test_the_band_decides(score, verdict):
    assert Judge(Finds(LARGE), Scores(score)).judge(IMAGE).verdict == verdict


def test_no_face_is_a_retake_and_nothing_is_scored():
    classifier = Scores(0.99)
    said = Judge(Finds(), classifier).judge(IMAGE)
    assert (said.verdict, said.score, said.face, said.reasons) == ("retake", None, None, ("no_face",))
    assert classifier.asked == []


def test_the_largest_face_is_judged_and_the_others_are_remarked():
    classifier = Scores(0.9)
    said = Judge(Finds(SMALL, LARGE), classifier).judge(IMAGE)
    assert classifier.asked == [LARGE]
    assert "more_than_one_face" in said.reasons


def test_a_face_that_the_gate_refuses_is_not_scored():
    classifier = Scores(0.99)
    said = Judge(Finds(LARGE), classifier, Refuses()).judge(IMAGE)
    assert (said.verdict, said.score, said.reasons) == ("retake", None, ("blurred",))
    assert classifier.asked == []


def test_a_judgement_becomes_plain_values():
    import json

    said = json.loads(json.dumps(Judge(Finds(LARGE), Scores(0.9)).judge(IMAGE).to_dict()))
    assert said["verdict"] == "real"
    assert said["box"] == [20.0, 20.0, 80.0, 80.0]
    assert said["milliseconds"]["classify"] >= 0


class KnowsLimits(Scores):
    """A classifier that also says how strange a face is."""

    def __init__(self, score, strangeness):
        super().__init__(score)
        self.strangeness = strangeness

    def assess_faces(self, image, boxes):
        return self.score_faces(image, boxes), self.strangeness


@pytest.mark.parametrize(
    ("strangeness", "verdict", "reason"),
    [
        (np.array([1.01]), "not sure", "out_of_domain"),
        (np.array([1.0]), "real", "score_above_band"),
        (None, "real", "score_above_band"),
    ],
)
def test_a_face_far_from_what_was_learnt_is_not_guessed_at(strangeness, verdict, reason):
    said = Judge(Finds(LARGE), KnowsLimits(0.99, strangeness)).judge(IMAGE)
    assert (said.verdict, said.reasons[0], said.score) == (verdict, reason, pytest.approx(0.99))
    assert said.to_dict()["strangeness"] == (None if strangeness is None else strangeness[0])
