"""Rendered crops with their truth."""

import numpy as np
import pytest

from liveliness_lib.depth.data import (
    FIRST_SEED,
    crops_of_head,
    device_names,
    join_crops,
    load_crops,
    make_crops,
    save_crops,
)
from liveliness_lib.synthetic.camera import CAMERAS
from liveliness_lib.synthetic.prints import PRINTERS
from liveliness_lib.synthetic.screens import SCREENS


@pytest.fixture(scope="module")
def crops():
    return make_crops("train", 1, progress=False)


def test_a_head_is_live_twice_and_once_on_each_sheet(crops):
    assert crops.attack_type.tolist() == ["none", "none", "screen", "print"]
    assert crops.images.shape == (4, 96, 96, 3)
    assert crops.nearness.shape == (4, 64, 64)
    assert set(crops.subject) == {"h0"}


def test_a_live_face_has_relief_and_its_pictures_have_none(crops):
    middle = crops.nearness[:, 20:44, 24:40].astype(float)
    assert (np.ptp(middle[crops.live], axis=(1, 2)) > 0.1).all()
    assert (np.ptp(middle[~crops.live], axis=(1, 2)) < 0.01).all()
    assert np.median(middle[crops.live]) == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("table", [CAMERAS, SCREENS, PRINTERS], ids=["cameras", "screens", "printers"])
def test_test_devices_are_unseen(table):
    seen, unseen = device_names(table, "train"), device_names(table, "test")
    assert seen == device_names(table, "dev")
    assert not set(seen) & set(unseen)
    assert set(seen) | set(unseen) == set(table)


def test_splits_are_far_apart():
    seeds = sorted(FIRST_SEED.values())
    assert np.diff(seeds).min() >= 100_000


def test_the_same_head_twice_is_the_same(crops):
    again = crops_of_head(FIRST_SEED["train"], "train")
    np.testing.assert_array_equal(again[2][0], crops.images[2])


def test_more_rounds_take_the_same_head_through_other_devices(crops):
    more = make_crops("train", 1, rounds=2, progress=False)
    np.testing.assert_array_equal(more.images[:4], crops.images)
    assert more.attack_type.tolist() == 2 * ["none", "none", "screen", "print"]
    assert set(more.device[4:]) != set(crops.device)


def test_crops_survive_their_file(tmp_path, crops):
    again = load_crops(save_crops(tmp_path / "a.npz", crops))
    np.testing.assert_array_equal(again.nearness, crops.nearness)
    assert len(join_crops([crops, again])) == 8


def test_half_a_file_is_named(tmp_path, crops):
    whole = save_crops(tmp_path / "a.npz", crops).read_bytes()
    (tmp_path / "a.npz").write_bytes(whole[:50])
    with pytest.raises(ValueError, match=r"a\.npz"):
        load_crops(tmp_path / "a.npz")


@pytest.mark.parametrize("split, count", [("validation", 1), ("train", 0)])
def test_unknown_splits_and_no_heads_are_refused(split, count):
    with pytest.raises(ValueError, match="Received"):
        make_crops(split, count)
    with pytest.raises(ValueError, match="round"):
        make_crops("train", 1, rounds=0)
