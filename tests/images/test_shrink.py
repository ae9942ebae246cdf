"""Quick averaging, held against areas computed one by one from their definition."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from liveliness_lib.images import resize_image
from liveliness_lib.images.shrink import average, halve, halvings


def weights(length: float, pixels: int, cells: int) -> NDArray[np.float64]:
    """Return what share of each of `pixels` lies in each of `cells` that divide the first `length` evenly."""
    edges = np.arange(cells + 1) * length / cells
    low = np.maximum(edges[:-1, None], np.arange(pixels))
    high = np.minimum(edges[1:, None], np.arange(pixels) + 1)
    return np.maximum(high - low, 0) * cells / length


def means(image: NDArray[np.uint8], part: tuple[float, float], image_size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the mean of each area, from the definition."""
    rows, columns = weights(part[0], image.shape[0], image_size[0]), weights(part[1], image.shape[1], image_size[1])
    return np.einsum("hr,rc...,wc->hw...", rows, image.astype(float), columns, optimize=True)


def photo(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """Draw smooth colours, a hard edge and grain."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    base = 110 + 60 * np.sin(rows / 23) + 50 * np.cos(columns / 17) + 30 * (rows > columns)
    return (base[..., None] + [0, 10, -10] + rng.normal(0, 4, (height, width, 3))).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "size, image_size, expected",
    [
        ((96, 96), (32, 32), 0),
        ((191, 900), (32, 32), 0),
        ((192, 192), (32, 32), 1),
        ((383, 384), (32, 32), 1),
        ((384, 384), (32, 32), 2),
        ((20, 20), (32, 32), 0),
    ],
)
def test_halving_leaves_three_pixels_for_one(size: tuple[int, int], image_size: tuple[int, int], expected: int) -> None:
    assert halvings(size, image_size) == expected


def test_halving_takes_means_and_rounds_a_half_upwards() -> None:
    assert halve(np.array([[0, 1, 9, 9], [0, 1, 9, 8]], np.uint8), 1).tolist() == [[1, 9]]
    assert halve(np.arange(16, dtype=np.uint8).reshape(4, 4), 2).tolist() == [[8]]  # 2.5 4.5 10.5 12.5, then 8


@pytest.mark.parametrize("part", [(40, 30), (39.5, 29.25), (39.25, 30), (40, 29.75)])
def test_a_part_of_the_last_row_and_column_is_averaged_exactly(part: tuple[float, float]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    for image_size in ((7, 11), (10, 7), (39, 29), (1, 1)):
        found = average(image, part, image_size)
        assert found.shape == (*image_size, 3)
        assert found.flags.c_contiguous
        np.testing.assert_allclose(found, means(image, part, image_size), atol=0.51)


@pytest.mark.parametrize("size", [(837, 911), (1107, 720), (1600, 1200), (512, 515), (777, 513)])
def test_a_halved_photo_is_within_about_a_grey_level_of_the_exact_means(size: tuple[int, int]) -> None:
    image = photo(*size)
    off = np.abs(resize_image(image, (96, 64)) - means(image, size, (96, 64)))
    assert np.quantile(off, 0.99) < 1.3
    assert off.max() < 8


def test_the_far_edges_are_where_they_were() -> None:
    # one bright pixel in the last row and column of an odd picture: its share of the last cell, no more
    image = np.zeros((65 * 8 + 1, 64 * 8 + 3), np.uint8)
    image[-1], image[:, -1] = 200, 200
    np.testing.assert_allclose(resize_image(image, (65, 64)), means(image, image.shape, (65, 64)), atol=8)
    assert resize_image(image, (65, 64))[:-1, :-1].max() == 0


def test_every_layout_gives_the_same() -> None:
    image = photo(700, 600)
    expected = resize_image(image, (64, 64))
    wider = np.zeros((700, 650, 3), np.uint8)
    wider[:, 20:620] = image
    np.testing.assert_array_equal(resize_image(wider[:, 20:620], (64, 64)), expected)
    np.testing.assert_array_equal(resize_image(np.asfortranarray(image), (64, 64)), expected)
    np.testing.assert_array_equal(
        resize_image(np.ascontiguousarray(image[::-1, :, ::-1])[::-1, :, ::-1], (64, 64)), expected
    )
    np.testing.assert_array_equal(resize_image(np.ascontiguousarray(image[..., 1]), (64, 64)), expected[..., 1])
    assert resize_image(image[..., :1], (64, 64)).shape == (64, 64, 1)
    flat = resize_image(np.broadcast_to(image[:1], (700, 600, 3)), (64, 64))
    np.testing.assert_array_equal(flat, np.repeat(flat[:1], 64, axis=0))
