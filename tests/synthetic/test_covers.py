"""Covers: the face stays in sight, what is beyond the picture stays black, both takes wear the same."""

import numpy as np
import pytest

from liveliness_lib.synthetic.covers import KEPT, draw_cover, laid_over

SIDE, FACE = 112, 36.0


def covers(count=40):
    return [draw_cover(np.random.default_rng(seed), SIDE, FACE) for seed in range(count)]


def test_the_face_stays_in_sight_and_much_of_the_rest_is_covered_now_and_then():
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    face = np.hypot(x / (KEPT[0] * FACE), y / (KEPT[1] * FACE)) < 1
    shares = []
    for _, cover in covers():
        assert not cover[face].any()
        assert cover.min() >= 0
        assert cover.max() <= 1
        shares.append(cover[~face].mean())
    assert max(shares) > 0.3
    assert min(shares) < 0.1


def test_clothes_are_beneath_the_face():
    below = np.mean([cover[-20:].mean() for _, cover in covers()])
    above = np.mean([cover[:20].mean() for _, cover in covers()])
    assert below > 2 * above


def test_dark_and_light_clothes_are_frequent():
    levels = np.concatenate([colours[cover > 0.9].mean(axis=1) for colours, cover in covers()])
    assert (levels < 45).mean() > 0.15
    assert (levels > 200).mean() > 0.08


def test_what_lies_beyond_the_picture_stays_black_and_nothing_else_becomes_so():
    crop = np.full((SIDE, SIDE, 3), 90, np.uint8)
    crop[:, :30] = 0
    for cover in covers(10):
        laid = laid_over(crop, cover)
        assert not laid[:, :30].any()
        assert laid[:, 30:].any(axis=2).all()
        assert np.array_equal(laid[cover[1] == 0], crop[cover[1] == 0])


def test_where_it_covers_wholly_two_takes_look_alike():
    cover = covers(1)[0]
    one, other = (laid_over(np.full((SIDE, SIDE, 3), level, np.uint8), cover) for level in (60, 200))
    assert np.array_equal(one[cover[1] == 1], other[cover[1] == 1])


def test_the_same_seed_gives_the_same_cover():
    for one, other in zip(covers(3), covers(3), strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


@pytest.mark.parametrize("face", [0, 112, 300])
def test_a_face_that_leaves_no_room_is_refused(face):
    with pytest.raises(ValueError, match="narrower"):
        draw_cover(np.random.default_rng(0), SIDE, face)
