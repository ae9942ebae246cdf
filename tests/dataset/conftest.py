"""Photographs of nobody, a slideshow of them, and films of the slideshow, made once for all tests of this room."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from liveliness_lib.dataset.filming import draw_filming, film_slideshow
from liveliness_lib.dataset.slideshow import find_photos, make_slideshow
from liveliness_lib.images import write_image


def paint(seed, image_size=(256, 144)):
    """A picture with large shapes and fine edges, unlike any of another seed."""
    rng = np.random.default_rng(seed)
    height, width = image_size
    image = np.full((height, width, 3), rng.integers(40, 200, 3), np.uint8)
    for _ in range(40):
        centre = tuple(int(v) for v in rng.integers(0, [width, height]))
        axes = tuple(int(v) for v in rng.integers(4, min(image_size) // 4, 2))
        colour = tuple(int(v) for v in rng.integers(0, 256, 3))
        cv2.ellipse(image, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    return image


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """A folder of 14 photographs of several sizes, of seven people."""
    folder = tmp_path_factory.mktemp("photos")
    sizes = [(256, 144), (256, 144), (240, 180), (144, 256)]
    for i in range(14):
        write_image(folder / f"person{i // 2}" / f"{i:02d}.png", paint(i, sizes[i % 4]))
    return folder


@pytest.fixture(scope="session")
def show(photos, tmp_path_factory):
    return make_slideshow(
        find_photos([photos]), tmp_path_factory.mktemp("show"), canvas=(640, 360), lead_in_s=1.0, progress=False
    )


@pytest.fixture(scope="session")
def films(show, tmp_path_factory):
    """Two films of the show, upright and lying, with lost and doubled frames and a clock 3 % off, and the truth."""
    folder = tmp_path_factory.mktemp("films")
    filmed = []
    for seed, turned, drift in ((0, 0, 0.03), (1, 90, -0.03)):
        how = draw_filming(
            seed, turned=turned, drift=drift, frames_per_second=15.0, image_size=(512, 288), before_s=0.7
        )
        path = folder / f"film{seed}.mp4"
        truth = film_slideshow(show.order, path, how, seed=seed).set_index("frame")
        filmed.append(SimpleNamespace(path=path, truth=truth, how=how))
    return filmed


@pytest.fixture
def cluster():
    """A Dask cluster of two worker processes on this machine."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as running:
        yield running


@pytest.fixture
def killing():
    """Give a context manager: while its block runs, the worker is killed as soon as a condition holds (never by a clock)."""

    @contextmanager
    def kill(pid, condition):
        """Kill process `pid()`, once `condition()` is true; the block gets a list that then holds what it returned."""
        seen, over = [], threading.Event()

        def watch():
            while not over.is_set():
                if found := condition():
                    os.kill(pid(), signal.SIGKILL)
                    seen.append(found)
                    return
                time.sleep(0.005)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield seen
        finally:
            over.set()
            watcher.join()

    return kill
