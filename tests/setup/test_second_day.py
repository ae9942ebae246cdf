"""What a second day needs: hooks, diffs of notebooks, updates, the workflow; each is what the documents say."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.lint


def targets():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def run(*command, **options):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **options)


def test_every_make_target_that_a_document_names_exists():
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", (ROOT / name).read_text(), re.MULTILINE))
        assert {a or b for a, b in named} <= targets(), name


def test_every_file_that_contributing_names_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for path in re.findall(r"`((?:liveliness_lib|tests|docs|notebooks)/[\w/.]+\.(?:py|json))`", text):
        assert (ROOT / path).exists() or "mine" in path, path


def test_the_hooks_run_the_pinned_tools_without_a_network():
    hooks = [
        h for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"] for h in repo["hooks"]
    ]
    assert {h["id"] for h in hooks} >= {"ruff", "ruff-format", "nbstripout", "private-faces", "large-files"}
    assert all(h["language"] == "system" and h["entry"].startswith(".venv/bin/") for h in hooks)


def test_kept_notebooks_are_as_nbstripout_leaves_them(tmp_path):
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    entry = next(h["entry"] for h in config if h["id"] == "nbstripout")
    flags = [(a or b) for a, b in re.findall(r'"([^"]+)"|(\S+)', entry)][1:]
    tool = Path(sys.executable).with_name("nbstripout")
    paths = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    copies = [Path(shutil.copy(path, tmp_path)) for path in paths]
    assert run(str(tool), *flags, *map(str, copies)).returncode == 0
    for path, copy in zip(paths, copies, strict=True):
        assert json.loads(copy.read_text()) == json.loads(path.read_text()), path.name


def test_large_files_and_pictures_from_elsewhere_are_refused(tmp_path):
    (tmp_path / "big.bin").write_bytes(b"0" * 2_000_001)
    (tmp_path / "me.jpg").write_bytes(b"0")
    check = [sys.executable, str(ROOT / ".ci" / "large_files.py")]
    told = run(*check, str(tmp_path / "big.bin"), str(tmp_path / "me.jpg"), "README.md")
    assert told.returncode == 1
    assert len(told.stdout.splitlines()) == 2
    held = run("git", "ls-files").stdout.splitlines()
    if held:  # a checkout, not an archive
        assert run(*check, *held).stdout == ""


def test_the_workflow_is_ci_run():
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]["test"]["steps"]
    tests = [step["run"] for step in steps if "run" in step and "if" not in step]
    assert tests == [".ci/run"]


def test_the_citation_has_the_version_of_the_package():
    from liveliness_lib import __version__

    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (cited["cff-version"], cited["version"], cited["license"]) == ("1.2.0", __version__, "Apache-2.0")


def test_notebooks_are_diffed_by_nbdime_without_their_metadata():
    assert "*.ipynb  diff=jupyternotebook merge=jupyternotebook" in (ROOT / ".gitattributes").read_text()
    told = run(str(Path(sys.executable).with_name("git-nbdiffdriver")), "diff", "--help")
    assert told.returncode == 0


def test_the_conda_file_follows_the_pins():
    sys.path.insert(0, str(ROOT / "requirements"))
    try:
        from update import read_pins, synced
    finally:
        sys.path.pop(0)
    conda = (ROOT / "environment.yml").read_text()
    pins = read_pins((ROOT / "requirements" / "constraints.txt").read_text())
    assert synced(conda, pins) == conda
    newer = synced(conda, pins | {"numpy": "2.999.0"})
    assert [line for line in newer.splitlines() if line not in conda.splitlines()] == [
        "      - numpy==2.999.0                              # arrays"
    ]


@pytest.fixture
def update(monkeypatch, tmp_path):
    """The update command on copies of the pins, with an installation that pins numpy 2.999.0."""
    monkeypatch.syspath_prepend(str(ROOT / "requirements"))
    import update

    for name, file in (("PINS", "requirements/constraints.txt"), ("CONDA", "environment.yml")):
        monkeypatch.setattr(update, name, Path(shutil.copy(ROOT / file, tmp_path)))
    monkeypatch.setattr(update, "VENV", tmp_path)

    def install(index, held):
        pins = update.read_pins(update.PINS.read_text()) | {"numpy": "2.999.0"}
        update.PINS.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))

    monkeypatch.setattr(update, "install", install)
    return update


def test_an_update_whose_tests_pass_is_written_down(update, capsys):
    assert update.main(["--tests", "help"]) == 0
    assert "numpy==2.999.0" in update.PINS.read_text()
    assert "- numpy==2.999.0" in update.CONDA.read_text()
    assert re.search(r"numpy: \S+ -> 2\.999\.0", capsys.readouterr().out)


@pytest.mark.parametrize("how", ["a test fails", "no index", "interrupted"])
def test_an_update_that_fails_leaves_the_pins(update, monkeypatch, how):
    before = update.PINS.read_text(), update.CONDA.read_text()
    errors = {"no index": subprocess.CalledProcessError(1, ["pip", "install"]), "interrupted": KeyboardInterrupt()}
    if how in errors:
        install = update.install

        def fails(index, held):
            install(index, held)
            raise errors[how]

        monkeypatch.setattr(update, "install", fails)
    if how == "interrupted":
        with pytest.raises(KeyboardInterrupt):
            update.main(["--tests", "help"])
    else:
        assert update.main(["--tests", "no-such-target"]) == 1
    assert (update.PINS.read_text(), update.CONDA.read_text()) == before


def test_a_package_can_be_held_and_an_unknown_one_is_named(update):
    assert update.held_pins("keras==3.15.1\nnumpy==2.4.6\n", ["numpy"]) == "numpy==2.4.6\n"
    with pytest.raises(ValueError, match=r"Received: \['nmupy'\]"):
        update.main(["--hold", "nmupy"])
