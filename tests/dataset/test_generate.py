"""Generated sets are complete, repeatable, resumable, and refuse to mix."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from liveliness_lib.dataset import generate, manifest
from liveliness_lib.images import read_image

PLAN = generate.Plan(people=2, image_size=(96, 96), seed=5)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return folder, generate.generate(PLAN, folder, progress=False)


def digests(folder):
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in Path(folder).rglob("*.png")}


def test_every_person_is_real_on_a_screen_and_on_paper(made):
    _, table = made
    assert table.groupby("subject")["attack_type"].apply(sorted).tolist() == [["none", "print", "screen"]] * 2
    assert all(read_image(path).dtype == "uint8" for path in table["path"])
    assert (table["x_min"] < table["x_max"]).all()


def test_the_manifest_on_disk_is_the_table_returned(made):
    folder, table = made
    pd.testing.assert_frame_equal(manifest.read_manifest(folder / "manifest.csv"), table, check_dtype=False)


def test_the_same_plan_makes_the_same_bytes(made, tmp_path):
    folder, _ = made
    generate.generate(PLAN, tmp_path / "again", progress=False)
    assert digests(folder) == digests(tmp_path / "again")


def test_more_people_never_change_the_first():
    few, many = generate.planned_rows(PLAN), generate.planned_rows(generate.Plan(people=5, image_size=(96, 96), seed=5))
    pd.testing.assert_frame_equal(few, many.head(len(few)))


def test_an_interrupted_run_goes_on_and_keeps_what_is_finished(tmp_path, monkeypatch):
    rows = generate.planned_rows(PLAN)
    real = generate.make_group
    calls = []

    def stops_at_the_second(group, plan, folder):
        calls.append(group)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(group, plan, folder)

    monkeypatch.setattr(generate, "make_group", stops_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        generate.generate(PLAN, tmp_path, progress=False)
    assert not (tmp_path / "manifest.csv").exists()
    first = next(tmp_path.rglob("p0000-0-0.png"))
    stamp = first.stat().st_mtime_ns
    monkeypatch.setattr(generate, "make_group", real)
    assert len(generate.generate(PLAN, tmp_path, progress=False)) == len(rows)
    assert first.stat().st_mtime_ns == stamp


def test_a_folder_of_another_plan_is_refused(made):
    folder, _ = made
    with pytest.raises(ValueError, match="same plan"):
        generate.generate(generate.Plan(people=3, image_size=(96, 96), seed=6), folder, progress=False)


def test_a_new_attack_is_one_row_and_changes_no_other_picture(monkeypatch):
    screens, retake = generate.INSTRUMENTS["screen"]
    monkeypatch.setitem(generate.INSTRUMENTS, "poster", (screens, retake))
    same = generate.planned_rows(PLAN)
    assert set(same["attack_type"]) == {"none", "screen", "print"}
    monkeypatch.delitem(generate.INSTRUMENTS, "poster")
    assert generate.planned_rows(PLAN).equals(same)
    monkeypatch.setitem(generate.INSTRUMENTS, "poster", (screens, retake))
    new = generate.planned_rows(generate.Plan(people=2, image_size=(96, 96), seed=5, attacks=("poster",)))
    assert set(new["attack_type"]) == {"none", "poster"}
    assert new.loc[new["attack_type"] == "poster", "device"].str.split("+").str[1].isin(screens).all()


@pytest.mark.parametrize("wrong", [{"people": 0}, {"format": "gif"}, {"attacks": ("mask",)}])
def test_impossible_plans_are_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        generate.Plan(**wrong)


@pytest.mark.full
@pytest.mark.timeout(400)
def test_a_cluster_that_loses_a_worker_makes_the_same_files(cluster, killing, tmp_path):
    plan = generate.Plan(people=6, image_size=(96, 96), seed=5)
    alone = generate.generate(plan, tmp_path / "alone", progress=False)

    def begun():
        return list((tmp_path / "out").rglob("[!.]*.png"))

    pids = [worker.pid for worker in cluster.workers.values()]
    with killing(lambda: pids[0], begun) as seen:
        table = generate.generate(
            plan, tmp_path / "out", engine="dask", scheduler=cluster.scheduler_address, progress=False
        )
    assert seen
    assert seen[0] != table["path"].tolist()  # it was killed before the end
    assert table["seed"].tolist() == alone["seed"].tolist()
    assert digests(tmp_path / "out") == digests(tmp_path / "alone")
