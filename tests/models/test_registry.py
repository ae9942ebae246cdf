"""Which model answers: the marked one, else a fetched one, else the built-in; never another in a marked one's name."""

import importlib.util
import json
from pathlib import Path

import pytest

from liveliness_lib.cli import main
from liveliness_lib.models import minifasnet, registry

spec = importlib.util.spec_from_file_location("tiny_graphs", Path(__file__).with_name("graphs.py"))
graphs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(graphs)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Give every test a machine without choices, weights and cache."""
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "LIVELINESS_MODELS"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


@pytest.fixture
def run(home):
    (home / "mine").mkdir()
    graphs.brightness_graph(home / "mine" / "model.onnx", graphs.metadata(name="mine"))
    return home / "mine"


def fetched(monkeypatch, home, *, sets=("minifasnet", "yunet")):
    """Pretend that weights were fetched, and that MiniFASNet was converted."""
    monkeypatch.setattr(registry, "has_set", lambda name: name in sets)
    file = graphs.brightness_graph(home / "converted.onnx", graphs.metadata(name="minifasnet"))
    monkeypatch.setattr(minifasnet, "cached_file", lambda: file)
    return file


def test_without_anything_it_is_the_built_in_one():
    found = registry.find_model()
    assert (found.path.stem, found.origin) == (registry.DEFAULT, "built-in")
    assert registry.present_models() == registry.packaged_models()
    assert registry.DEFAULT in registry.packaged_models()


def test_a_fetched_model_goes_before_the_built_in_and_a_marked_one_before_both(monkeypatch, home, run):
    file = fetched(monkeypatch, home)
    assert registry.find_model() == registry.FoundModel(file, "fetched")
    assert registry.present_models()[-1] == "minifasnet"
    registry.mark_default(str(run))
    assert registry.find_model() == registry.FoundModel((run / "model.onnx").resolve(), "marked")
    assert registry.load_classifier().metadata.name == "mine"
    registry.unmark_default()
    assert registry.find_model().origin == "fetched"


def test_with_anothers_boxes_it_would_be_another_model(monkeypatch, home, caplog):
    fetched(monkeypatch, home, sets=("minifasnet",))
    assert registry.find_model().origin == "built-in"
    assert "liveliness models fetch yunet" in caplog.text


def test_a_marked_model_that_is_gone_is_an_error_not_another_model(run):
    registry.mark_default(str(run))
    (run / "model.onnx").unlink()
    with pytest.raises(ValueError, match=r"is gone: .*mine.*--clear"):
        registry.load_classifier()
    registry.unmark_default()
    assert registry.find_model().origin == "built-in"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"model": 3}'])
def test_a_broken_choice_is_named(home, text):
    marker = home / "XDG_CONFIG_HOME" / "liveliness" / "default_model.json"
    marker.parent.mkdir(parents=True)
    marker.write_text(text)
    with pytest.raises(ValueError, match=r"default_model\.json names no model"):
        registry.find_model()


def test_only_a_model_can_be_marked(home):
    (home / "text.onnx").write_text("no model")
    for name in ("auto", "nothing", str(home / "text.onnx")):
        with pytest.raises(ValueError, match="Received|no readable"):
            registry.mark_default(name)
    assert registry.marked_model() is None


def test_the_built_in_one_says_what_it_is_and_what_is_stronger(monkeypatch, home, run):
    found = registry.find_model()
    about = registry.CropClassifier(found.path).metadata
    line = registry.advice(found, about)
    assert about.trained_on in line
    assert "liveliness models fetch minifasnet yunet" in line
    assert "\n" not in line
    assert registry.advice(registry.find_model(str(run)), about) == ""
    fetched(monkeypatch, home)
    assert "--model minifasnet" in registry.advice(found, about)


def cli(*arguments):
    with pytest.raises(SystemExit) as caught:
        main([*map(str, arguments)])
    return caught.value.code


def test_the_command_marks_shows_and_clears(run, capsys):
    assert cli("models", "default", run) == 0
    assert f"mine, marked, {(run / 'model.onnx').resolve()}" in capsys.readouterr().out
    assert cli("models", "default", "--clear") == 0
    out = capsys.readouterr().out
    assert f"{registry.DEFAULT}, built-in" in out
    assert "trained on" in out
    assert cli("models", "default", run, "--clear") == 2


def test_every_verdict_names_the_model_and_json_stays_json(run, home, capsys):
    from liveliness_lib.images import write_image
    from liveliness_lib.paths import samples_dir

    photo = sorted((samples_dir() / "real" / "none").glob("*.png"))[0]
    cli("detect", "--json", "--detector", "haar", photo)
    said = capsys.readouterr()
    assert json.loads(said.out)["model"] == registry.DEFAULT
    assert "trained on" in said.err
    registry.mark_default(str(run))
    import numpy as np

    write_image(home / "blank.png", np.zeros((40, 40, 3), np.uint8))
    cli("detect", "--detector", "haar", home / "blank.png")
    said = capsys.readouterr()
    assert "mine (no_face)" in said.out
    assert said.err == ""
