"""Protocols: nobody learns from what is left out, nobody is on two sides, and a stopped one goes on."""

import json

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.dataset.splits import LeakError
from liveliness_lib.pipeline import cross_domain
from liveliness_lib.pipeline.cross_domain_report import fold_table, summary
from liveliness_lib.pipeline.optimism_panel import optimism_panel
from liveliness_lib.results import read_metrics

CAMERAS, SCREENS = ("cam1", "cam2"), ("tv", "phone")


def manifest(people=20):
    """Return one real, one screen and one print picture of each person; camera and screen change with the person."""
    rows = []
    for person in range(people):
        camera, screen = CAMERAS[person % 2], SCREENS[person // 2 % 2]
        kinds = (("none", camera), ("screen", f"{camera}+{screen}"), ("print", f"{camera}+printer"))
        for kind, device in kinds:
            label = "real" if kind == "none" else "fake"
            row = {"path": f"{person}-{kind}.png", "label": label, "attack_type": kind, "device": device}
            rows.append(row | {"subject": f"p{person}", "source_photo": f"p{person}", "session": "", "split": ""})
    return pd.DataFrame(rows)


def knows(fold, folder):
    """Score 0.8 for real, 0.2 for attacks of types it was trained on, 0.9 for others."""
    seen = set(fold.table.loc[fold.table["split"] == "train", "attack_type"])
    rows = fold.table[fold.table["split"] != "train"].reset_index(drop=True)
    known = np.where(rows["attack_type"].isin(seen), 0.2, 0.9)
    return rows.assign(score=np.where(rows["label"] == "real", 0.8, known))


@pytest.mark.parametrize("name", ["cam1", "cam2", "tv", "phone"])
def test_what_is_left_out_is_nowhere_but_in_the_test(name):
    folds, _ = cross_domain.leave_one_device_out(manifest(), seed=1)
    fold = next(fold for fold in folds if fold.name == name)
    parts = fold.table["device"].str.split("+")
    meets = parts.map(lambda part: name in part)
    assert not meets[fold.table["split"] != "test"].any()
    test = fold.table[fold.table["split"] == "test"]
    assert set(test["label"]) == {"real", "fake"}
    assert meets[(fold.table["split"] == "test") & (fold.table["label"] == "fake")].all()
    people = {split: set(rows["subject"]) for split, rows in fold.table.groupby("split")}
    assert not people["test"] & (people["train"] | people["dev"])
    assert not people["train"] & people["dev"]
    assert set(fold.tests[name]) == set(test["path"])


def test_a_camera_tests_its_own_real_pictures_and_a_screen_borrows_them():
    folds, _ = cross_domain.leave_one_device_out(manifest(), seed=1)
    tests = {fold.name: fold.table[fold.table["split"] == "test"] for fold in folds}
    assert set(tests["cam1"].loc[tests["cam1"]["label"] == "real", "device"]) == {"cam1"}
    assert set(tests["tv"].loc[tests["tv"]["label"] == "real", "device"]) <= set(CAMERAS)
    assert len(tests["tv"]) > 2


def test_without_a_class_to_learn_from_there_is_no_fold_and_the_reason_is_said(tmp_path):
    table = manifest()
    table = table.assign(device="one+" + table["attack_type"].replace("none", "one"))
    folds, skipped = cross_domain.leave_one_device_out(table, seed=0)
    assert "one" in skipped
    assert skipped["one"] == "without it train has no fake and no real rows"
    assert {fold.name for fold in folds} == {"screen", "print"}
    with pytest.raises(ValueError, match=r"expected at least one fold.*a: why"):
        cross_domain.run_protocol([], knows, tmp_path, name="none", skipped={"a": "why"})


@pytest.mark.parametrize(("column", "said"), [("nothing", "'nothing'"), ("session", "fill it in")])
def test_a_column_that_cannot_be_left_out(column, said):
    with pytest.raises(ValueError, match=said):
        cross_domain.leave_one_out(manifest(), column, seed=0)


def test_the_same_seed_leaves_out_the_same_people():
    one, other, third = (cross_domain.leave_one_device_out(manifest(), seed=s)[0] for s in (3, 3, 4))
    assert one[0].table.equals(other[0].table)
    assert not one[0].table.equals(third[0].table)


def test_an_attack_never_met_is_accepted_and_one_report_says_so(tmp_path):
    folds, skipped = cross_domain.leave_one_attack_out(manifest(), seed=0)
    found = cross_domain.run_protocol(folds, knows, tmp_path, name="Attacks", skipped=skipped)
    assert {one.name: one.report.evaluation.apcer.value for one in found} == {"print": 1.0, "screen": 1.0}
    assert all(one.report.evaluation.threshold.chosen_on.startswith("dev: 4 real") for one in found)
    text = (tmp_path / "report.md").read_text()
    assert "| mean |  |  |  |  | 100.0 % | 0.0 % | 50.0 % |" in text
    assert read_metrics(tmp_path)["mean_acer"] == 0.5
    assert pd.read_csv(tmp_path / "folds.csv")["acer"].tolist() == [0.5, 0.5]
    assert (tmp_path / "report.html").is_file()
    assert summary(fold_table(found))["worst_acer"] == 0.5


def test_what_is_finished_is_kept_when_a_fold_fails(tmp_path):
    folds, _ = cross_domain.leave_one_attack_out(manifest(), seed=0)

    def fails(fold, folder):
        if fold.name == "screen":
            raise ValueError("stopped")
        return knows(fold, folder)

    with pytest.raises(ValueError, match="stopped"):
        cross_domain.run_protocol(folds, fails, tmp_path, name="Attacks")
    assert "1 of 2 folds are done" in (tmp_path / "report.md").read_text()
    with pytest.raises(ValueError, match="without a row"):
        cross_domain.run_protocol(folds, lambda fold, folder: knows(fold, folder)[:3], tmp_path, name="Attacks")


def test_simulated_to_real_has_two_tests_of_one_training(tmp_path):
    real = manifest(5).assign(subject="r", source_photo="", path=lambda t: "real/" + t["path"])
    (fold,) = cross_domain.simulated_to_real(manifest(), real, seed=0)
    assert set(fold.table.loc[fold.table["split"] != "test", "subject"]) <= {f"p{i}" for i in range(20)}
    found = cross_domain.run_protocol([fold], knows, tmp_path, name="To real")
    assert [one.name for one in found] == ["simulated, unseen people", "real"]
    assert len(found[1].report.table) == 15
    with pytest.raises(LeakError):
        cross_domain.simulated_to_real(manifest(), manifest(5), seed=0)


def test_a_ready_detector_is_only_asked(tmp_path, monkeypatch):
    asked = []

    def score(judge, rows):
        asked.append(judge)
        return rows.assign(score=np.where(rows["label"] == "real", 0.8, 0.2))

    monkeypatch.setattr(cross_domain, "score_with", score)
    folds, _ = cross_domain.leave_one_attack_out(manifest(), seed=0)
    found = cross_domain.run_protocol(folds, cross_domain.ready_scorer("judge"), tmp_path, name="Ready")
    assert asked == ["judge", "judge"]
    assert [one.report.evaluation.acer.value for one in found] == [0, 0]


def remembers(fold, folder):
    """A network that knows the people it was trained on, and is as good on dev as its epoch was chosen there.

    Errors: people not met score at random; of the dev rows those with an odd person come out right.
    """
    met = set(fold.table.loc[fold.table["split"] == "train", "source_photo"])
    rows = fold.table[fold.table["split"] != "train"].reset_index(drop=True)
    rng = np.random.default_rng(0)
    real = (rows["label"] == "real").to_numpy()
    clear = rows["source_photo"].isin(met).to_numpy() | ((rows["split"] == "dev") & (rng.random(len(rows)) < 0.5))
    score = np.where(clear, np.where(real, 0.9, 0.1), rng.random(len(rows)))
    return rows.assign(score=score)


def test_the_panel_shows_what_each_habit_buys(tmp_path, monkeypatch):
    """The scorer sees people by their photo, which a random split hides from the leak check but not from it."""
    table = manifest(60).assign(device="", origin=lambda t: t["source_photo"])

    def scorer(fold, folder):
        return remembers(cross_domain.Fold(fold.name, fold.table.assign(source_photo=fold.table["origin"])), folder)

    panel = optimism_panel(table, scorer, tmp_path, seeds=range(3))
    acer = {claim.habit.split(":")[0]: claim.mean("acer") for claim in panel.claims}
    assert acer["random split"] < 0.2 < acer["honest"]
    assert acer["epoch chosen on test"] < acer["honest"]
    assert acer["all three together"] <= acer["random split"] + 0.02
    found = read_metrics(tmp_path)
    assert found["honest"]["acer_optimism"] == 0
    assert found["random_split"]["acer_optimism"] == pytest.approx(acer["honest"] - acer["random split"], rel=1e-4)
    assert "3 seeds of the splits" in (tmp_path / "report.md").read_text()
    assert "beside honest" in panel.to_text()


@pytest.mark.models
def test_livenessnet_is_trained_a_fold_once(tmp_path):
    pytest.importorskip("tensorflow")
    from liveliness_lib.images import write_image
    from liveliness_lib.training import TrainConfig

    table = manifest(10)
    rng = np.random.default_rng(0)
    for path, label in zip(table["path"], table["label"], strict=True):
        pixels = rng.normal(180 if label == "real" else 60, 20, (16, 16, 3))
        write_image(tmp_path / path, np.clip(pixels, 0, 255).astype(np.uint8))
    table = table.assign(path=[str(tmp_path / path) for path in table["path"]], seed=-1, generator_version="")
    folds, _ = cross_domain.leave_one_attack_out(table, seed=0)
    config = TrainConfig(source="faces", image_size=(8, 8), epochs=1, batch_size=4, patience=None, augment=False)
    scorer = cross_domain.livenessnet_scorer(config, progress=False)
    first = cross_domain.run_protocol(folds[:1], scorer, tmp_path / "out", name="A")
    model = tmp_path / "out" / "folds" / folds[0].name / "run" / "model.onnx"
    stamp = model.stat().st_mtime_ns
    again = cross_domain.run_protocol(folds[:1], scorer, tmp_path / "out", name="A")
    assert model.stat().st_mtime_ns == stamp
    assert first[0].report.table["score"].tolist() == again[0].report.table["score"].tolist()
    note = json.loads((model.parents[1] / "fold.json").read_text())
    assert set(note) == {"data", "config"}
    with pytest.raises(ValueError, match="other data or settings"):
        cross_domain.run_protocol(folds[1:2], lambda f, p: scorer(f, model.parents[1]), tmp_path / "out", name="A")
