"""``liveliness evaluate``, ``compare`` and ``protocol`` on files, in one process."""

import pytest

from liveliness_lib.cli import main
from liveliness_lib.results import read_metrics

ROWS = [(f"{s}{i}.png", s) for s in ("real", "fake") for i in range(6)]


def run(*arguments):
    with pytest.raises(SystemExit) as caught:
        main([*map(str, arguments)])
    return caught.value.code


def write(path, wrong=(), split=""):
    """Write scores that are right but for the places `wrong`."""
    lines = ["path,label,attack_type,subject,split,score"]
    for place, (name, label) in enumerate(ROWS):
        score = 0.8 if (label == "real") != (place in wrong) else 0.2
        lines.append(f"x/{name},{label},{'none' if label == 'real' else 'screen'},p{place % 6},{split},{score}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_compare_says_the_difference_and_how_sure_it_is(tmp_path, capsys):
    one, other = write(tmp_path / "one.csv"), write(tmp_path / "other.csv", wrong=(0, 1, 2))
    assert run("compare", f"{one}@0.5", f"{other}@0.5", "--out", tmp_path / "difference.json") == 0
    out = capsys.readouterr().out
    assert "A: one, threshold 0.5000 (given on the command line)" in out
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line[:1].isalpha()}
    assert rows["bpcer"][1:4] == ["0.0%", "50.0%", "-50.0"]
    assert rows["real"][1:4] == ["0", "3", "0.25"]  # 2 / 2^3
    found = read_metrics(tmp_path / "difference.json")
    assert found["rates"]["bpcer"]["difference"] == -0.5


def test_several_files_stand_in_one_table(tmp_path, capsys):
    one, other = write(tmp_path / "one.csv"), write(tmp_path / "other.csv", wrong=(0, 6))
    given = ("--scores", f"a={one}@0.5", "--scores", f"b={other}@0.5")
    assert run("evaluate", tmp_path, *given, "--out", tmp_path / "out") == 0
    assert "ACER of a minus b: -16.7 points" in capsys.readouterr().out
    assert (tmp_path / "out" / "b" / "report.html").is_file()
    assert run("compare", tmp_path / "out" / "a", tmp_path / "out" / "b") == 0
    assert run("compare", tmp_path / "out", tmp_path / "out" / "b") == 2
    assert "one of ['a', 'b'] in it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "nothing", "nothing"], "nothing"),
        (["evaluate", ".", "--scores", "nothing.csv@0.5"], "nothing.csv"),
        (["protocol", "leave-one-out", "no/such", "--by", "session"], "no/such"),
        (["models", "limits", "livenessnet", "."], "--out"),
    ],
)
def test_wrong_use_is_one_line(arguments, said, capsys):
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "command",
    [
        ["compare"],
        ["models", "default"],
        ["models", "limits"],
        *(["protocol", name] for name in ("leave-one-device-out", "leave-one-attack-out", "leave-one-out")),
        ["protocol", "simulated-to-real"],
        ["protocol", "optimism"],
    ],
)
def test_help_teaches_with_an_example(command, capsys):
    assert run(*command, "--help") == 0
    assert f"liveliness {' '.join(command)} " in capsys.readouterr().out
