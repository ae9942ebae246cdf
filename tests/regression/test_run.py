"""The command as it is typed, on real kernels."""

import json

import pytest

from liveliness_lib.results import record_metrics
from regression.__main__ import main
from regression.execute import choose_parameters, find_notebooks


def command(folder, *arguments):
    common = ["--out", str(folder / "out"), "--accepted", str(folder / "accepted.json")]
    common += ["--notebooks", str(folder / "notebooks"), "--bounds", str(folder / "bounds.json")]
    if arguments[0] == "run":
        common += ["--jobs", "2"]
    return main([*arguments, *common])


def test_names_and_parameters_that_nobody_has_are_refused_with_those_there_are(folder):
    with pytest.raises(ValueError, match=r"01_fine.*Received: '9'"):
        find_notebooks(["9"], folder / "notebooks")
    paths = find_notebooks([], folder / "notebooks")
    with pytest.raises(ValueError, match=r"\['seed'\]. Received: 'sed'"):
        choose_parameters(paths, {"sed": 1}, full=False)
    chosen = choose_parameters(paths, {"seed": 7}, full=True)
    assert chosen == {paths[0]: {"fast": False, "seed": 7}, paths[1]: {"fast": False}}


def test_wrong_use_says_so_and_ends_with_2(folder, capsys):
    assert command(folder, "run", "-p", "sed", "7") == 2
    assert command(folder, "accept", "--reason", "x") == 2
    assert "make regress first" in capsys.readouterr().err


def test_what_was_rendered_can_be_accepted_except_out_of_its_bounds(folder, capsys):
    record_metrics(folder / "runs" / "notebooks" / "01_fine", {"seed_seen": 3, "fast_seen": False})
    record_metrics(folder / "runs" / "notebooks" / "02_broken", {"rate": 1.5})
    assert command(folder, "accept", "--reason", "rendered", "--rendered") == 0
    said = capsys.readouterr().out
    assert "left out: 02_broken rate: outside, 1.5, bound ≤ 1" in said
    assert "accepted: 01_fine\n" in said
    assert json.loads((folder / "accepted.json").read_text())["full"]["01_fine"]["metrics"]["seed_seen"] == 3


@pytest.mark.notebooks
def test_a_run_reports_what_broke_and_what_changed_and_can_be_accepted(folder, capsys):
    assert command(folder, "run") == 1
    report = (folder / "out" / "report.md").read_text()
    assert "| 01_fine | seed_seen | ≤ 5 | – | 3 | new |" in report
    assert "| 01_fine | fast_seen | 0 … 1 | – | True | new |" in report
    assert "**failed: cell 2: RuntimeError: no such screen**" in report
    assert {path.name for path in (folder / "out").glob("report.*")} == {"report.md", "report.xml", "report.html"}
    assert command(folder, "accept", "--reason", "the first") == 0
    assert "accepted: 01_fine\n" in capsys.readouterr().out
    held = json.loads((folder / "accepted.json").read_text())
    assert held["fast"] == {
        "01_fine": {"metrics": {"fast_seen": True, "said": "text", "seed_seen": 3}, "reason": "the first"}
    }
    assert command(folder, "run", "-p", "seed", "7", "01") == 1  # 7 is over the bound of 5
    assert "| 01_fine | seed_seen | ≤ 5 | 3 | 7 | **outside** |" in (folder / "out" / "report.md").read_text()
    assert command(folder, "accept", "--reason", "another seed") == 2  # only the usual parameters are accepted
