"""One function for each bar: it measures, says what was wanted, and whether it was met."""

from __future__ import annotations

import concurrent.futures
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

from benchmarks.serving import clients, photos
from benchmarks.serving.away import WAYS, away
from benchmarks.serving.served import Served
from liveliness_lib.pipeline.settings import KEY_VARIABLE
from liveliness_lib.pipeline.store import PublishStore, StoredPhoto

_PER_CORE_MS = 50.0  # two cores, 40 photos a second


@dataclass(frozen=True)
class Bar:
    """What was wanted, whether it was met, and the lines that show it."""

    title: str
    wanted: str
    met: bool
    lines: tuple[str, ...]

    def to_text(self) -> str:
        """Return the section of the page."""
        return "\n".join([f"Wanted: {self.wanted}. **{'Met' if self.met else 'Not met'}.**", "", *self.lines])


@contextmanager
def _served(
    settings: str = "", *, weights: bool = False, environment: dict[str, str] | None = None
) -> Iterator[Served]:
    with (
        tempfile.TemporaryDirectory(prefix="liveliness-service-") as folder,
        Served(Path(folder), settings, weights=weights, environment=environment) as service,
    ):
        yield service


def load(seconds: float, count: int, *, weights: bool) -> Bar:
    """Sixteen clients send 720x1280 JPEGs for some seconds."""
    bodies = [photos.form(photo) for photo in photos.portraits(8)]
    with _served(weights=weights) as service:
        clients.send(service.port, bodies, clients=count, goes_on=lambda sent: sent < 3 * len(bodies))
        used = service.processor_s()
        seen = _send_for(seconds, service.port, bodies, count)
        used, stages = service.processor_s() - used, service.stages_ms()
    number, fine = len(seen.times_ms), set(seen.statuses()) == {200}
    rate, cost = number / seen.seconds, 1e3 * used / number
    return Bar(
        f"Load, {'with fetched weights' if weights else 'base install'}",
        f"at least 40 photos/s of 720x1280 and p99 below 400 ms with {count} clients on 2 cores",
        fine and rate >= 40 and seen.percentile(99) < 400,
        (
            f"- {rate:.1f} photos/s; request ms: "
            + ", ".join(f"p{q} {seen.percentile(q):.0f}" for q in (50, 95, 99, 100)),
            f"- processor time a photo: service {cost:.1f} ms, clients {1e3 * seen.processor_s / number:.1f} ms "
            f"(two cores have {_PER_CORE_MS:.0f} ms for each of 40 photos/s, whatever else the machine does)",
            f"- {np.mean([len(body) for body in bodies]) / 1e3:.0f} kB a photo; answers: {_counts(seen.answers)}",
            "- stages by the clock, ms: " + ", ".join(f"{name} {ms:.1f}" for name, ms in stages.items()),
        ),
    )


def _send_for(seconds: float, port: int, bodies: list[bytes], count: int) -> clients.Seen:
    until = time.monotonic() + seconds
    return clients.send(port, bodies, clients=count, goes_on=lambda _: time.monotonic() < until)


def memory(requests: int) -> Bar:
    """Many requests; the resident memory after the first tenth and after each of the others."""
    bodies = [photos.form(photo) for photo in photos.portraits(8, (320, 240))]
    with _served() as service:
        tenths: list[float] = []
        for _ in range(10):
            seen = clients.send(service.port, bodies, clients=8, goes_on=lambda sent: sent < requests // 10)
            tenths.append(service.memory_mib())
            if set(seen.statuses()) != {200}:
                break
        rows = service.get("/v1/results?limit=1")[0]
    growth = tenths[-1] - tenths[0]
    return Bar(
        "Memory",
        f"flat over {requests} requests (less than 25 MiB more after the last tenth than after the first)",
        len(tenths) == 10 and growth < 25 and rows == 200,
        (f"- resident MiB after each tenth: {', '.join(f'{value:.0f}' for value in tenths)} ({growth:+.1f})",),
    )


def hostile(uploads: int) -> Bar:
    """Uploads that are wrong in every way, one after the other; then a good one."""
    rng, good = np.random.default_rng(7), photos.portraits(1, (320, 240))[0]
    settings = "[service]\nmax_bytes = 100000\nmax_pixels = 1000000\nupload_s = 2.0\ntime_limit_s = 60.0\n"
    statuses: dict[int, int] = {}
    with _served(settings) as service:
        for _ in range(uploads):
            status = clients.shout(service.port, *photos.hostile(rng, good))
            statuses[status] = statuses.get(status, 0) + 1
        alive, unexpected = service.process.poll() is None, service.unexpected()
        after = httpx.post(f"{service.url}/v1/judge", files={"photo": good}, timeout=60).status_code
    counted = ", ".join(f"{status or 'hung up'}: {count}" for status, count in sorted(statuses.items()))
    bad = [status for status in statuses if status >= 500 and status != 503]  # 503: too busy to be in time, and says so
    return Bar(
        "Malformed uploads",
        f"{uploads} hostile uploads: no 500, no crash",
        alive and after == 200 and not unexpected and not bad,
        (f"- statuses: {counted}", f"- unexpected errors in the log: {unexpected}; a good photo afterwards: {after}"),
    )


def kills(times: int) -> Bar:
    """Kill -9 under load, start again on the same store, compare what was acknowledged with what is there."""
    pictures = photos.portraits(4, (320, 240))
    acknowledged: dict[str, set[tuple[str, bytes]]] = {}
    with tempfile.TemporaryDirectory(prefix="liveliness-service-") as name:
        folder, settings, port = Path(name), "[store]\nkeep_real = true\n", None
        numbers = iter(range(10**9))
        for round_ in range(times):
            service = Served(folder, settings, port=port)
            port = service.port
            _killed_under_load(service, pictures, numbers, acknowledged, 0.05 * (round_ % 7))
        Served(folder, settings, port=port).stop()  # this start clears up
        with PublishStore(folder / "publish") as store:
            problems = [*store.problems(), *missing(store, acknowledged)]
        stray = len(list((folder / "publish").glob("incoming/*/*.jpg")))
    return Bar(
        "Kill -9 under load",
        f"killed {times} times: every acknowledged photo is in the store exactly once",
        not problems and not stray and len(acknowledged) > 3 * times,
        (
            f"- {len(acknowledged)} photos acknowledged by 6 clients over {times} kills; lost, doubled or changed: "
            f"{len(problems)}; files left over: {stray}",
            *[f"- {problem}" for problem in problems[:5]],
        ),
    )


def _killed_under_load(
    service: Served,
    pictures: list[bytes],
    numbers: Iterator[int],
    acknowledged: dict[str, set[tuple[str, bytes]]],
    later_s: float,
) -> None:
    stopped, wanted = threading.Event(), len(acknowledged) + 6

    def client() -> None:
        with httpx.Client(timeout=30) as session:
            while not stopped.is_set():
                number = next(numbers)
                data = pictures[number % len(pictures)] + b"%d" % number  # bytes after a JPEG's end: a file of its own
                headers = {"Idempotency-Key": f"k{number}"}
                for _ in range(2):  # as clients do: the same key again
                    try:
                        answer = session.post(f"{service.url}/v1/judge", files={"photo": data}, headers=headers)
                    except httpx.HTTPError:
                        continue
                    if answer.status_code == 200:
                        acknowledged.setdefault(f"k{number}", set()).add((answer.json()["id"], data))
                    break

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        running = [pool.submit(client) for _ in range(6)]
        patience = time.monotonic() + 60
        while len(acknowledged) < wanted and time.monotonic() < patience:
            time.sleep(0.01)
        time.sleep(later_s)
        service.kill()
        stopped.set()
        for one in running:
            one.result()


def missing(store: PublishStore, acknowledged: dict[str, set[tuple[str, bytes]]]) -> Iterator[str]:
    """Say which photos were acknowledged and are not in the store exactly once, as they were sent.

    Parameters
    ----------
    store : PublishStore
    acknowledged : dict
        Idempotency key -> every (id, photo) that was answered for it.
    """
    rows: dict[str | None, list[StoredPhoto]] = {}
    for stored in store.with_images():
        rows.setdefault(stored.idempotency_key, []).append(stored)
    for key, found in acknowledged.items():
        if len(found) != 1 or [stored.id for stored in rows.get(key, [])] != [next(iter(found))[0]]:
            yield f"{key}: acknowledged {len(found)} times, {len(rows.get(key, []))} rows"
        elif (path := store.image_path(rows[key][0])) is None or path.read_bytes() != next(iter(found))[1]:
            yield f"{key}: its file is missing or another"


def api_away(seconds: float, count: int = 8, ways: Sequence[str] = WAYS) -> Bar:
    """The external API is away in each of these ways while every photo would have it asked."""
    bodies, limit_s = [photos.form(photo) for photo in photos.portraits(8, (640, 360))], 5.0
    lines, met = [], True
    for how in ways:
        with away(how) as url:
            # real_ratio tiny: the model is sure of nobody, so all are asked about; the breaker closes again every second
            settings = (
                f'[policy]\nnot_sure = "ask"\nreal_ratio = 0.000001\n[service]\ntime_limit_s = {limit_s}\n'
                f'[second_opinion]\nurl = "{url}"\ncalls_per_day = 1000000\ntimeout_s = 1.0\ntotal_s = 2.0\ncool_down_s = 1\n'
            )
            with _served(settings, environment={KEY_VARIABLE: "benchmark"}) as service:
                seen = _send_for(seconds, service.port, bodies, count)
                calls = _metric(service, "liveliness_second_opinion_calls_total")
        good = set(seen.statuses()) == {200} and seen.percentile(100) < 1e3 * limit_s and calls > 0
        met = met and good
        lines.append(
            f"- {how}: {len(seen.times_ms)} verdicts, slowest {seen.percentile(100) / 1e3:.2f} s, {calls:.0f} calls "
            f"tried; {_counts(seen.answers)}"
        )
    return Bar(
        "External API away for the whole run",
        f"every verdict answered, within the time limit of {limit_s:g} s",
        met,
        tuple(lines),
    )


def schema(examples: int) -> Bar:
    """Schemathesis on the OpenAPI schema, with a token, all phases."""
    token = "benchmark-token"
    digest = hashlib.sha256(token.encode()).hexdigest()
    settings = f'[service]\ntoken_sha256 = ["{digest}"]\nmax_bytes = 200000\nmax_waiting = 500\n'
    command = Path(sys.executable).with_name("schemathesis")
    if not command.is_file():
        raise SystemExit("schemathesis is not installed: pip install 'liveliness[dev]'")
    with tempfile.TemporaryDirectory() as folder, _served(settings) as service:
        options = ["--phases", "examples,coverage,fuzzing,stateful", "--seed", "1", "--suppress-health-check", "all"]
        options += ["--max-examples", str(examples), "--no-color", "--generation-database", "none"]
        found = subprocess.run(
            [command, "run", f"{service.url}/openapi.json", *options, "-H", f"Authorization: Bearer {token}"],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": ""},
            check=False,
        )
        unexpected = service.unexpected()
    summary = [line.strip() for line in found.stdout.splitlines() if "generated" in line or "passed" in line]
    shown = summary[-4:] if found.returncode == 0 else found.stdout.splitlines()[-30:]
    return Bar(
        "Schemathesis",
        f"nothing found on the OpenAPI schema with up to {examples} examples an operation, all phases",
        found.returncode == 0 and not unexpected,
        (*[f"- {line}" for line in shown], f"- unexpected errors in the log: {unexpected}"),
    )


def _metric(service: Served, name: str) -> float:
    lines = service.get("/metrics")[1].splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


def _counts(answers: dict[str, int]) -> str:
    return ", ".join(f"{answer}: {count}" for answer, count in sorted(answers.items()))
