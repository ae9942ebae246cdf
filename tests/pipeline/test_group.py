"""Threads that write at the same moment: one transaction, an outcome each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from liveliness_lib.pipeline.store import NewPhoto, PublishStore, StoredPhoto
from liveliness_lib.pipeline.store.group import Group

WAIT_S = 20.0


class Held:
    """Run groups; the first one stays at work until it is let go."""

    def __init__(self, work: Callable[[int], int]) -> None:
        self.groups: list[list[int]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.work = work
        self.call: Group[int, int] = Group(self.run)

    def run(self, items: Sequence[int]) -> list[int]:
        self.groups.append(list(items))
        self.begun.set()
        assert self.go_on.wait(WAIT_S)
        return [self.work(item) for item in items]

    def with_waiting(self, pool: ThreadPoolExecutor, count: int) -> list:
        """Send 0, and while it is at work 1 to `count`, one after the other."""
        futures = [pool.submit(self.call, 0)]
        assert self.begun.wait(WAIT_S)
        for item in range(1, count + 1):
            futures.append(pool.submit(self.call, item))
            while len(self.call._waiting) < item:
                pass
        self.go_on.set()
        return futures


def test_who_comes_meanwhile_goes_together_and_in_order() -> None:
    held = Held(lambda item: item * 10)
    with ThreadPoolExecutor(8) as pool:
        assert [future.result(WAIT_S) for future in held.with_waiting(pool, 5)] == [0, 10, 20, 30, 40, 50]
        assert held.groups == [[0], [1, 2, 3, 4, 5]]
        assert pool.submit(held.call, 6).result(WAIT_S) == 60


def test_an_error_reaches_its_whole_group_and_nobody_else() -> None:
    held = Held(lambda item: 1 // (item - 2))
    with ThreadPoolExecutor(8) as pool:
        first, *others = held.with_waiting(pool, 3)
        assert first.result(WAIT_S) == -1
        for future in others:
            with pytest.raises(ZeroDivisionError):
                future.result(WAIT_S)
        assert pool.submit(held.call, 3).result(WAIT_S) == 1


def test_many_threads_lose_nothing() -> None:
    sizes = []
    group: Group[int, int] = Group(lambda items: sizes.append(len(items)) or [-item for item in items])
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(group, range(3000))) == [-item for item in range(3000)]
    assert sum(sizes) == 3000


def new(name: str, key: str | None = None, data: bytes = b"\xff\xd8\xff") -> NewPhoto:
    return NewPhoto(data, "fake", "verified", "fake", name=name, idempotency_key=key)


def add_together(store: PublishStore, photos: list[NewPhoto], monkeypatch: pytest.MonkeyPatch) -> list:
    """Add a photo, and the others while it is being written."""
    begun, go_on, real = threading.Event(), threading.Event(), store._insert_one

    def slow(connection: sa.Connection, values: dict, ref: str | None) -> StoredPhoto | None:
        begun.set()
        assert go_on.wait(WAIT_S)
        return real(connection, values, ref)

    monkeypatch.setattr(store, "_insert_one", slow)
    with ThreadPoolExecutor(len(photos)) as pool:
        futures = [pool.submit(store.add, photos[0])]
        assert begun.wait(WAIT_S)
        futures += [pool.submit(store.add, photo) for photo in photos[1:]]
        while len(store._insert._waiting) < len(photos) - 1:
            pass
        go_on.set()
        return [future.exception(WAIT_S) or future.result() for future in futures]


def test_photos_of_one_transaction_are_all_there(tmp_path, database_url, monkeypatch) -> None:
    with PublishStore(tmp_path / "publish", database_url) as store:
        commits = []
        sa.event.listen(store.database.engine, "commit", commits.append)
        found = add_together(store, [new(f"{i}.jpg") for i in range(6)], monkeypatch)
        assert len(commits) == 2
        assert [(photo.name, fresh) for photo, fresh in found] == [(f"{i}.jpg", True) for i in range(6)]
        assert {photo.id for photo in store.page()} == {photo.id for photo, _ in found}
        assert store.problems() == []


def test_the_same_key_twice_in_one_transaction_is_one_photo(tmp_path, database_url, monkeypatch) -> None:
    with PublishStore(tmp_path / "publish", database_url) as store:
        found = add_together(store, [new("a"), new("b", "key"), new("c", "key"), new("d")], monkeypatch)
        assert sorted(fresh for _, fresh in found) == [False, True, True, True]
        assert found[1][0].id == found[2][0].id
        assert len(store.page()) == 3
        assert store.problems() == []


def test_a_row_that_cannot_be_written_harms_no_other(tmp_path, database_url, monkeypatch) -> None:
    with PublishStore(tmp_path / "publish", database_url) as store:
        photos = [new("a"), new("b"), NewPhoto(b"\xff\xd8\xff", None, "no label", "fake", name="c"), new("d")]
        a, b, c, d = add_together(store, photos, monkeypatch)
        assert isinstance(c, sa.exc.IntegrityError)
        assert [found[0].name for found in (a, b, d)] == ["a", "b", "d"]
        assert sorted(photo.name for photo in store.page()) == ["a", "b", "d"]
        assert store.problems() == []
        assert not list(store.files.folder.glob("incoming/*/*.jpg"))


def test_a_commit_of_unknown_outcome_is_not_tried_again(tmp_path, database_url, monkeypatch) -> None:
    with PublishStore(tmp_path / "publish", database_url) as store:
        calls = []

        def lost(connection: sa.Connection) -> None:
            calls.append(connection)
            if len(calls) == 2:
                raise sa.exc.OperationalError("COMMIT", {}, Exception("connection lost"))

        sa.event.listen(store.database.engine, "commit", lost)
        first, *others = add_together(store, [new("a"), new("b"), new("c")], monkeypatch)
        assert first[1]
        assert [type(error) for error in others] == [sa.exc.OperationalError] * 2
        assert len(calls) == 2
        sa.event.remove(store.database.engine, "commit", lost)
        assert store.problems() == []
