"""``sweep --plan``, ``failcases`` and ``models import``, as typed."""

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.cli import main
from liveliness_lib.failcases.rounds import keep_round
from liveliness_lib.images import write_image


def run(*arguments):
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return caught.value.code


@pytest.fixture
def cases(tmp_path):
    write_image(tmp_path / "a.png", np.full((8, 8, 3), 90, np.uint8))
    row = {"path": str(tmp_path / "a.png"), "label": "fake", "attack_type": "screen", "subject": "a", "score": 0.7}
    row |= {"kind": "false accept", "distance": 0.2, "cause": "dark"}
    return tmp_path / "round", keep_round(pd.DataFrame([row]), tmp_path / "round", model="m")["case"].iloc[0]


def test_a_case_is_listed_drawn_and_left_out(cases, tmp_path, capsys):
    folder, case = cases
    assert run("failcases", "show", folder, "--sheet", tmp_path / "sheet.png") == 0
    assert f"{case[:8]}  false accept  screen   0.700  dark             add: yes" in capsys.readouterr().out
    assert (tmp_path / "sheet.png").stat().st_size > 1000
    assert run("failcases", "mark", folder, case[:5], "--leave-out", "--label", "real") == 0
    assert "0 of 1 cases will be added" in capsys.readouterr().out
    assert run("failcases", "show", folder, "--kind", "near miss") == 0
    assert "0 of 1 cases" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("failcases", "show", "nowhere"), "nowhere"),
        (("failcases", "rounds", "nowhere"), "nowhere"),
        (("sweep", "nowhere", "--out", "x", "--epochs", "many"), "Received: 'many'"),
        (("sweep", "nowhere", "--out", "x", "--kinds", "films", "--plan"), "films"),
        (("leaderboard", "nowhere"), "nowhere"),
        (("models", "import", "nowhere", "--out", "x"), "nowhere"),
        (("models", "quantise", "nowhere", "--out", "x"), "nowhere"),
    ],
)
def test_wrong_use_is_one_clear_line(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_the_plan_of_a_sweep_trains_nothing(tmp_path, capsys):
    asked = ("--learning-rates", "1e-3,1e-4", "--batch-sizes", "64", "--seeds", "0,1", "--plan")
    assert run("sweep", "anywhere", "--out", tmp_path, *asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert all(line.startswith("to do") for line in lines)
    assert not list(tmp_path.iterdir())
