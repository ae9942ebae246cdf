"""What a network draws on paper, where it is known."""

import numpy as np
import pytest

from liveliness_lib.depth.doubt import first_checkpoint_here, on_one_scale, relief_on_flat
from liveliness_lib.depth.show import make_turntable, plot_maps, show_surfaces

KINDS = np.array(["none", "screen", "print"])


@pytest.fixture
def maps():
    """A nose of height 1, a third of it on the screen, a tilted plane on paper."""
    v, u = (np.mgrid[:64, :64] + 0.5 - 32) / 20
    nose = np.exp(-((u / 0.3) ** 2 + (v / 0.3) ** 2))
    return np.stack([nose, nose / 3 + 0.2 * u, 0.5 * v])


def test_relief_on_flat_by_hand(maps):
    assert relief_on_flat(maps, KINDS) == pytest.approx({"screen": 1 / 3, "print": 0.0}, abs=1e-9)


def test_a_ratio_has_no_scale_and_no_shift(maps):
    assert relief_on_flat(7 * maps - 3, KINDS) == pytest.approx(relief_on_flat(maps, KINDS))


@pytest.mark.parametrize("kinds", [["none"] * 3, ["screen"] * 3])
def test_both_are_needed(maps, kinds):
    with pytest.raises(ValueError, match="living"):
        relief_on_flat(maps, np.array(kinds))


def test_the_scale_of_the_living_is_laid_on_the_flat(maps):
    truth = np.stack([maps[0], np.ones((64, 64)), np.ones((64, 64))])
    seen = on_one_scale(5 * maps + 2, truth, KINDS == "none")
    np.testing.assert_allclose(seen, maps, atol=1e-5)  # the screen keeps its third of a nose


def test_larger_maps_come_down_to_the_size_of_the_truth(maps):
    large = np.repeat(np.repeat(maps, 3, axis=1), 3, axis=2)
    np.testing.assert_allclose(on_one_scale(large, maps, np.ones(3, bool)), maps, atol=1e-5)


def test_without_weights_it_says_so():
    found, said = first_checkpoint_here([np.zeros((32, 32, 3), np.uint8)], ["nobody/has-this"])
    assert found is None
    assert "hf download nobody/has-this" in said
    assert "our own network alone" in said


def test_all_maps_have_one_colour_scale(maps):
    pictures = np.zeros((3, 96, 96, 3), np.uint8)
    figure = plot_maps(pictures, {"truth": maps, "network": 2 * maps}, KINDS)
    shown = [a.images[0] for a in figure.axes if a.images]
    maps_of = [image for image in shown if image.get_array().ndim == 2 and image.get_cmap().name == "viridis"]
    assert len(maps_of) == 6
    assert {image.get_clim() for image in maps_of} == {(0.4, 1.4)}
    with pytest.raises(ValueError, match="Received"):
        plot_maps(pictures, {"truth": maps[:2]}, KINDS)


def test_surfaces_stand_still_or_turn(maps):
    pytest.importorskip("ipywidgets")
    assert len(show_surfaces({"a": maps[0], "b": maps[1]}, live=False).axes) == 2
    table = make_turntable({"a": maps[0]})
    before = bytes(table.children[1].value)
    assert before.startswith(b"\x89PNG")
    table.children[0].children[0].value = 40
    assert bytes(table.children[1].value) != before
