"""What went wrong is judged, measured, kept and drawn; people of the test set are never learnt from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.faces import Face
from liveliness_lib.failcases.gallery import Cases
from liveliness_lib.images import write_image
from liveliness_lib.models import ModelMetadata
from liveliness_lib.pipeline.fail_round import keep_failures, leave_out_known
from liveliness_lib.pipeline.judge import Judge


class Bright:
    """Says real by the mean of the face."""

    metadata = ModelMetadata(name="bright", threshold=0.5, band=(0.4, 0.6))

    def score_faces(self, image, boxes):
        return np.array([image[8:40, 8:40].mean() / 255], np.float32)


class Middle:
    name = "middle"

    def detect(self, image):
        return [Face(box=(8, 8, 40, 40), score=1.0, detector="middle")] if image.any() else []


@pytest.fixture
def table(tmp_path):
    rng, rows = np.random.default_rng(0), []
    for number in range(12):
        real = number % 2 == 0
        level = 200 if real else 60
        if number in (0, 1):
            level = 255 - level  # the two that go wrong
        picture = np.clip(level + rng.normal(0, 6, (48, 48, 3)), 1, 255).astype(np.uint8)
        if number == 2:
            picture[:] = 0
        path = tmp_path / f"{number}.png"
        write_image(path, picture)
        label, attack = ("real", "none") if real else ("fake", "screen")
        rows.append((str(path), label, attack, f"p{number}", "train"))
    return pd.DataFrame(rows, columns=["path", "label", "attack_type", "subject", "split"]).assign(
        source_photo="", session="", device="", seed=-1, generator_version=""
    )


def test_mistakes_are_kept_with_their_faces_and_causes(table, tmp_path):
    found = keep_failures(Judge(Middle(), Bright()), table, tmp_path / "round", name="runs/1", progress=False)
    assert sorted(found.cases["kind"]) == ["false accept", "false reject", "not acquired"]
    assert set(found.cases["failed_by"]) == {"runs/1"}
    kept = Cases(tmp_path / "round").table.set_index("kind")
    assert kept.loc["false reject", "cause"] == "dark"
    assert kept.loc["false accept", "cause"] not in ("", "nothing unusual")
    assert kept.loc["false accept", "x_max"] == 40
    assert kept.loc["not acquired", "crop"] == ""
    assert {"sheet.png", "report.md", "manifest.csv", "crops"} <= {p.name for p in (tmp_path / "round").iterdir()}
    assert "false accept, screen" in (tmp_path / "round" / "report.md").read_text()


def test_cases_of_the_test_people_are_left_out(table, tmp_path):
    keep_failures(Judge(Middle(), Bright()), table, tmp_path / "round", progress=False)
    cases = Cases(tmp_path / "round")
    assert leave_out_known(cases, table.assign(split=["test" if s == "p0" else "train" for s in table["subject"]])) == 1
    assert Cases(tmp_path / "round").table.set_index("subject")["add"].to_dict() == {
        "p0": "no",
        "p1": "yes",
        "p2": "yes",
    }


def test_nothing_wrong(table, tmp_path):
    with pytest.raises(ValueError, match="nothing went wrong"):
        keep_failures(Judge(Middle(), Bright()), table.iloc[3:], tmp_path / "round", progress=False)
    assert not (tmp_path / "round").exists()
