"""Films: time stamps, rotation, bounds, damage. The films are made here, with known grey levels."""

from __future__ import annotations

import fractions
import os
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest

from liveliness_lib.images import ImageLimits, ImageReadError, VideoReadError, iter_video_frames, stated_length_s


def make_avi(path: Path, count: int = 12, fps: float = 10, size: tuple[int, int] = (64, 48)) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, size)
    for index in range(count):
        frame = np.full((size[1], size[0], 3), index * 240 // count, np.uint8)
        frame[: size[1] // 2] = (0, 0, 255)  # BGR: the upper half is red
        writer.write(frame)
    writer.release()
    return path


def make_mp4(path: Path, stamps_ms: list[int]) -> Path:
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = stream.time_base = fractions.Fraction(1, 1000)
        for index, stamp in enumerate(stamps_ms):
            grey = np.full((48, 64, 3), index * 40, np.uint8)
            grey[:24] = 255
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts, frame.time_base = stamp, fractions.Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def rotate_in_header(path: Path) -> None:
    """Write a quarter turn clockwise into the film's track header (ISO/IEC 14496-12, 8.3.2)."""

    def matrix(a: int, b: int, c: int, d: int) -> bytes:
        return b"".join(v.to_bytes(4, "big", signed=True) for v in (a, b, 0, c, d, 0, 0, 0, 1 << 30))

    data = path.read_bytes()
    at = data.index(matrix(65536, 0, 0, 65536), data.index(b"tkhd"))
    path.write_bytes(data[:at] + matrix(0, 65536, -65536, 0) + data[at + 36 :])


def test_frames_are_rgb_in_order_with_time_stamps(tmp_path: Path) -> None:
    frames = list(iter_video_frames(make_avi(tmp_path / "a.avi")))
    assert [f.index for f in frames] == list(range(12))
    np.testing.assert_allclose([f.time_s for f in frames], np.arange(12) / 10, atol=1e-6)
    for index, frame in enumerate(frames):
        assert (frame.image.shape, frame.image.dtype) == ((48, 64, 3), np.uint8)
        np.testing.assert_allclose(frame.image[30:].mean(), index * 20, atol=4)
        np.testing.assert_allclose(frame.image[:15].mean((0, 1)), (255, 0, 0), atol=12)


def test_an_uneven_rate_keeps_its_own_time_stamps(tmp_path: Path) -> None:
    stamps = [0, 33, 66, 200, 233, 1000]
    frames = list(iter_video_frames(make_mp4(tmp_path / "a.mp4", stamps)))
    np.testing.assert_allclose([f.time_s * 1000 for f in frames], stamps, atol=1)
    np.testing.assert_allclose([f.image[40:].mean() for f in frames], [0, 40, 80, 120, 160, 200], atol=5)


def test_rotation_in_the_header_is_undone(tmp_path: Path) -> None:
    path = make_mp4(tmp_path / "a.mp4", [0, 100])
    rotate_in_header(path)
    image = next(iter_video_frames(path)).image
    assert image.shape == (64, 48, 3)
    # The white upper half lies at the right after a quarter turn clockwise.
    assert image[:, 30:].mean() > 240
    assert image[:, :18].mean() < 15


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"step": 5}, [0, 5, 10]),
        ({"step": 100}, [0]),
        ({"start_s": 0.95}, [10, 11]),
        ({"stop_s": 0.25}, [0, 1, 2]),
        ({"start_s": 0.25, "stop_s": 0.75, "step": 2}, [4, 6]),
        ({"max_frames": 2}, [0, 1]),
        ({"max_frames": 99}, list(range(12))),
        ({"start_s": 99.0}, []),
    ],
)
def test_which_frames_are_kept(tmp_path: Path, options: dict, expected: list[int]) -> None:
    assert [f.index for f in iter_video_frames(make_avi(tmp_path / "a.avi"), **options)] == expected


@pytest.mark.parametrize("options", [{"step": 0}, {"max_frames": 0}])
def test_wrong_arguments(tmp_path: Path, options: dict) -> None:
    with pytest.raises(ValueError, match="Received: "):
        iter_video_frames(make_avi(tmp_path / "a.avi"), **options)


def test_memory_does_not_grow_with_the_film(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = make_avi(tmp_path / f"{count}.avi", count, size=(320, 240))
        tracemalloc.start()
        for _ in iter_video_frames(path):
            pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(60) < peak(6) + 320 * 240 * 3


def test_a_film_that_is_left_halfway_is_closed(tmp_path: Path) -> None:
    def open_files() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    path = make_avi(tmp_path / "a.avi")
    before = open_files()
    for _ in range(20):
        frames = iter_video_frames(path)
        next(frames)
        frames.close()
        iter_video_frames(path)  # opened and never asked for a frame
    assert open_files() <= before + 1


def test_a_film_says_how_long_it_is(tmp_path: Path) -> None:
    assert stated_length_s(make_avi(tmp_path / "a.avi", count=12, fps=10)) == pytest.approx(1.2)
    assert stated_length_s(make_mp4(tmp_path / "b.mp4", [0, 500, 1500])) == pytest.approx(1.5, abs=0.8)
    with pytest.raises(VideoReadError, match=r"c\.avi"):
        stated_length_s(tmp_path / "c.avi")


def test_names_that_ffmpeg_would_read_as_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("%03d.avi", "http:x.avi", "a b☺.avi", "-i.avi"):
        make_avi(tmp_path / "made.avi", 3).rename(tmp_path / name)
        assert len(list(iter_video_frames(name))) == 3


def test_damaged_films_are_refused_or_cut_short(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = make_avi(tmp_path / "a.avi", 60).read_bytes()
    part = tmp_path / "part.avi"
    part.write_bytes(data[: len(data) // 2])
    assert 20 <= len(list(iter_video_frames(part))) < 40
    rng = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(data[: int(rng.integers(1, len(data)))])
        for at in rng.integers(0, len(damaged), 8):
            damaged[at] = rng.integers(256)
        part.write_bytes(damaged)
        try:
            count = sum(1 for _ in iter_video_frames(part))
        except VideoReadError:
            continue
        assert count <= 61
    capfd.readouterr()  # FFmpeg's complaints


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "is empty"),
        (b"hello", "is not a film"),
        (b"#EXTM3U\nhttp://example.org/a.ts\n", "is not a film"),  # FFmpeg would fetch it
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "is not a film"),
        (b"\x89PNG\r\n\x1a\n", "is not a film"),
        (b"\0\0\0\x18ftypmp42" + bytes(100), "is a truncated or damaged film"),
    ],
)
def test_what_is_no_film_is_refused_at_the_call(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(VideoReadError) as caught:
        iter_video_frames(path)
    assert caught.value.source == str(path)
    assert caught.value.reason.startswith(words)


def test_missing_directory_and_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    for path, words in (
        (tmp_path / "no.mp4", "does not exist"),
        (tmp_path, "is a dir"),
        (tmp_path / "pipe.mp4", "is a pipe"),
    ):
        with pytest.raises(VideoReadError, match=words):
            iter_video_frames(path)


def test_large_frames_are_refused(tmp_path: Path) -> None:
    path = make_avi(tmp_path / "a.avi", 2)
    with pytest.raises(ImageReadError, match="Received: 64 x 48"):
        iter_video_frames(path, limits=ImageLimits(max_pixels=64 * 48 - 1))


def test_luma_alone_is_the_luma_of_the_colours(tmp_path: Path) -> None:
    path = make_avi(tmp_path / "a.avi")
    for colour, grey in zip(iter_video_frames(path, step=4), iter_video_frames(path, step=4, grey=True), strict=True):
        assert (grey.index, grey.image.shape) == (colour.index, (48, 64))
        np.testing.assert_array_equal(grey.image, cv2.cvtColor(colour.image, cv2.COLOR_RGB2GRAY))
