"""An external API that is away: it refuses connections, never answers, sends a byte now and then, or only fails."""

from __future__ import annotations

import contextlib
import socketserver
import threading
import time
from collections.abc import Iterator

from benchmarks.serving.served import free_port

WAYS = ("refuses", "hangs", "drips", "fails")


@contextlib.contextmanager
def away(how: str) -> Iterator[str]:
    """Give the address of an API that is away in one of `WAYS`."""
    if how == "refuses":
        yield f"http://127.0.0.1:{free_port()}/liveness"
        return
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                _misbehave(self.request, how, over)

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/liveness"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 128


def _misbehave(connection: object, how: str, over: threading.Event) -> None:
    send, receive = connection.sendall, connection.recv  # type: ignore[attr-defined]
    receive(65536)
    if how == "hangs":
        over.wait()
    elif how == "drips":
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000:
            send(bytes([byte]))
            if over.wait(0.2):
                return
    else:
        time.sleep(0.01)
        send(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
