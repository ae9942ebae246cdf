"""The table of rounds: added, cured, broken, on one fixed test set."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.failcases.rounds import keep_round
from liveliness_lib.images import write_image
from liveliness_lib.results import record_metrics
from liveliness_lib.scores import write_scores
from liveliness_lib.training.rounds import failed_by, note_rounds, rounds_markdown, rounds_table
from liveliness_lib.training.run_folder import FILES


def a_run(folder, scores, paths="abcd"):
    """Write the folder of a finished run whose test set is two real faces and two screens."""
    folder.mkdir()
    for name in FILES:
        (folder / name).touch()
    (folder / "run.json").write_text(json.dumps({"state": "finished", "config": "c", "data": "d"}))
    record_metrics(folder, {"threshold": 0.5, "test": {"acer": 0.25, "acer_low": 0.1, "acer_high": 0.4}})
    table = pd.DataFrame({"path": list(paths), "label": ["real", "real", "fake", "fake"], "score": scores})
    write_scores(folder / "scores.csv", table.assign(attack_type=["none", "none", "screen", "screen"], split="test"))
    return folder


def test_each_run_against_the_one_before(tmp_path):
    one = a_run(tmp_path / "r0", [0.9, 0.2, 0.1, 0.8])
    two = a_run(tmp_path / "r1", [0.9, 0.9, 0.7, 0.8])
    write_image(tmp_path / "case.png", np.zeros((8, 8, 3), np.uint8))
    case = pd.DataFrame(
        [{"path": str(tmp_path / "case.png"), "label": "fake", "attack_type": "screen", "kind": "near miss"}]
    )
    keep_round(case.assign(subject="x"), tmp_path / "round", model=str(one))
    note_rounds(two, [tmp_path / "round"])
    table = rounds_table([one, two])
    assert table["added"].tolist() == [0, 1]
    assert table.loc[1, ["cured", "broke", "broke_real", "broke_fake", "still_wrong"]].tolist() == [1, 1, 0, 1, 1]
    assert table.loc[1, "p_value"] == 1
    assert failed_by(two) == [str(one)]
    lines = rounds_markdown(table).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert lines[3] == "| r1 | 1 (0, 1) | 1 | 1 (0, 1) | 1 | 1.00 | 25.0 % [10.0, 40.0] |"


def test_another_test_set_is_no_comparison(tmp_path):
    one, two = a_run(tmp_path / "r0", [0.9] * 4), a_run(tmp_path / "r1", [0.9] * 4, "abcx")
    with pytest.raises(ValueError, match="same pictures"):
        rounds_table([one, two])
    (two / "model.onnx").unlink()
    with pytest.raises(ValueError, match="finished run"):
        rounds_table([one, two])
