"""Simulated faces: two crops of each, splits that share neither people nor devices, files that are whole or absent."""

from dataclasses import replace

import numpy as np
import pytest

from liveliness_lib.dataset import face_bank
from liveliness_lib.dataset.face_bank import (
    CLOSE_SCALE,
    CLOSE_SIDE,
    WIDE_SCALE,
    WIDE_SIDE,
    bank_of_rows,
    chosen,
    cut_twice,
    devices_of,
    make_bank,
    read_bank,
    takes_of,
)
from liveliness_lib.synthetic.camera import CAMERAS
from liveliness_lib.synthetic.clutter import draw_clutter
from liveliness_lib.synthetic.heads import sample_scene
from liveliness_lib.synthetic.recapture import PRINTERS, SCREENS


@pytest.fixture(scope="module")
def person():
    return list(takes_of(0, split="train"))


def test_a_person_is_taken_live_on_screens_and_on_paper(person):
    assert [row[2] for row in person] == ["none"] * 4 + ["screen"] * 4 + ["print"] * 3
    assert {row[5] for row in person} == {"train-0-0"}
    for close, wide, *_ in person:
        assert close.shape == (CLOSE_SIDE, CLOSE_SIDE, 3)
        assert wide.shape == (WIDE_SIDE, WIDE_SIDE, 3)


def test_the_same_person_is_the_same_pixels(person):
    again = next(takes_of(0, split="train"))
    assert np.array_equal(again[0], person[0][0])
    assert np.array_equal(again[1], person[0][1])


def test_rooms_show_more_than_faces_do(person):
    room = next(takes_of(0, split="train", setting="room"))
    assert (room[1].max(axis=2) > 0).mean() > (person[0][1].max(axis=2) > 0).mean()
    assert 60 < room[6] < 130
    assert room[5] != person[0][5]


@pytest.mark.parametrize("table", [CAMERAS, SCREENS, PRINTERS], ids=["cameras", "screens", "printers"])
def test_no_device_is_both_learnt_from_and_set_aside(table):
    train, dev = set(devices_of(table, "train")), set(devices_of(table, "dev"))
    assert train
    assert dev
    assert not train & dev
    assert train | dev == set(table)
    assert devices_of(table, "test") == devices_of(table, "dev")


def test_the_two_cuts_hold_the_box_where_they_say():
    image = np.full((400, 400, 3), 40, np.uint8)
    image[160:240, 170:230] = 250
    close, wide = cut_twice(image, (170, 160, 230, 240))
    for crop, side, scale in ((close, CLOSE_SIDE, CLOSE_SCALE), (wide, WIDE_SIDE, WIDE_SCALE)):
        assert (crop[..., 0] > 145).mean() == pytest.approx(1 / scale**2, rel=0.1)
        rows = np.flatnonzero(crop[:, side // 2, 0] > 145)
        assert rows[0] + rows[-1] == pytest.approx(side - 1, abs=1.5)


def test_beyond_the_picture_is_black():
    close, wide = cut_twice(np.full((100, 100, 3), 200, np.uint8), (0, 0, 100, 100))
    assert not wide[0].any()
    assert not close[0].any()
    assert (wide[WIDE_SIDE // 2, WIDE_SIDE // 2] == 200).all()


def tiny_people(monkeypatch):
    calls = []

    def takes(person, **how):
        calls.append(person)
        for attack in ("none", "screen"):
            yield np.full((2, 2, 3), person), np.zeros((2, 2, 3)), attack, "close", "a", f"p{person}", np.float32(9)

    monkeypatch.setattr(face_bank, "takes_of", takes)
    return calls


def test_a_bank_goes_on_where_it_stopped_and_grows_without_changing(tmp_path, monkeypatch):
    calls = tiny_people(monkeypatch)
    first = make_bank(tmp_path, 40, jobs=1, progress=False)
    assert (len(first), len(calls)) == (2, 40)
    first[1].unlink()
    assert make_bank(tmp_path, 60, jobs=1, progress=False)[:2] == first
    assert calls[40:] == list(range(20, 60))
    bank = read_bank(first)
    assert len(bank) == 80
    assert bank.real.sum() == 40
    assert chosen(bank, bank.real).subject.tolist() == [f"p{k}" for k in range(40)]


def test_a_damaged_file_is_named(tmp_path, monkeypatch):
    tiny_people(monkeypatch)
    path = make_bank(tmp_path, 1, jobs=1, progress=False)[0]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match=path.name):
        read_bank([path])


@pytest.mark.parametrize("asked", [{"people": 0}, {"people": 1, "split": "exam"}])
def test_what_cannot_be_made_is_refused(tmp_path, asked):
    with pytest.raises(ValueError, match="Received"):
        make_bank(tmp_path, **asked)


def test_rows_become_columns():
    row = (np.zeros((2, 2, 3)), np.zeros((2, 2, 3)), "print", "device", "cam+paper", "p", np.float32(50))
    bank = bank_of_rows([row, row])
    assert (len(bank), bank.real.any(), bank.face_px.dtype) == (2, False, np.float32)


@pytest.fixture(scope="module")
def green():
    """Return takes of somebody whose face box is green, in the plan of the setting *clutter*."""
    scene = sample_scene(5, image_size=(400, 400), face_px=110)
    x_min, y_min, x_max, y_max = (round(v) for v in scene.box)
    radiance = np.full_like(scene.radiance, 0.2)
    radiance[y_min:y_max, x_min:x_max] = (0.02, 0.4, 0.02)
    scene = replace(scene, radiance=radiance)
    rng = np.random.default_rng(0)
    return scene, list(face_bank._takes(scene, "train", rng, face_bank.SETTINGS["clutter"], draw_clutter))


def test_wherever_a_portrait_is_shown_the_box_finds_the_face(green):
    scene, takes = green
    assert [take[0] for take in takes] == ["none"] * 4 + ["screen"] * 4 + ["print"] * 2
    corners = np.array(scene.box).reshape(2, 2)[[[0, 0], [1, 0], [1, 1], [0, 1]], [0, 1]]
    for *_, shot, origin in takes:
        landed = shot.map_points(corners - np.array(origin))
        x, y = landed.mean(axis=0).round().astype(int)
        red, green_level, blue = shot.image[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0)
        assert green_level > max(red, blue)
        outside = landed.mean(axis=0) + 1.15 * (landed - landed.mean(axis=0))
        for x, y in outside.round().astype(int):
            if 0 <= x < shot.image.shape[1] and 0 <= y < shot.image.shape[0]:
                red, green_level, blue = shot.image[y, x].astype(float)
                assert green_level < 1.6 * max(red, blue) + 20


def test_portraits_leave_the_edges_of_what_shows_them_in_sight(green):
    scene, takes = green
    origins = [take[4] for take in takes]
    assert origins[:6] == [(0, 0)] * 6
    assert sum(origin != (0, 0) for origin in origins) >= 2  # a portrait may begin at the corner of the photo
    part, (left, top) = face_bank._portrait(np.zeros((400, 400, 3), np.uint8), scene.box, np.random.default_rng(1))
    width, height = scene.box[2] - scene.box[0], scene.box[3] - scene.box[1]
    assert left < scene.box[0]
    assert top < scene.box[1]
    assert left + part.shape[1] > scene.box[2]
    assert top + part.shape[0] > scene.box[3]
    assert part.shape[1] <= 3 * width + 2
    assert part.shape[0] <= 2.8 * height + 2


def test_clutter_has_people_of_its_own_and_an_unknown_setting_is_refused(tmp_path):
    assert {row[5] for row in takes_of(0, split="dev", setting="clutter")} == {"dev-clutter-0-0"}
    with pytest.raises(ValueError, match="beach"):
        make_bank(tmp_path, 1, setting="beach")


@pytest.mark.parametrize(("share", "draws"), [(0.0, 0), (0.4, 1), (1.0, 0)])
def test_what_is_certain_draws_no_number(share, draws):
    """Else a setting that comes later would change the people of those before."""
    rng, fresh = np.random.default_rng(0), np.random.default_rng(0)
    happened = [face_bank._happens(share, np.random.default_rng(seed)) for seed in range(200)]
    assert np.mean(happened) == pytest.approx(share, abs=0.08)
    face_bank._happens(share, rng)
    fresh.random(draws)
    assert rng.random() == fresh.random()
