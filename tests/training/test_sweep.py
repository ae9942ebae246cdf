"""A grid of trainings: every cell once, gone on with after a stop, one table, chosen on dev."""

from __future__ import annotations

import dataclasses
import json
import pickle

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.training import TrainConfig, leaderboard
from liveliness_lib.training import sweep as sweeps
from liveliness_lib.training.sweep import Grid, status, sweep

BASE = TrainConfig(image_size=(16, 16), batch_size=8, patience=None, detector="haar")
GRID = Grid(sources=("faces",), learning_rates=(1e-3, 1e-2), batch_sizes=(8,), epochs=(2,), base=BASE)


def test_every_combination_has_a_name_of_its_own():
    grid = Grid(learning_rates=(1e-3, 1e-4), batch_sizes=(64, 128, 256), epochs=(60, 350), seeds=(0, 1))
    cells = grid.cells()
    assert len({cell.name for cell in cells}) == len(cells) == 2 * 2 * 3 * 2 * 2
    assert {cell.source for cell in cells} == {"photos", "faces"}


@pytest.mark.parametrize(
    "wrong", [{"learning_rates": ()}, {"seeds": (1, 1)}, {"sources": ("films",)}, {"batch_sizes": (0,)}]
)
def test_a_grid_that_cannot_be_trained(wrong):
    with pytest.raises(ValueError, match="Received"):
        Grid(**wrong).cells()


def row(name, eer, acer, **more):
    rates = {f"{rate}{part}": 0.5 for rate in leaderboard.MEASURED for part in ("", "_low", "_high")}
    settings = {"source": "photos", "learning_rate": 1e-3, "batch_size": 64, "epochs": 60, "seed": 0}
    held = {"rank": 1, "name": name, "epochs_run": 9, "best_epoch": 4, "error": "", "accuracy": 0.9}
    return held | settings | rates | {"sure_accuracy": 0.95, "not_sure": 0.2, "dev_eer": eer, "test_acer": acer} | more


def test_the_mean_of_each_setting_that_varies():
    board = pd.DataFrame([row("a", 0.1, 0.2), row("b", 0.2, 0.4), row("c", 0.3, 0.9, batch_size=128)])
    found = leaderboard.effects(board)
    assert found.to_dict("list")["setting"] == ["batch_size", "batch_size"]
    assert found["value"].tolist() == [64, 128]
    assert found["runs"].tolist() == [2, 1]
    np.testing.assert_allclose(found[["mean", "low", "high"]], [[0.3, 0.2, 0.4], [0.9, 0.9, 0.9]])


def test_the_table_says_what_choosing_on_test_would_claim():
    text = leaderboard.board_markdown(pd.DataFrame([row("a", 0.1, 0.32), row("b", 0.2, 0.25)]))
    assert "Chosen on dev: a, test ACER 32.0 %" in text
    assert "25.0 % (b)" in text
    assert text.count("| found |") == 2


def test_a_folder_without_runs(tmp_path):
    with pytest.raises(ValueError, match="Received"):
        leaderboard.read_board(tmp_path)


@pytest.fixture(scope="module")
def swept(faces, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    return folder, sweep(faces, folder, GRID, jobs=1, progress=False)


@pytest.mark.models
def test_the_board_holds_each_run_with_what_the_run_says(swept):
    folder, board = swept
    assert board["name"].tolist() == sorted(board["name"], key=dict(zip(board["name"], board["dev_eer"])).get)
    assert board["data"].nunique() == 1
    assert (board["cpu_seconds"] > 0).all()
    for held in board.to_dict("records"):
        said = json.loads((folder / "runs" / held["name"] / "metrics.json").read_text())["metrics"]
        assert held["test_acer"] == said["test"]["acer"]
        assert held["test_acer_low"] <= held["test_acer"] <= held["test_acer_high"]
        assert held["accuracy"] == pytest.approx(said["accuracy"]["test"]["all"], rel=1e-5)
    pd.testing.assert_frame_equal(
        pd.read_csv(folder / "leaderboard.csv", keep_default_na=False)[["name", "rank"]], board[["name", "rank"]]
    )


@pytest.mark.models
def test_the_same_command_again_trains_nothing_and_more_values_only_what_is_new(faces, swept, monkeypatch):
    folder, board = swept
    trained = []
    monkeypatch.setattr(sweeps, "train", lambda table, out, config, **how: trained.append(config.name))
    assert sweep(faces, folder, GRID, jobs=1, progress=False)["name"].tolist() == board["name"].tolist()
    assert trained == []
    more = dataclasses.replace(GRID, seeds=(0, 1))
    assert sorted(status(folder, more).values()) == ["done", "done", "to do", "to do"]
    sweep(faces, folder, more, jobs=1, progress=False)
    assert len(trained) == 2
    assert all(name.endswith("s1") for name in trained)


@pytest.mark.models
def test_a_cell_that_fails_is_listed_and_stops_no_other(faces, tmp_path):
    grid = dataclasses.replace(
        GRID, learning_rates=(1e30, 1e-3), epochs=(1,), base=dataclasses.replace(BASE, decay=False)
    )
    board = sweep(faces, tmp_path, grid, jobs=1, progress=False)
    failed = board.set_index("name").loc["faces-lr1e+30-b8-e1-s0"]
    assert "lower the rate" in failed["error"]
    assert np.isnan(failed["test_acer"])
    assert board["test_acer"].notna().sum() == 1
    assert "failed: ValueError" in (tmp_path / "leaderboard.md").read_text()
    assert status(tmp_path, grid)["faces-lr1e+30-b8-e1-s0"] == "failed"


@pytest.mark.models
def test_other_data_needs_another_folder(faces, swept):
    with pytest.raises(ValueError, match="other data"):
        sweep(faces.iloc[:-3], swept[0], GRID, jobs=1, progress=False)


def test_a_task_travels_to_other_processes(faces):
    task = sweeps.partial(sweeps._train_cell, table=faces, out="x", cache=None, threads=1)
    assert pickle.loads(pickle.dumps(task)).keywords["out"] == "x"


@pytest.mark.full
@pytest.mark.models
@pytest.mark.timeout(600)
@pytest.mark.parametrize("engine", ["joblib", "dask"])
def test_cells_side_by_side_give_the_board_of_one_after_the_other(faces, tmp_path, swept, engine):
    how = {"jobs": 2, "engine": engine}
    if engine == "dask":
        distributed = pytest.importorskip("distributed")
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            board = sweep(faces, tmp_path, GRID, scheduler=cluster.scheduler_address, progress=False, **how)
    else:
        board = sweep(faces, tmp_path, GRID, progress=False, **how)
    same = ["rank", "name", "best_epoch", "data"]
    pd.testing.assert_frame_equal(board[same], swept[1][same])
    np.testing.assert_allclose(board["test_acer"], swept[1]["test_acer"])
