"""Files are written whole or not at all; optional libraries are asked for by name."""

import errno

import pytest

from liveliness_lib import paths


def stop_in_the_middle(target):
    with paths.atomic_path(target) as temporary:
        temporary.write_text("second, half writt")
        raise RuntimeError("stopped in the middle")


def test_atomic_path_replaces_the_old_file_only_when_the_block_ends_well(tmp_path):
    target = tmp_path / "deep" / "a.json"
    with paths.atomic_path(target) as temporary:
        temporary.write_text("first")
    assert target.read_text() == "first"
    with pytest.raises(RuntimeError, match="middle"):
        stop_in_the_middle(target)
    assert target.read_text() == "first"
    assert [p.name for p in target.parent.iterdir()] == ["a.json"]


def test_atomic_path_keeps_the_suffix_for_writers_that_choose_a_format_by_it(tmp_path):
    with paths.atomic_path(tmp_path / "a.png") as temporary:
        assert temporary.suffix == ".png"
        assert temporary.parent == tmp_path
        temporary.touch()


@pytest.mark.parametrize(("named", "said"), [(None, "a.json"), ("elsewhere.tmp", "elsewhere.tmp")])
def test_a_full_disk_names_the_file(tmp_path, named, said):
    with pytest.raises(OSError, match=rf"No space.*{said}") as caught, paths.atomic_path(tmp_path / "a.json"):
        raise OSError(errno.ENOSPC, "No space left on device", *([named] if named else []))
    assert caught.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())


def test_require_names_the_extra():
    with pytest.raises(ImportError, match=r"liveliness\[depth\]"):
        paths.require("surely_not_a_module", extra="depth")
    assert paths.require("json", extra="depth").__name__ == "json"


def test_folders_follow_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("LIVELINESS_MODELS", raising=False)
    assert paths.models_dir() == tmp_path / "liveliness" / "models"
    monkeypatch.setenv("LIVELINESS_MODELS", str(tmp_path / "w"))
    assert paths.models_dir() == tmp_path / "w"
    monkeypatch.setenv("LIVELINESS_REAL", str(tmp_path / "missing"))
    assert paths.real_photographs_dir() is None


def test_packaged_model_lists_what_there_is():
    with pytest.raises(FileNotFoundError, match="Received: 'nothing.onnx'"):
        paths.packaged_model("nothing.onnx")
