"""Boxes and crops, worked by hand on pictures whose pixels are their own coordinates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveliness_lib.crops import BORDERS, clip_box, cut_face, grow_box, shift_box, square_box
from liveliness_lib.images import resize_image


def coordinates(height: int, width: int) -> np.ndarray:
    """Make a picture whose channels are row, column and 200."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, np.full_like(rows, 200)], axis=2).astype(np.uint8)


IMAGE = coordinates(6, 8)


def cut(box: tuple, **options: object) -> tuple[list[int], list[int]]:
    """Cut at native resolution; return the rows and the columns that the crop shows."""
    crop = cut_face(IMAGE, box, image_size=None, **options)
    return crop[:, 0, 0].tolist(), crop[0, :, 1].tolist()


@pytest.mark.parametrize(
    "box, scale, expected",
    [
        ((2, 2, 4, 6), 1, (2, 2, 4, 6)),
        ((2, 2, 4, 6), 2, (1, 0, 5, 8)),
        ((2, 2, 4, 6), 0.5, (2.5, 3, 3.5, 5)),
        ((-4, 0, 0, 2), 3, (-8, -2, 4, 4)),
        ((0.5, 0.25, 1.5, 0.75), 1, (0.5, 0.25, 1.5, 0.75)),
    ],
)
def test_grow_box(box: tuple, scale: float, expected: tuple) -> None:
    assert grow_box(box, scale) == expected


@pytest.mark.parametrize(
    "box, expected", [((0, 0, 2, 6), (-2, 0, 4, 6)), ((0, 0, 6, 2), (0, -2, 6, 4)), ((1, 1, 3, 3), (1, 1, 3, 3))]
)
def test_square_box(box: tuple, expected: tuple) -> None:
    assert square_box(box) == expected


@pytest.mark.parametrize(
    "box, expected",
    [
        ((1, 1, 3, 3), (1, 1, 3, 3)),
        ((-1, -2, 3, 3), (0, 0, 3, 3)),
        ((5, 4, 99, 99), (5, 4, 8, 6)),
        ((-9, -9, 99, 99), (0, 0, 8, 6)),
        ((7.5, 5.5, 9, 9), (7.5, 5.5, 8, 6)),
    ],
)
def test_clip_box(box: tuple, expected: tuple) -> None:
    assert clip_box(box, (6, 8)) == expected


@pytest.mark.parametrize(
    "box, expected",
    [
        ((1, 1, 3, 3), (1, 1, 3, 3)),
        ((-1, 1, 3, 3), (0, 1, 4, 3)),
        ((6, 5, 9, 7), (5, 4, 8, 6)),
        ((-2, -2, 2, 1), (0, 0, 4, 3)),
        ((-4, 0, 12, 6), (0, 1.5, 8, 4.5)),  # halved to 8 x 3 about (4, 3)
        ((0, 0, 12, 12), (2, 0, 8, 6)),  # halved to 6 x 6 about (6, 6), then moved up by 3 and left by 1
    ],
)
def test_shift_box(box: tuple, expected: tuple) -> None:
    assert shift_box(box, (6, 8)) == expected


OUTSIDE = [(-3, 0, 0, 2), (8, 0, 9, 2), (0, -5, 2, 0), (0, 6, 2, 9), (100, 100, 101, 101)]
WRONG = [(1, 1, 1, 2), (2, 1, 1, 2), (1, 2, 2, 2), (1, 1, float("nan"), 2), (1, 1, float("inf"), 2), (1, 1, 2)]


@pytest.mark.parametrize("box", OUTSIDE + WRONG)
@pytest.mark.parametrize("border", BORDERS)
def test_a_box_outside_or_without_area_is_refused(box: tuple, border: str) -> None:
    with pytest.raises(ValueError, match="Received: "):
        cut_face(IMAGE, box, border=border, scale=4)


@pytest.mark.parametrize("box", WRONG)
def test_every_function_refuses_a_wrong_box(box: tuple) -> None:
    for call in (lambda b: grow_box(b, 2), square_box, lambda b: clip_box(b, (6, 8)), lambda b: shift_box(b, (6, 8))):
        with pytest.raises(ValueError, match="Received: "):
            call(box)


@pytest.mark.parametrize(
    "options",
    [
        {"scale": 0},
        {"scale": -1},
        {"scale": float("nan")},
        {"border": "wrap"},
        {"image_size": (0, 3)},
        {"scale": 1e6, "border": "pad"},
    ],
)
def test_wrong_options_are_refused(options: dict) -> None:
    with pytest.raises(ValueError, match="Received: "):
        cut_face(IMAGE, (1, 1, 3, 3), **options)


def test_a_box_inside_is_cut_as_it_is() -> None:
    for border in BORDERS:
        assert cut((2, 1, 5, 5), border=border) == ([1, 2, 3, 4], [2, 3, 4])


def test_edges_are_rounded_to_whole_pixels() -> None:
    assert cut((1.4, 0.6, 3.5, 2.4)) == ([1], [1, 2, 3])
    assert cut((2.1, 2.1, 2.2, 2.2)) == ([2], [2])  # at least one pixel
    assert cut((7.9, 5.9, 7.95, 5.95)) == ([5], [7])  # rounds to beyond the far corner


def test_clip_cuts_off() -> None:
    assert cut((-3, -2, 2, 2), border="clip") == ([0, 1], [0, 1])
    assert cut((6, 4, 20, 20), border="clip") == ([4, 5], [6, 7])


def test_shift_moves_inside() -> None:
    assert cut((-3, -2, 2, 2), border="shift") == ([0, 1, 2, 3], [0, 1, 2, 3, 4])


def test_pad_mirrors_with_the_edge_pixel_repeated() -> None:
    assert cut((-3, -2, 2, 2), border="pad") == ([1, 0, 0, 1], [2, 1, 0, 0, 1])
    assert cut((6, 4, 10, 8), border="pad") == ([4, 5, 5, 4], [6, 7, 7, 6])
    rows, columns = cut((-9, 0, 1, 1), border="pad")  # further out than the picture is wide: it comes back
    assert (rows, columns) == ([0], [7, 7, 6, 5, 4, 3, 2, 1, 0, 0])


def test_black_is_black() -> None:
    crop = cut_face(IMAGE, (-1, -1, 2, 1), image_size=None, border="black")
    assert crop[:, :, 2].tolist() == [[0, 0, 0], [0, 200, 200]]


def test_black_far_outside_is_all_black() -> None:
    # The box touches the picture by a fifth of a pixel, which rounds away.
    assert cut_face(IMAGE, (-4, -4, 0.2, 0.2), image_size=None, border="black").max() == 0
    assert cut_face(IMAGE, (7.8, 5.8, 12, 12), image_size=None, border="black").shape == (6, 4, 3)


@pytest.mark.parametrize(
    "box",
    [
        (100, 100, 420, 500),
        (-90, -70, 301, 333),
        (390, 350, 700, 720),
        (3, 5, 498, 420),
        (-5, -6, 503, 427),
        (99, 0, 101, 430),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 2.7, 5.0])
def test_black_is_resized_as_a_whole_canvas_would_be(box: tuple, scale: float) -> None:
    photo = np.random.default_rng(2).integers(0, 256, (421, 499, 3), dtype=np.uint8)
    canvas = cut_face(photo, box, scale=scale, border="black", image_size=None)
    for side in (20, 41, 96):
        crop = cut_face(photo, box, scale=scale, border="black", image_size=(side, side))
        np.testing.assert_array_equal(crop, resize_image(canvas, (side, side)))


def test_scale_comes_before_square_and_square_before_the_border() -> None:
    # (3, 2, 5, 4) x 2 = (2, 1, 6, 5); a wide box becomes as high as it is wide
    assert cut((3, 2, 5, 4), scale=2) == ([1, 2, 3, 4], [2, 3, 4, 5])
    assert cut((2, 2, 6, 3), square=True, border="pad") == ([1, 2, 3, 4], [2, 3, 4, 5])  # rows .5 to 4.5
    assert cut((0, 2, 8, 4), square=True, border="clip") == ([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5, 6, 7])


def test_shrinking_averages_and_growing_interpolates() -> None:
    crop = cut_face(IMAGE, (0, 0, 8, 4), image_size=(2, 2))
    assert crop[:, :, 1].tolist() == [[2, 6], [2, 6]]  # the means 1.5 and 5.5, half to even
    assert crop[:, :, 0].tolist() == [[0, 0], [2, 2]]  # the means 0.5 and 2.5
    assert cut_face(IMAGE, (0, 0, 2, 1), image_size=(1, 4))[0, :, 1].tolist() == [0, 0, 1, 1]


def test_the_default_is_32_by_32() -> None:
    assert cut_face(IMAGE, (1, 1, 4, 5)).shape == (32, 32, 3)


def test_a_crop_never_shares_memory_with_the_picture() -> None:
    for border in BORDERS:
        assert not np.shares_memory(cut_face(IMAGE, (1, 1, 4, 5), image_size=None, border=border), IMAGE)


@pytest.mark.parametrize("image", [IMAGE[:, :, 0], IMAGE[:0]])
def test_a_wrong_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Received: "):
        cut_face(image, (0, 0, 1, 1))


numbers = st.floats(-50, 50)


@given(
    numbers,
    numbers,
    st.floats(0.01, 60),
    st.floats(0.01, 60),
    st.floats(1, 8),
    st.booleans(),
    st.sampled_from(BORDERS),
)
def test_any_box_that_meets_the_picture_gives_a_crop(
    x: float, y: float, width: float, height: float, scale: float, square: bool, border: str
) -> None:
    box = (x, y, x + width, y + height)
    options = {"scale": scale, "square": square, "border": border, "image_size": (5, 7)}
    if x + width <= 0 or y + height <= 0 or x >= 8 or y >= 6:
        with pytest.raises(ValueError, match="Received"):
            cut_face(IMAGE, box, **options)
    else:
        assert cut_face(IMAGE, box, **options).shape == (5, 7, 3)


@given(numbers, numbers, st.floats(0.01, 60), st.floats(0.01, 60))
def test_a_shifted_box_lies_inside_and_keeps_its_aspect(x: float, y: float, width: float, height: float) -> None:
    box = (x, y, x + width, y + height)
    if x + width <= 0 or y + height <= 0 or x >= 8 or y >= 6:
        return
    x_min, y_min, x_max, y_max = shift_box(box, (6, 8))
    assert min(x_min, y_min, 8 - x_max, 6 - y_max) > -1e-9
    np.testing.assert_allclose((x_max - x_min) * (box[3] - box[1]), (y_max - y_min) * (box[2] - box[0]), rtol=1e-6)
