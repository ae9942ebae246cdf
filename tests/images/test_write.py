"""Encoding and writing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from liveliness_lib.images import encode_image, read_image, write_image

IMAGE = np.random.default_rng(2).integers(0, 256, (9, 13, 3), dtype=np.uint8)
SMOOTH = np.repeat(np.tile(np.arange(0, 240, 5, dtype=np.uint8), (32, 1))[:, :, None], 3, axis=2)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "TIFF"])
def test_lossless_round_trip(tmp_path: Path, suffix: str) -> None:
    write_image(tmp_path / f"new/a.{suffix}", IMAGE)
    np.testing.assert_array_equal(read_image(tmp_path / f"new/a.{suffix}"), IMAGE)
    assert [p.name for p in (tmp_path / "new").iterdir()] == [f"a.{suffix}"]


@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_lossy_formats_follow_their_quality(format: str) -> None:
    assert len(encode_image(IMAGE, format, 30)) < len(encode_image(IMAGE, format, 95))
    assert np.abs(read_image(encode_image(SMOOTH, format, 95)).astype(int) - SMOOTH).max() <= 4


def test_webp_at_100_loses_nothing() -> None:
    np.testing.assert_array_equal(read_image(encode_image(IMAGE, "webp", 100)), IMAGE)


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "bmp", "tiff"])
def test_the_same_picture_gives_the_same_bytes(format: str) -> None:
    assert encode_image(IMAGE, format) == encode_image(IMAGE[:, ::-1][:, ::-1], format)


@pytest.mark.parametrize(
    "image, format, quality",
    [
        (IMAGE, "gif", 95),
        (IMAGE, "", 95),
        (IMAGE, "jpeg", 0),
        (IMAGE, "jpeg", 101),
        (IMAGE[:, :, 0], "png", 95),
        (IMAGE.astype(float), "png", 95),
        (IMAGE[:0], "png", 95),
    ],
)
def test_wrong_arguments(image: np.ndarray, format: str, quality: int) -> None:
    with pytest.raises(ValueError, match="Received: "):
        encode_image(image, format, quality)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_image(path, IMAGE)
    with pytest.raises(ValueError, match="Received"):
        write_image(path, IMAGE.astype(np.float32))
    np.testing.assert_array_equal(read_image(path), IMAGE)
    assert list(tmp_path.iterdir()) == [path]


def test_effort_changes_the_length_alone() -> None:
    quick, thorough = encode_image(SMOOTH, "png", effort=1), encode_image(SMOOTH, "png", effort=9)
    np.testing.assert_array_equal(read_image(quick), read_image(thorough))
    assert len(thorough) < len(quick)
    with pytest.raises(ValueError, match="effort.*Received: 10"):
        encode_image(SMOOTH, "png", effort=10)
