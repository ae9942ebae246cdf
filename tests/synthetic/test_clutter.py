"""Clutter: of the size asked for, the same for a seed, behind a person and nowhere else."""

import numpy as np
import pytest

from liveliness_lib.synthetic.clutter import draw_clutter, draw_wall, photographs_of_things, put_behind
from liveliness_lib.synthetic.heads import sample_scene


@pytest.fixture(scope="module")
def scene():
    return sample_scene(3, image_size=(160, 200), face_px=50)


def test_clutter_is_the_size_asked_for_and_follows_from_the_seed():
    for seed in range(12):
        first = draw_clutter(np.random.default_rng(seed), (90, 140))
        assert (first.shape, first.dtype) == ((90, 140, 3), np.uint8)
        assert np.array_equal(first, draw_clutter(np.random.default_rng(seed), (90, 140)))


def test_most_clutter_has_edges():
    varied = [float(draw_clutter(np.random.default_rng(seed), (90, 140)).std()) for seed in range(20)]
    assert np.median(varied) > 20
    assert len({round(v, 3) for v in varied}) == 20


def test_walls_are_plain_and_of_any_hue():
    walls = [draw_wall(np.random.default_rng(seed), (90, 140)) for seed in range(60)]
    assert all((wall.shape, wall.dtype) == ((90, 140, 3), np.uint8) for wall in walls)
    assert np.array_equal(walls[3], draw_wall(np.random.default_rng(3), (90, 140)))
    steps = [np.abs(np.diff(wall.astype(int), axis=1)).max() for wall in walls]
    assert np.mean(np.array(steps) <= 6) > 0.5  # no edge anywhere
    middle = np.array([np.median(wall, axis=(0, 1)) for wall in walls])
    assert {int(np.argmax(colour)) for colour in middle} == {0, 1, 2}
    assert middle.mean(axis=1).min() < 90 < 190 < middle.mean(axis=1).max()


def test_things_are_colour_photographs():
    for photo in photographs_of_things():
        assert photo.ndim == 3
        assert photo.shape[2] == 3
        assert photo.dtype == np.uint8
        assert min(photo.shape[:2]) > 100


def test_the_person_stays_and_what_is_behind_goes(scene):
    backdrop = np.zeros((160, 200, 3), np.uint8)
    backdrop[:, ::2] = 255
    behind = put_behind(scene, backdrop, np.random.default_rng(0))
    inside = np.zeros_like(scene.person)
    inside[4:-4, 4:-4] = True
    for dy in range(-4, 5):
        for dx in range(-4, 5):
            inside &= np.roll(scene.person, (dy, dx), (0, 1))
    assert inside.sum() > 500
    assert np.allclose(behind.radiance[inside], scene.radiance[inside], atol=1e-5)
    stripes = behind.radiance[:20, :20].mean(axis=2)
    assert np.abs(np.diff(stripes, axis=1)).min() > 0.02
    assert behind.box == scene.box


def test_another_size_is_refused(scene):
    with pytest.raises(ValueError, match="160"):
        put_behind(scene, np.zeros((10, 10, 3), np.uint8), np.random.default_rng(0))
