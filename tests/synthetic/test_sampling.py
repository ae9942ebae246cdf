"""The compiled loops of the simulator against the formulas that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from liveliness_lib.synthetic.light import look_up
from liveliness_lib.synthetic.optics import focus, radius_squared
from liveliness_lib.synthetic.sampling import core_and_sharpen, light_panel, tint, to_maps
from liveliness_lib.synthetic.sensor import sample_colours, white_balance

RNG = np.random.default_rng(0)


def light(*shape: int) -> np.ndarray:
    return RNG.uniform(0.01, 1.0, shape).astype(np.float32)


def test_a_panel_adds_reflections_and_ripples_by_what_it_emits() -> None:
    # One sample emits .5 of .8 seen in green and ripples by a tenth: half of .5 / .8 of that where half is screen.
    shown, reflected = np.full((1, 1, 3), 0.5, np.float32), np.full((1, 1, 3), 0.3, np.float32)
    ripple = np.full((1, 1), 1.1, np.float32)
    light_panel(shown, np.ones((1, 1), np.float32), reflected, np.full((1, 1), 0.5, np.float32), ripple)
    assert shown.ravel() == pytest.approx(0.8)
    assert ripple[0, 0] == pytest.approx(1 + 0.5 * 0.5 / 0.8 * 0.1)


def test_a_panel_emits_no_less_than_nothing() -> None:
    shown, reflected = np.full((1, 1, 3), -0.2, np.float32), np.full((1, 1, 3), 0.1, np.float32)
    ripple = np.full((1, 1), 3.0, np.float32)
    light_panel(shown, np.ones((1, 1), np.float32), reflected, np.ones((1, 1), np.float32), ripple)
    assert shown.ravel() == pytest.approx(0.1)
    assert ripple[0, 0] == 1.0


def test_samples_lose_light_towards_the_corners() -> None:
    scene = light(8, 10, 3)
    plain = sample_colours(scene, "RGGB", (0.5, 1.0, 2.0))
    assert plain[0, 0] == pytest.approx(0.5 * scene[0, 0, 0])
    assert plain[1, 1] == pytest.approx(2.0 * scene[1, 1, 2])
    dimmed = sample_colours(scene, "RGGB", (0.5, 1.0, 2.0), 0.4)
    np.testing.assert_allclose(dimmed, plain * (1 - 0.4 * radius_squared((8, 10))), rtol=1e-5)


def test_white_balance_clips_at_saturation() -> None:
    raw = np.array([[0.2, 0.4], [0.4, 0.6]], np.float32)
    np.testing.assert_allclose(white_balance(raw, "RGGB", (2.0, 1.0, 2.0)), [[0.4, 0.4], [0.4, 1.0]])


def test_the_lens_blurs_the_corners_and_leaves_the_scene_as_it_was() -> None:
    scene = light(40, 60, 3)
    before = scene.copy()
    plain, soft = focus(scene, (0.5, 0.5), 0.0), focus(scene, (0.5, 0.5), 2.0)
    np.testing.assert_array_equal(scene, before)
    np.testing.assert_allclose(soft[20, 30], plain[20, 30], atol=0.01)
    assert soft[:4, :4].std() < 0.8 * plain[:4, :4].std()


@pytest.mark.parametrize("threshold", [0.0, 0.01])
def test_detail_is_cored_then_sharpened(threshold: float) -> None:
    luma, smooth = light(6, 7), light(6, 7)
    detail = luma - smooth
    cored = detail * detail**2 / (detail**2 + threshold) if threshold else detail
    expected = smooth + 1.5 * cored
    core_and_sharpen(luma, smooth, threshold, 1.5)
    np.testing.assert_allclose(luma, expected, atol=1e-6)


def test_tint_maps_and_tables() -> None:
    scene, gain, white = light(3, 4, 3), light(3, 4), np.array([0.5, 1, 2], np.float32)
    expected = scene * white * gain[..., None]
    tint(scene, white, gain)
    np.testing.assert_allclose(scene, expected, rtol=1e-6)
    where = light(3, 4, 2)
    np.testing.assert_allclose(to_maps(where, 0.5, 2.0), where * [0.5, 2.0] - 0.5, atol=1e-6)
    photo, table = RNG.integers(0, 256, (5, 6, 3), dtype=np.uint8), light(256)
    np.testing.assert_array_equal(look_up(photo, table), table[photo])
    np.testing.assert_array_equal(look_up(photo[0], table), table[photo[0]])
