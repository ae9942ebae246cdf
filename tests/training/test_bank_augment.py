"""Changed crops: what is moved where it should, what is black stays black, and both classes look through one frame."""

import dataclasses

import numpy as np
import pytest

from liveliness_lib.dataset.face_bank import CLOSE_SIDE, WIDE_SIDE, cut_twice
from liveliness_lib.models.face_classifier import cut_for
from liveliness_lib.models.metadata import ModelMetadata
from liveliness_lib.training.bank_augment import (
    SCALES,
    SIDE,
    WHOLE,
    CropChanges,
    change,
    common_frame,
    drawn_frame,
    frames_of,
    middle,
)

NOTHING = CropChanges(
    shift=0, zoom=0, rotation=0, gain=0, gamma=0, saturation=(1, 1), lift=0, contrast=(1, 1), detail=1, blur=0, noise=0,
    quality=(100, 100), frame=0, face_only=0,
)  # fmt: skip


@pytest.fixture
def take():
    rng = np.random.default_rng(0)
    coarse = rng.integers(20, 235, (20, 20, 3), np.uint8)
    image = coarse.repeat(20, axis=0).repeat(20, axis=1)
    return image, (150.0, 140.0, 250.0, 280.0)


def test_the_unchanged_crops_are_those_that_are_judged(take):
    image, box = take
    about = ModelMetadata(name="x", crop_scales=SCALES, crop_border="black", image_size=(SIDE, SIDE))
    judged = cut_for(about, image, box).astype(float)
    learnt = middle(*cut_twice(image, box)).astype(float)
    assert np.abs(judged - learnt).mean() < 6  # once resampled, twice resampled
    moved = np.roll(learnt, 6, axis=2)
    assert np.abs(judged - moved).mean() > 15


def test_no_change_changes_nothing_but_the_side(take):
    close, wide = cut_twice(*take)
    still = middle(close, wide).astype(int)
    seen = [change(close, wide, np.random.default_rng(seed), NOTHING).astype(int) for seed in range(8)]
    same = [np.abs(one - still).mean() < 8 for one in seen]
    mirrored = [np.abs(one[:, :, ::-1] - still).mean() < 8 for one in seen]
    assert all(a != b for a, b in zip(same, mirrored, strict=True))
    assert any(same)
    assert any(mirrored)


def test_the_same_seed_is_the_same_crop(take):
    close, wide = cut_twice(*take)
    first, second = (change(close, wide, np.random.default_rng(4), CropChanges()) for _ in range(2))
    assert np.array_equal(first, second)


def test_frames_are_what_is_not_black():
    wide = np.zeros((2, WIDE_SIDE, WIDE_SIDE, 3), np.uint8)
    wide[0, 10:90, 20:100] = 5
    assert frames_of(wide).tolist() == [[20, 10, 100, 90], list(WHOLE)]


def test_a_pair_is_seen_within_what_both_show():
    assert common_frame(np.array([20, 0, 112, 90]), np.array([0, 10, 100, 112])) == (20, 10, 100, 90)


def test_a_drawn_frame_never_leaves_its_own_and_keeps_the_face():
    how, rng = dataclasses.replace(NOTHING, frame=0.6, face_only=0.4), np.random.default_rng(1)
    own = (8, 16, 104, 96)
    for _ in range(200):
        left, top, right, bottom = drawn_frame(own, rng, how)
        assert own[0] <= left <= 38
        assert own[1] <= top <= 38
        assert 74 <= right <= own[2]
        assert 74 <= bottom <= own[3]


def test_beyond_the_frame_is_black_whatever_the_tone():
    wide = np.full((WIDE_SIDE, WIDE_SIDE, 3), 120, np.uint8)
    close = np.full((CLOSE_SIDE, CLOSE_SIDE, 3), 120, np.uint8)
    how = dataclasses.replace(NOTHING, lift=0.5, gain=0.3)
    for seed in range(6):
        seen = change(close, wide, np.random.default_rng(seed), how, (38, 38, 74, 74))
        assert not seen[1][:14].any()
        assert seen[0].all()
