"""The same results on one core, on several, on a cluster, and on a cluster that loses a worker."""

import operator
import os
import time
from functools import partial
from pathlib import Path

import pytest

from liveliness_lib.dataset.parallel import run_tasks
from liveliness_lib.paths import atomic_path


def write_one(number, folder, seconds=0.0):
    """An idempotent task: a whole file of its own name; it notes every attempt."""
    path = Path(folder) / f"{number:03d}.txt"
    (Path(folder) / "attempts" / f"{number:03d}-{os.getpid()}-{time.monotonic_ns()}").touch()
    time.sleep(seconds)
    with atomic_path(path) as temporary:
        temporary.write_text(f"{number}" * 1000)
    return number * number


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "attempts").mkdir()
    return tmp_path


def whole(folder, count):
    files = sorted(folder.glob("*.txt"))
    return [file.read_text() for file in files] == [f"{n}" * 1000 for n in range(count)]


@pytest.mark.parametrize(("items", "expected"), [([], []), ([3], [-3]), ([3, 1, 2], [-3, -1, -2])])
@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_order(items, expected, jobs):
    assert run_tasks(operator.neg, items, jobs=jobs, progress=False) == expected


@pytest.mark.parametrize("options", [{"engine": "magic"}, {"jobs": 0}, {"engine": "dask"}])
def test_impossible_engines(options):
    with pytest.raises(ValueError, match="Received"):
        run_tasks(operator.neg, [1, 2], progress=False, **options)


def test_a_task_that_raises_is_heard():
    with pytest.raises(ZeroDivisionError):
        run_tasks(partial(operator.truediv, 1), [1, 0], jobs=1, progress=False)


def test_without_the_library_the_extra_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"liveliness\[scale\]"):
        run_tasks(operator.neg, [1, 2], engine="dask", scheduler="tcp://127.0.0.1:1", progress=False)


@pytest.mark.full
@pytest.mark.timeout(180)
def test_a_worker_killed_midway_loses_doubles_and_halves_nothing(cluster, killing, folder):
    """The worker dies inside a task: it has noted the attempt and not yet written the file."""
    count, pids = 24, [worker.pid for worker in cluster.workers.values()]

    def both_have_worked():
        names = [path.name.split("-") for path in (folder / "attempts").iterdir()]
        return (
            [n for n, pid, _ in names if int(pid) == pids[0]] if {str(p) for p in pids} <= {n[1] for n in names} else []
        )

    task = partial(write_one, folder=str(folder), seconds=0.3)
    with killing(lambda: pids[0], both_have_worked) as begun:
        results = run_tasks(task, range(count), engine="dask", scheduler=cluster.scheduler_address, progress=False)
    assert results == [n * n for n in range(count)]
    assert whole(folder, count)
    attempts = [path.name.split("-")[0] for path in (folder / "attempts").iterdir()]
    assert begun  # the worker was killed,
    assert attempts.count(begun[0][-1]) == 2  # in the middle of this task, which was begun again elsewhere
