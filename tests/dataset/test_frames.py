"""Pictures out of films."""

import numpy as np
import pandas as pd
import pytest

from liveliness_lib import images
from liveliness_lib.dataset.film_writer import write_film
from liveliness_lib.dataset.frames import FrameReader, extract_frames, read_frame, spread, view_film
from liveliness_lib.dataset.manifest import complete_columns
from liveliness_lib.images import read_image


@pytest.fixture
def film(tmp_path):
    with write_film(tmp_path / "ramp.mp4", (48, 64), 10, quality=5) as add:
        for level in range(0, 200, 10):
            add(np.full((48, 64, 3), level, np.uint8))
    return tmp_path / "ramp.mp4"


@pytest.mark.parametrize(
    ("count", "wanted", "expected"), [(0, 3, []), (1, 3, [0]), (3, 3, [0, 1, 2]), (10, 1, [5]), (10, 2, [2, 7])]
)
def test_spread_by_hand(count, wanted, expected):
    assert spread(count, wanted) == expected


def test_frames_are_the_ones_named(film, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    listed = {"path": [str(film), str(broken)], "label": "fake", "attack_type": "screen", "subject": ["a", "b"]}
    made = extract_frames(complete_columns(pd.DataFrame(listed)), tmp_path / "out", per_film=4, progress=False)
    assert made["frame"].tolist() == spread(20, 4)
    assert [round(read_image(p).mean() / 10) for p in made["path"]] == made["frame"].tolist()
    assert set(made["session"]) == {"ramp"}
    assert len(made.attrs["left_out"]) == 1
    assert "broken.mp4" in made.attrs["left_out"][0]


def test_films_that_none_can_be_read(tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    listed = complete_columns(pd.DataFrame({"path": [str(tmp_path / "broken.mp4")], "label": "real"}))
    with pytest.raises(ValueError, match=r"broken\.mp4"):
        extract_frames(listed, tmp_path / "out", progress=False)


def test_one_frame(film):
    assert round(read_frame(film, 7).mean() / 10) == 7
    with pytest.raises(ValueError, match="0 to 19"):
        read_frame(film, 20)


def test_going_on_decodes_one_frame_and_going_back_starts_again(film, monkeypatch):
    opened = []
    real = images.iter_video_frames
    reader = FrameReader(film)
    monkeypatch.setattr(images, "iter_video_frames", lambda path: opened.append(path) or real(path))
    levels = [round(reader.read(index).image.mean() / 10) for index in (3, 4, 9, 2, 19)]
    assert levels == [3, 4, 9, 2, 19]
    assert len(opened) == 2  # at 3, and to go back to 2
    for index in (-1, 20):
        with pytest.raises(ValueError, match=rf"ramp\.mp4.*0 to 19.*{index}"):
            reader.read(index)


def test_the_viewer_steps(film):
    pytest.importorskip("ipywidgets")
    slider, when, picture = view_film(film).children
    assert (slider.value, slider.max, when.value) == (10, 19, "1.000 s")
    first = picture.value
    slider.value = 3
    assert round(read_image(picture.value).mean() / 10) == 3
    assert when.value == "0.300 s"
    assert picture.value != first
