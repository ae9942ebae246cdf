"""Several films at once, one of them bad."""

import shutil

import numpy as np
import pytest

from liveliness_lib.dataset.cut_many import cut_films
from liveliness_lib.dataset.film_writer import write_film
from liveliness_lib.dataset.manifest import read_manifest
from liveliness_lib.dataset.recording import Session
from liveliness_lib.images import read_image


@pytest.fixture
def wall(tmp_path):
    with write_film(tmp_path / "wall.mp4", (240, 320), 10) as add:
        for _ in range(5):
            add(np.full((240, 320, 3), 100, np.uint8))
    return tmp_path / "wall.mp4"


def test_a_bad_film_does_not_stop_the_good_ones(films, show, wall, tmp_path):
    paths = [films[0].path, wall, films[1].path]
    table, reports = cut_films(
        paths, show.order, tmp_path / "out", session=Session(device="a+b"), jobs=1, progress=False
    )
    assert sorted(set(table["session"])) == ["film0", "film1"]
    assert set(table["device"]) == {"a+b"}
    assert "this slideshow" in reports["wall.mp4"]
    assert len(read_manifest(tmp_path / "out" / "manifest.csv")) == len(table) >= 27


def test_nothing_to_cut_is_an_error(show, wall, tmp_path):
    with pytest.raises(ValueError, match=r"wall\.mp4"):
        cut_films([wall], show.order, tmp_path / "out", jobs=1, progress=False)
    for films in ([], [wall, wall]):
        with pytest.raises(ValueError, match="different names"):
            cut_films(films, show.order, tmp_path / "out", progress=False)


@pytest.mark.full
@pytest.mark.timeout(240)
def test_films_on_a_cluster_that_loses_a_worker(cluster, killing, films, show, tmp_path):
    """A worker dies while both have half a film behind them; its film goes on behind the last picture written."""
    copies = [shutil.copy(films[0].path, tmp_path / f"copy{k}.mp4") for k in range(6)]

    def two_films_are_half_cut():
        open_films = [p for p in (tmp_path / "out").glob("copy?") if not (p / "manifest.csv").exists()]
        cut = [sorted(film.rglob("records/[!.]*.json")) for film in open_films]
        written = {p: p.stat().st_mtime_ns for records in cut for p in records}
        return written if sum(len(records) >= 2 for records in cut) == 2 else {}

    pids = [worker.pid for worker in cluster.workers.values()]
    with killing(lambda: pids[0], two_films_are_half_cut) as written:
        table, reports = cut_films(
            copies, show.order, tmp_path / "out", engine="dask", scheduler=cluster.scheduler_address, progress=False
        )
    assert written
    assert {path: path.stat().st_mtime_ns for path in written[0]} == written[0]  # what was written is not made twice
    assert list(reports) == [f"copy{k}.mp4" for k in range(6)]
    undisturbed, _ = cut_films([copies[0]], show.order, tmp_path / "alone", jobs=1, progress=False)
    assert table.groupby("session").size().tolist() == [len(undisturbed)] * 6
    for _, rows in table.groupby("session"):
        assert rows["slide"].tolist() == undisturbed["slide"].tolist()  # none lost, none doubled
        assert rows["frame"].tolist() == undisturbed["frame"].tolist()
    assert all(read_image(path).size for path in table["path"])  # none half written
