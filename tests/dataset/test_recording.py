"""The whole loop: shown, filmed, cut. No name is wrong, nearly every slide is found, what goes wrong is said."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from liveliness_lib import images
from liveliness_lib.dataset import recording
from liveliness_lib.dataset.film_writer import write_film
from liveliness_lib.dataset.manifest import read_manifest
from liveliness_lib.dataset.matching import match_score
from liveliness_lib.dataset.order import Order
from liveliness_lib.dataset.recording import RecordingError, Session, clock_drift, cut_recording, safe_name


@pytest.fixture(scope="module")
def cuts(films, show, tmp_path_factory):
    out = tmp_path_factory.mktemp("cuts")
    session = Session(device="phone+monitor", light="lamp")
    return [
        cut_recording(film.path, show.order, out / film.path.stem, session=session, progress=False) for film in films
    ]


def wrong_names(report, film):
    """Slides whose kept frame shows another, or two."""
    shown = film.truth.loc[report.table["frame"]]
    return report.table.loc[
        (shown["slide"].to_numpy() != report.table["slide"].to_numpy()) | shown["mixed"].to_numpy(), "path"
    ]


def test_no_name_is_wrong_and_nearly_all_are_found(cuts, films):
    assert [len(wrong_names(cut, film)) for cut, film in zip(cuts, films, strict=True)] == [0, 0]
    assert sum(len(cut.table) for cut in cuts) >= 27  # of 28


def test_pictures_are_upright_and_like_their_photographs(cuts, show):
    for cut, turned in zip(cuts, (0, 90), strict=True):
        assert set(cut.table["turned"]) == {turned}
        for row in cut.table.head(4).to_dict("records"):
            photo = images.read_image(show.order.slides[row["slide"]].path)
            picture = images.read_image(row["path"])
            assert (picture.shape[0] > picture.shape[1]) == (photo.shape[0] > photo.shape[1])
            assert match_score(photo, picture) > 0.75
        assert cut.table["match"].min() > 0.8


def test_rows_say_what_is_known(cuts, show):
    table = read_manifest(Path(cuts[0].table["path"][0]).parents[2] / "manifest.csv")
    row = table.iloc[5]
    assert (row["label"], row["attack_type"], row["device"], row["light"]) == (
        "fake",
        "screen",
        "phone+monitor",
        "lamp",
    )
    assert row["source_photo"] == show.order.slides[row["slide"]].name
    assert row["subject"] == show.order.slides[row["slide"]].subject
    assert row["session"] == "film0"
    assert 0 < row["frame_time_s"] < 20


def test_the_clock_and_the_screen_are_measured(cuts, films):
    for cut, film in zip(cuts, films, strict=True):
        # the player's drift, plus frames lost that the file does not know of
        assert cut.clock_drift == pytest.approx(film.how.drift + 0.05 - 0.01, abs=0.04)
        assert cut.screen.exponent == pytest.approx(film.how.gamma, rel=0.2)
    assert cuts[0].frames["a slide"] > 100
    assert cuts[0].frames["calibration"] > 5


@pytest.mark.parametrize("keep", ["photo", "frame"])
def test_what_is_kept(films, show, tmp_path, keep):
    cut = cut_recording(films[1].path, show.order, tmp_path, keep=keep, format="jpg", progress=False)
    picture = images.read_image(cut.table["path"].iloc[0])
    if keep == "frame":
        assert picture.shape == (512, 288, 3)  # turned upright from 288 x 512
    else:
        assert picture.shape[0] / picture.shape[1] == pytest.approx(256 / 144, rel=0.04)


def test_an_interrupted_run_goes_on(films, show, tmp_path, monkeypatch):
    kept = []
    write = images.write_image

    def stop_at_the_fifth(path, image, **options):
        if len(kept) == 5:
            raise KeyboardInterrupt
        kept.append(path)
        write(path, image, **options)

    monkeypatch.setattr(recording.images, "write_image", stop_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        cut_recording(films[0].path, show.order, tmp_path, progress=False)
    assert not (tmp_path / "manifest.csv").exists()  # unfinished, and looks it
    monkeypatch.setattr(recording.images, "write_image", write)
    before = {path: path.stat().st_mtime_ns for path in kept}
    report = cut_recording(films[0].path, show.order, tmp_path, progress=False)
    assert {path: path.stat().st_mtime_ns for path in kept} == before  # not made twice
    assert len(report.table) >= 13
    assert not list(tmp_path.rglob(".partial-*"))
    assert len(wrong_names(report, films[0])) == 0


def test_a_folder_of_another_film_is_refused(films, show, tmp_path):
    (tmp_path / "cut.json").write_text("{}")
    with pytest.raises(ValueError, match="begun with this film"):
        cut_recording(films[0].path, show.order, tmp_path, progress=False)


def test_a_film_of_something_else(show, tmp_path):
    with write_film(tmp_path / "wall.mp4", (240, 320), 10) as add:
        for k in range(15):
            add(np.full((240, 320, 3), 100 + k, np.uint8))
    with pytest.raises(RecordingError, match=r"wall\.mp4.*this slideshow.*no slide"):
        cut_recording(tmp_path / "wall.mp4", show.order, tmp_path / "out", progress=False)
    assert not (tmp_path / "out" / "manifest.csv").exists()


def test_a_film_of_another_slideshow(films, show, tmp_path):
    other = Order(show.order.slides[:5], show.order.canvas, codes=True)
    with pytest.raises(RecordingError, match=rf"slideshow {show.order.deck} in \d+ frames"):
        cut_recording(films[0].path, other, tmp_path, progress=False)


def test_a_truncated_film_keeps_what_it_has(films, show, tmp_path):
    # the writer puts the index first, so the front of the file still plays
    data = films[0].path.read_bytes()
    (tmp_path / "half.mp4").write_bytes(data[: int(len(data) * 0.55)])
    report = cut_recording(tmp_path / "half.mp4", show.order, tmp_path / "out", progress=False)
    assert 3 <= len(report.table) <= 12
    assert len(report.table) + len(report.unplaced) == 14
    last, stated = report.breaks_off
    assert 0 < last < stated == pytest.approx(len(films[0].truth) / 15, abs=0.1)
    ends = [reason for reason in report.unplaced.values() if f"breaks off before it, at {last:.1f} s" in reason]
    assert len(ends) == 13 - report.table["slide"].max()
    assert json.loads((tmp_path / "out" / "report.json").read_text())["breaks_off_s"] == [last, stated]
    assert len(wrong_names(report, films[0])) == 0


def test_a_film_cut_off_before_the_slides_is_told(films, show, tmp_path):
    data = films[0].path.read_bytes()
    (tmp_path / "stub.mp4").write_bytes(data[: int(len(data) * 0.06)])
    with pytest.raises(RecordingError, match=r"stub\.mp4.*breaks off at \d\.\d s of 1\d\.\d s"):
        cut_recording(tmp_path / "stub.mp4", show.order, tmp_path / "out", progress=False)


def test_a_whole_film_does_not_break_off(cuts):
    assert [cut.breaks_off for cut in cuts] == [None, None]


def test_a_wrong_photograph_is_not_verified(films, show, photos, tmp_path):
    """Where the photographs were swapped after the slideshow was made, the codes are right and the content is not."""
    from dataclasses import replace

    slides = list(show.order.slides)
    slides[4] = replace(slides[4], path=slides[8].path, sha256="")
    report = cut_recording(films[0].path, replace(show.order, slides=tuple(slides)), tmp_path, progress=False)
    assert "unlike its photograph" in report.unplaced[slides[4].name]
    assert 4 not in set(report.table["slide"])
    assert json.loads((tmp_path / "report.json").read_text())["unplaced"].keys() == report.unplaced.keys()


@pytest.mark.parametrize("film", ["missing.mp4", "empty.mp4"])
def test_films_that_cannot_be_read_are_named(show, tmp_path, film):
    (tmp_path / "empty.mp4").write_bytes(b"")
    with pytest.raises((ValueError, FileNotFoundError), match=film):
        cut_recording(tmp_path / film, show.order, tmp_path / "out", progress=False)


@pytest.mark.parametrize("options", [{"by": "luck"}, {"keep": "all"}, {"format": "gif"}])
def test_unknown_options_are_refused(films, show, tmp_path, options):
    with pytest.raises(ValueError, match="Received"):
        cut_recording(films[0].path, show.order, tmp_path, progress=False, **options)


def test_drift_by_hand(show):
    table = pd.DataFrame({"slide": range(10), "frame_time_s": [3 + k / 1.04 for k in range(10)]})
    assert clock_drift(table, show.order) == pytest.approx(0.04)
    assert np.isnan(clock_drift(table.head(2), show.order))


@pytest.mark.parametrize(("name", "safe"), [("a b/c.jpg", "a-b-c"), ("../../x.png", "x"), (".", "photo")])
def test_names_are_safe(name, safe):
    assert safe_name(name) == safe


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 300 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small tmpfs needs root")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting a small tmpfs is not permitted: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_told_and_what_was_finished_is_kept(films, show, small_disk):
    with pytest.raises(OSError, match=rf"No space left.*{small_disk}/out/.*(png|json)"):
        cut_recording(films[0].path, show.order, small_disk / "out", progress=False)
    pictures = list((small_disk / "out" / "fake").rglob("[!.]*.png"))
    assert pictures
    assert all(images.read_image(path).size for path in pictures)  # each is whole
    assert not list(small_disk.rglob(".partial-*"))
    assert not (small_disk / "out" / "manifest.csv").exists()


def film_noise(path):
    noise = np.random.default_rng(0)
    with write_film(path, (240, 320), 10, quality=5, preset="ultrafast") as add:
        for _ in range(40):
            add(noise.integers(0, 256, (240, 320, 3), dtype=np.uint8))


def test_a_film_that_does_not_fit_leaves_nothing(small_disk):
    with pytest.raises(OSError, match=r"big\.mp4"):
        film_noise(small_disk / "big.mp4")
    assert not list(small_disk.iterdir())
