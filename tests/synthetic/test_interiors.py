"""Rooms and streets: of the size asked for, the same for a seed, full of long edges, each furnishing what it says."""

import numpy as np
import pytest

from liveliness_lib.synthetic import interiors
from liveliness_lib.synthetic.interiors import INDOORS, OUTDOORS, draw_interior


@pytest.mark.parametrize("size", [(90, 140), (500, 300)])
def test_an_interior_is_the_size_asked_for_and_follows_from_the_seed(size):
    for seed in range(4):
        first = draw_interior(np.random.default_rng(seed), size)
        assert (first.shape, first.dtype) == ((*size, 3), np.uint8)
        assert np.array_equal(first, draw_interior(np.random.default_rng(seed), size))


def test_no_two_are_alike_and_most_have_edges():
    drawn = [draw_interior(np.random.default_rng(seed), (90, 140)).astype(float) for seed in range(20)]
    assert len({round(float(one.mean()), 3) for one in drawn}) == 20
    steps = [np.abs(np.diff(one.mean(axis=2), axis=1)).max() for one in drawn]
    assert np.mean(np.array(steps) > 15) > 0.5


@pytest.mark.parametrize("furnishing", sorted({*INDOORS, *OUTDOORS}, key=lambda f: f.__name__))
@pytest.mark.parametrize("size", [(8, 8), (60, 9), (9, 60), (64, 80)])
def test_every_furnishing_can_be_of_any_size(furnishing, size):
    for seed in range(6):
        shown = furnishing(np.random.default_rng(seed), size)
        assert shown.ndim == 3
        assert shown.shape[2] == 3
        assert np.isfinite(shown).all()
        assert (np.array(shown.shape[:2]) >= size).all()  # a frame goes around it


def test_a_curtain_falls_straight_and_a_monitor_has_a_dark_frame():
    curtain = interiors._curtain(np.random.default_rng(0), (40, 60))
    assert np.ptp(curtain, axis=0).max() == 0
    assert np.ptp(curtain, axis=1).max() > 5
    monitor = interiors._monitor(np.random.default_rng(1), (60, 80))
    assert max(monitor[0].max(), monitor[-1].max(), monitor[:, 0].max(), monitor[:, -1].max()) <= 60


def test_what_stands_upright_stays_upright():
    """Only the upper and lower edges of what hangs on a wall run towards one another."""
    for seed in range(8):
        picture = np.zeros((120, 160, 3), np.float32)
        interiors._hang(picture, lambda _, size: np.full((*size, 3), 200, np.float32), np.random.default_rng(seed))
        rows = np.flatnonzero((picture[..., 0] > 100).sum(axis=1) > 20)
        ends = [np.flatnonzero(picture[row, :, 0] > 100)[[0, -1]] for row in rows]
        if len(ends) > 40:
            middle = np.array(ends[len(ends) // 4 : -len(ends) // 4])
            assert np.ptp(middle, axis=0).max() <= 1
