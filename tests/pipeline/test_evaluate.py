"""One evaluation: what is computed, what is written, where the threshold comes from, and several detectors together."""

import json

import numpy as np
import pandas as pd
import pytest

from liveliness_lib import metrics
from liveliness_lib.dataset.splits import LeakError
from liveliness_lib.faces import Face
from liveliness_lib.images import write_image
from liveliness_lib.models.metadata import ModelMetadata
from liveliness_lib.pipeline import compare, protocol
from liveliness_lib.pipeline.circumstances import typology_angle, with_classes
from liveliness_lib.pipeline.evaluate import report_scores, score_with
from liveliness_lib.pipeline.judge import Judge
from liveliness_lib.pipeline.report_files import page
from liveliness_lib.results import read_metrics


class WholePicture:
    """A detector that finds one face, the picture; none in a black one."""

    def detect(self, image):
        if not image.any():
            return []
        return [Face(box=(0.0, 0.0, float(image.shape[1]), float(image.shape[0])), score=1.0, detector="whole")]


class Brightness:
    """A classifier whose P(real) is the mean pixel / 255."""

    def __init__(self, name="brightness", threshold=0.5):
        self.metadata = ModelMetadata(name=name, threshold=threshold, band=(threshold, threshold))

    def score_faces(self, image, boxes):
        return np.array([image.mean() / 255] * len(boxes), np.float32)


@pytest.fixture
def pictures(tmp_path):
    """Return a folder with a manifest: people a to f, each one real (bright) and one screen picture."""
    rows = []
    for index, person in enumerate("abcdef"):
        for label, grey in (("real", 200 - 10 * index), ("fake", 60 + 25 * index)):
            path = f"{label}-{person}.png"
            write_image(tmp_path / path, np.full((80, 64, 3), grey, np.uint8))
            rows.append({"path": path, "label": label, "attack_type": "none" if label == "real" else "screen"})
            device = "cam" if label == "real" else "cam+tv"
            rows[-1] |= {"subject": person, "split": "dev" if person in "abc" else "test", "device": device}
    pd.DataFrame(rows).to_csv(tmp_path / "manifest.csv", index=False)
    return tmp_path


@pytest.fixture(autouse=True)
def judges(monkeypatch):
    """Let every name be a brightness judge."""
    monkeypatch.setattr(protocol, "load_judge", lambda name, *_, **__: Judge(WholePicture(), Brightness(name)))


def test_scores_remember_what_was_judged(pictures):
    from liveliness_lib.dataset.manifest import load_table

    write_image(pictures / "real-a.png", np.zeros((80, 64, 3), np.uint8))
    (pictures / "real-b.png").write_bytes(b"no picture")
    table = score_with(Judge(WholePicture(), Brightness()), load_table(pictures), progress=False)
    assert table["verdict"].tolist()[:5] == ["retake", "fake", "unreadable", "fake", "real"]
    assert table["reason"].tolist()[:3] == ["no_face", "score_below_band", "unreadable"]
    assert table["score"].isna().tolist()[:4] == [True, False, True, False]
    assert table["face_px"].iloc[4] == 64
    assert table["luminance"].iloc[4] == pytest.approx(180, abs=1)
    classes = with_classes(table)
    assert classes["face_size"].iloc[4] == "64 to 127 px"
    assert classes["light"].iloc[4] == "bright (140 and over)"
    assert with_classes(table.assign(light="candle"))["light"].iloc[4] == "candle"


def test_typology_angle_by_hand():
    """A grey has b* = 0, so the angle is +-90; sRGB (255, 224, 189) has L* 91, b* 21: atan2(41, 21) = 63 degrees."""
    face = Face(box=(0.0, 0.0, 50.0, 50.0), score=1.0, detector="told")
    picture = np.full((50, 50, 3), 200, np.uint8)
    assert typology_angle(picture, face) == pytest.approx(90, abs=1)
    assert typology_angle(np.full_like(picture, 60), face) == pytest.approx(-90, abs=1)
    assert typology_angle(np.full_like(picture, (255, 224, 189)), face) == pytest.approx(63, abs=1)
    outside = Face(box=(200.0, 200.0, 250.0, 250.0), score=1.0, detector="told")
    assert np.isnan(typology_angle(picture, outside))


def test_everything_is_written_and_the_numbers_agree(pictures):
    study = protocol.run(protocol.Request(pictures, split="test", dev=pictures, out=pictures / "out", by=("subject",)))
    report = study.only
    # dev: real 200 190 180, fake 60 85 110; the middle between 110 and 180 is 145. test: real 170 160 150, fake 135 160 185
    assert report.evaluation.threshold.value == pytest.approx(145 / 255)
    assert report.evaluation.threshold.chosen_on == "dev: 3 real, 3 attacks"
    assert (report.evaluation.bpcer.value, report.evaluation.apcer.value) == (0, pytest.approx(2 / 3))
    written = {path.name for path in (pictures / "out").iterdir()}
    assert {"scores.csv", "metrics.json", "report.md", "report.html", "curves.png", "reliability.png"} <= written
    found = read_metrics(pictures / "out")
    assert found["acer"] == pytest.approx(1 / 3, rel=1e-5)
    assert found["macro_acer"] == pytest.approx(1 / 3, rel=1e-5)
    assert found["temperature"] == pytest.approx(report.calibration.temperature.value, rel=1e-5)
    text = (pictures / "out" / "report.md").read_text()
    assert "eer on dev: 3 real, 3 attacks" in text
    assert "| tv |" in text
    assert {one.value for one in report.slices["device"]} == {"cam", "tv"}
    assert [one.value for one in report.slices["subject"]] == ["d", "e", "f"]
    html = (pictures / "out" / "report.html").read_text()
    assert 'src="curves.png"' not in html
    assert "data:image/png;base64," in html


def test_a_page_holds_no_markup_of_its_pictures_names(tmp_path):
    html = page("# <script>x</script>\n\n| a |\n|---|\n| <b>1</b> |\n\n![x](missing.png)\n", tmp_path)
    assert "<script>" not in html
    assert "&lt;b&gt;" in html
    assert 'src="missing.png"' in html


def test_nobody_is_in_dev_and_tested(pictures):
    with pytest.raises(LeakError, match="path"):
        protocol.run(protocol.Request(pictures, dev=pictures))
    with pytest.raises(ValueError, match="0 dev rows"):
        table = pd.read_csv(pictures / "manifest.csv").assign(split="test")
        table.to_csv(pictures / "tests.csv", index=False)
        protocol.run(protocol.Request(pictures, split="test", dev=pictures / "tests.csv"))


def theirs(pictures, **columns):
    rows = pd.read_csv(pictures / "manifest.csv").assign(score=[0.9, 0.1] * 6)
    rows = rows.assign(**columns)
    rows.to_csv(pictures / "theirs.csv", index=False)
    return pictures / "theirs.csv"


def test_a_foreign_detector_stands_in_the_same_tables(pictures):
    given = f"peer={theirs(pictures)}@0.5"
    request = protocol.Request(pictures, models=("one", "two"), split="test", scores=(given,), out=pictures / "out")
    study = protocol.run(request)
    assert list(study.reports) == ["one", "two", "peer"]
    assert study.reports["peer"].evaluation.acer.value == 0
    lines = study.differences()
    assert "+0.0 points" in lines[0]
    assert "not distinguishable" in lines[0]
    assert "ACER of one minus peer: +50.0 points" in lines[1]
    assert "only the one wrong 3, only the other 0" in lines[1]
    text = (pictures / "out" / "report.md").read_text()
    assert text.count("\n| peer |") == 1
    assert (pictures / "out" / "peer" / "report.md").is_file()
    assert set(read_metrics(pictures / "out")) == {"one", "two", "peer"}


def test_dev_rows_of_a_foreign_file_choose_its_threshold_and_are_not_measured(pictures):
    study = protocol.run(protocol.Request(pictures, models=(), scores=(str(theirs(pictures)),)))
    found = study.only.evaluation
    assert found.threshold.chosen_on == "dev: 3 real, 3 attacks"
    assert found.bpcer.total == 3
    with pytest.raises(ValueError, match="threshold is not known"):
        protocol.run(protocol.Request(pictures, models=(), scores=(str(theirs(pictures, split="test")),)))
    with pytest.raises(ValueError, match="'x' twice"):
        protocol.run(protocol.Request(pictures, models=(), scores=(f"x={theirs(pictures)}",) * 2))


def test_compare_reads_reports_and_files(pictures):
    protocol.run(protocol.Request(pictures, split="test", dev=pictures, out=pictures / "out"))
    sides = compare.read_side(str(pictures / "out")), compare.read_side(str(theirs(pictures)))
    found = compare.compare(*sides)
    by_rate = {one.metric: one for one in found.rates}
    assert by_rate["acer"].difference == pytest.approx(1 / 3)
    assert by_rate["acer"].first == metrics.evaluate(sides[0].table, sides[0].threshold, samples=5).acer.value
    assert (found.errors["fake"].only_first, found.errors["real"].only_first) == (2, 0)
    assert found.errors["fake"].p_photographs == 0.5
    assert "acer" in found.to_text()
    assert json.loads(found.write(pictures / "c.json").read_text())["metrics"]["errors"]["all"]["only_first"] == 2
    with pytest.raises(ValueError, match="to choose it on"):
        compare.read_side(str(theirs(pictures, split="")))
    with pytest.raises(ValueError, match=r"expected a report with scores\.csv, one of \['out'\]"):
        compare.read_side(str(pictures))


def test_one_class_gives_a_table_and_no_rates(pictures):
    rows = pd.DataFrame({"path": ["a"], "label": "real", "attack_type": "none", "subject": "a", "score": [0.3]})
    report = report_scores(rows, metrics.Threshold(0.5), out=pictures / "one")
    assert report.evaluation is None
    assert "one class only" in (pictures / "one" / "report.md").read_text()
