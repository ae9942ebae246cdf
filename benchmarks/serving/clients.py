"""Clients side by side, and what they saw. They run on the same cores as the service and take their share."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.serving.photos import FORM


@dataclass
class Seen:
    """What clients saw.

    Attributes
    ----------
    times_ms : list of float
        One for each answered request.
    answers : Counter
        Status and code, for example ``200 real,model_verified``.
    seconds : float
        By the clock, over all clients.
    processor_s : float
        That the clients used themselves.
    """

    times_ms: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    processor_s: float = 0.0

    def percentile(self, q: float) -> float:
        """Return a percentile of the times."""
        return float(np.percentile(self.times_ms, q))

    def statuses(self) -> Counter[int]:
        """Return how often each status came."""
        total: Counter[int] = Counter()
        for answer, count in self.answers.items():
            total[int(answer.split()[0])] += count
        return total


def send(port: int, bodies: Sequence[bytes], *, clients: int, goes_on: Callable[[int], bool]) -> Seen:
    """Send bodies round and round, each client over one connection, while `goes_on(requests so far)` says so."""
    seen = [Seen() for _ in range(clients)]
    counter, lock = [0], threading.Lock()
    failures: list[Exception] = []

    def more() -> bool:
        with lock:
            counter[0] += 1
            return not failures and goes_on(counter[0] - 1)

    def client(index: int) -> None:
        try:
            _client(port, [*bodies[index % len(bodies) :], *bodies[: index % len(bodies)]], seen[index], more)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=client, args=(index,)) for index in range(clients)]
    start, used = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    times = [ms for one in seen for ms in one.times_ms]
    answers = sum((one.answers for one in seen), Counter())
    return Seen(times, answers, time.perf_counter() - start, time.process_time() - used)


def _client(port: int, bodies: Sequence[bytes], seen: Seen, more: Callable[[], bool]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    turn = 0
    while more():
        start = time.perf_counter()
        connection.request("POST", "/v1/judge", bodies[turn % len(bodies)], {"Content-Type": FORM})
        answer = connection.getresponse()
        text = answer.read()
        seen.times_ms.append(1e3 * (time.perf_counter() - start))
        seen.answers[f"{answer.status} {json.loads(text)['code']}"] += 1
        turn += 1
    connection.close()


def shout(port: int, content_type: bytes, body: bytes, length: int) -> int:
    """Send a request as it is, its announced length true or not; return the status, 0 where the server hung up."""
    head = b"POST /v1/judge HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\nContent-Type: %b\r\n" % (
        port,
        content_type,
    )
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            connection.sendall(head + b"Content-Length: %d\r\n\r\n" % length + body)
            if len(body) < length:  # more was announced than will ever come
                connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").readline()
        except ConnectionError:
            return 0
    return int(answer.split()[1]) if answer else 0
