"""Commit together what several threads bring at the same moment: a transaction's price is its one wait for the disk.

Without it SQLite's writers stand before its lock and look again now and then, the unlucky one for a tenth of a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Entry(Generic[T, R]):
    def __init__(self, item: T) -> None:
        self.item, self.leads = item, False
        self.outcome: Future[R] = Future()
        self.woken = threading.Event()


class Group(Generic[T, R]):
    """Hand items to one function in groups, in the order in which they came.

    A thread that comes while none is at work takes its own item and leads; those who come meanwhile wait, and
    the first of them leads next, with all that wait by then. No thread works for others once its own is done.

    Parameters
    ----------
    run : callable
        Takes a list of items and returns an outcome for each; what it raises, each of them gets.
    """

    def __init__(self, run: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._run = run
        self._guard = threading.Lock()
        self._waiting: list[_Entry[T, R]] = []
        self._led = False

    def __call__(self, item: T) -> R:
        """Return the outcome of an item once its group is done."""
        entry: _Entry[T, R] = _Entry(item)
        with self._guard:
            self._waiting.append(entry)
            entry.leads, self._led = not self._led, True
        if not entry.leads:
            entry.woken.wait()
        if entry.leads:
            self._lead()
        return entry.outcome.result()

    def _lead(self) -> None:
        with self._guard:
            group, self._waiting = self._waiting, []
        try:
            outcomes = self._run([entry.item for entry in group])
            for entry, outcome in zip(group, outcomes, strict=True):
                entry.outcome.set_result(outcome)
        except BaseException as error:  # whatever it was, nobody may wait for ever
            for entry in group:
                if not entry.outcome.done():
                    entry.outcome.set_exception(error)
        with self._guard:
            following = self._waiting[0] if self._waiting else None
            self._led = following is not None
            if following is not None:
                following.leads = True
        for entry in (*group, *([following] if following else [])):
            entry.woken.set()
