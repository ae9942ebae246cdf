"""The stages of one photo in threads: judging on the cores, asking and storing beside them, all within a time limit."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import sqlalchemy as sa

from liveliness_lib.pipeline.process import Outcome, Pipeline
from liveliness_lib.pipeline.publish import Incoming, publish
from liveliness_lib.pipeline.service.guard import NO_STORE, Refused
from liveliness_lib.pipeline.service.schemas import Result
from liveliness_lib.pipeline.service.telemetry import Metrics
from liveliness_lib.pipeline.settings import Settings
from liveliness_lib.pipeline.store import ConflictError, PublishStore

log = logging.getLogger(__name__)

T = TypeVar("T")

_READERS = 4
_WRITERS = 16  # they wait for the disk; what comes while it is at work is written together
_ANSWER_RESERVE_S, _ANSWER_SHARE = 0.5, 0.2  # of the time limit, kept for storing and answering when somebody is asked


class Judging:
    """Judge photos side by side.

    Parameters
    ----------
    pipeline : Pipeline
    store : PublishStore
    settings : Settings
    metrics : Metrics
    """

    def __init__(self, pipeline: Pipeline, store: PublishStore, settings: Settings, metrics: Metrics) -> None:
        self.pipeline, self.store, self._settings, self._metrics = pipeline, store, settings, metrics
        workers = settings.service.workers or len(os.sched_getaffinity(0))
        self._cores = ThreadPoolExecutor(workers, thread_name_prefix="judge")
        self._askers = ThreadPoolExecutor(settings.second_opinion.max_concurrent + 4, thread_name_prefix="ask")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="read")
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="write")
        self._running: set[asyncio.Task[Any]] = set()

    async def judge(self, incoming: Incoming) -> Result:
        """Judge and store one photo; see `judge_all`."""
        return (await self.judge_all([incoming]))[0]

    async def judge_all(self, photos: list[Incoming]) -> list[Result]:
        """Judge and store photos.

        Raises
        ------
        Refused
            409 when an idempotency key belongs to another photo; 503 when the time limit has passed. What was begun
            is then still finished and stored, so the same request with the same key gets its answer later.
        """
        deadline = time.monotonic() + self._settings.service.time_limit_s
        tasks = [self._start(self._one(photo, deadline)) for photo in photos]
        everything = asyncio.gather(*tasks)
        try:
            return list(await asyncio.wait_for(asyncio.shield(everything), self._settings.service.time_limit_s))
        except TimeoutError:
            everything.add_done_callback(_look_at)
            raise Refused(503, "too_late", "not done within the time limit: ask again with the same key") from None
        except ConflictError as error:
            raise Refused(409, "key_conflict", str(error)) from None

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _one(self, incoming: Incoming, deadline: float) -> Result:
        earlier = await self._earlier(incoming)
        if earlier is not None:
            return earlier
        outcome = await self._in(self._cores, _in_time(self.pipeline.look, deadline), incoming.data)
        if outcome.decision.asks:
            reserve = max(_ANSWER_RESERVE_S, _ANSWER_SHARE * self._settings.service.time_limit_s)
            left = deadline - time.monotonic() - reserve
            outcome = await self._in(self._askers, lambda: self.pipeline.ask(outcome, incoming.data, within_s=left))
        stored, fresh = await self._in(self._writers, lambda: self._publish(incoming, outcome))
        self._count(outcome)
        return Result.of(stored, replayed=not fresh)

    async def _earlier(self, incoming: Incoming) -> Result | None:
        """Return the answer that the same key got before, without judging again."""
        key = incoming.idempotency_key
        if key is None:
            return None
        stored = await self._in(self._readers, lambda: self.store.earlier(key, incoming.data))
        return None if stored is None else Result.of(stored, replayed=True)

    def _publish(self, incoming: Incoming, outcome: Outcome) -> Any:
        started = time.perf_counter()
        try:
            found = publish(self.store, incoming, outcome, keep_real=self._settings.store.keep_real)
        except (OSError, sa.exc.DBAPIError) as error:  # a full disk, a database that is away: nothing is acknowledged
            log.error("a photo could not be stored: %s", type(error).__name__)
            raise NO_STORE from None
        self._metrics.stage.labels("store").observe(time.perf_counter() - started)
        return found

    def _count(self, outcome: Outcome) -> None:
        self._metrics.photos.labels(outcome.decision.code).inc()
        for stage, spent in outcome.milliseconds.items():
            self._metrics.stage.labels(stage).observe(spent / 1e3)
        if "ask" in outcome.milliseconds:
            self._metrics.opinions.labels(outcome.opinion.status, outcome.opinion.why).inc()
            self._metrics.calls.inc(outcome.opinion.calls)

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, work, *arguments)

    async def in_background(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run something that reads the store or draws a picture, away from the event loop."""
        return await self._in(self._readers, work, *arguments)

    async def finish(self) -> None:
        """Finish everything that was begun, then let the threads go."""
        while self._running:
            await asyncio.wait(set(self._running))
        for pool in (self._cores, self._askers, self._readers, self._writers):
            pool.shutdown(wait=True)


def _in_time(look: Callable[[bytes], Outcome], deadline: float) -> Callable[[bytes], Outcome]:
    """Wrap a stage so that it is not begun for somebody who has already been told to come again."""

    def started(photo: bytes) -> Outcome:
        if time.monotonic() >= deadline:
            raise Refused(503, "too_late", "not done within the time limit: ask again with the same key")
        return look(photo)

    return started


def _look_at(future: asyncio.Future[Any]) -> None:
    """Take the late outcome off the future, or asyncio would complain that nobody did."""
    if not future.cancelled():
        future.exception()
