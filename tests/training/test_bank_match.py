"""Pairs made alike: one takes over the other's tone, the sharper one becomes as soft, and black stays black."""

import cv2
import numpy as np
import pytest

from liveliness_lib.dataset.face_bank import CLOSE_SIDE, WIDE_SIDE, bank_of_rows
from liveliness_lib.training.bank_augment import CropChanges
from liveliness_lib.training.bank_fit import BankConfig, _Draw
from liveliness_lib.training.bank_match import match_pair, sharpness_of

SEEDS = range(6)


def crops(seed, tint, blur=0.0):
    noise = np.random.default_rng(seed).normal(0, 25, (2, 48, 48, 3)) + np.array(tint, float)
    made = np.clip(noise, 1, 255).astype(np.uint8)
    if blur:
        made = np.stack([cv2.GaussianBlur(one, (0, 0), blur) for one in made])
    made[1, :10] = 0
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_one_of_two_takes_over_the_colours(seed):
    warm, blue = crops(1, (170, 120, 90)), crops(2, (90, 110, 170))
    before = warm.copy(), blue.copy()
    match_pair(warm, blue, np.random.default_rng(seed), colour=1, sharpness=0)
    kept = [np.array_equal(now, then) for now, then in zip((warm, blue), before, strict=True)]
    assert sorted(kept) == [False, True]
    a, b = (cv2.cvtColor(one[0], cv2.COLOR_RGB2LAB).astype(float) for one in (warm, blue))
    # what leaves the range of RGB is clipped, so that means and spreads agree to some levels
    assert np.abs(a.mean((0, 1)) - b.mean((0, 1))).max() < 8
    assert np.abs(a.std((0, 1)) - b.std((0, 1))).max() < 8


def test_the_sharper_one_is_blurred_to_the_other():
    sharp, soft = crops(1, (120, 120, 120)), crops(2, (120, 120, 120), blur=1.0)
    before = soft.copy()
    match_pair(sharp, soft, np.random.default_rng(0), colour=0, sharpness=1)
    assert np.array_equal(soft, before)
    for one, other in zip(sharp, soft, strict=True):
        assert 0.2 * sharpness_of(other) < sharpness_of(one) <= 1.25 * sharpness_of(other)


def test_what_lies_beyond_the_picture_stays_black():
    first, second = crops(1, (170, 120, 90)), crops(2, (90, 110, 170), blur=1.2)
    match_pair(first, second, np.random.default_rng(3), colour=1, sharpness=1)
    assert not first[1, :10].any()
    assert not second[1, :10].any()


def test_nothing_is_changed_where_nothing_is_asked_for():
    first, second = crops(1, (170, 120, 90)), crops(2, (90, 110, 170), blur=1.2)
    before = first.copy(), second.copy()
    match_pair(first, second, np.random.default_rng(3), colour=0, sharpness=0)
    assert np.array_equal(first, before[0])
    assert np.array_equal(second, before[1])


def test_how_much_of_a_room_is_seen_tells_real_takes_and_attacks_not_apart():
    close = np.full((CLOSE_SIDE, CLOSE_SIDE, 3), 120, np.uint8)
    whole = np.full((WIDE_SIDE, WIDE_SIDE, 3), 120, np.uint8)
    face_only = np.zeros_like(whole)
    face_only[38:74, 38:74] = 120
    rows = [
        (close, wide, kind, "close", "camera", kind, np.float32(90))
        for wide, kind in ((face_only, "none"), (whole, "screen"), (whole, "print"))
    ]
    still = CropChanges(zoom=0, shift=0, rotation=0, frame=0, face_only=0, noise=0, detail=1)
    crops, labels, _ = _Draw([bank_of_rows(rows)], BankConfig(batch_size=8, changes=still)).batch(0)
    seen = (crops[:, 1].max(axis=3) > 0).mean(axis=(1, 2))
    assert labels.tolist() == [1, 0] * 4
    assert seen == pytest.approx(seen[0])
    assert seen[0] < 0.2
