"""In front of everything: who may ask, how much may be sent and how long that may take, one log line a request."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
import logging
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

from liveliness_lib.pipeline.service.admission import Admission
from liveliness_lib.pipeline.service.telemetry import Metrics
from liveliness_lib.pipeline.settings import ServiceSettings

log = logging.getLogger(__name__)

_PROTECTED = ("/v1/", "/metrics")
_DRAIN_S = 2.0
_BASE64_FACTOR, _EXTRA_BYTES = 1.4, 64 * 1024  # base64 with line breaks; field names, boundaries
BATCH_BODIES = 4  # a whole batch may have as many bytes as this many of the largest photos
_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class Refused(Exception):
    """A request that gets a 4xx or 503; `code` for programs, the message for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    def headers(self) -> dict[str, str]:
        """Return the headers that this status asks for."""
        if self.status == 401:
            return {"WWW-Authenticate": "Bearer"}
        return {"Retry-After": "1"} if self.status in (429, 503) else {}

    def body(self) -> dict[str, str]:
        """Return the JSON that explains it."""
        return {"code": self.code, "message": str(self)}


NO_STORE = Refused(503, "store_unavailable", "the store does not answer: send it again with the same key")


class Guard:
    """ASGI middleware around the whole application.

    Parameters
    ----------
    app : ASGI application
    settings : ServiceSettings
    metrics : Metrics
    """

    def __init__(self, app: Any, settings: ServiceSettings, metrics: Metrics) -> None:
        self.app, self._settings, self._metrics = app, settings, metrics
        self._tokens = [bytes.fromhex(digest) for digest in settings.token_sha256]
        self.admission = Admission(settings.max_waiting, settings.max_waiting * settings.max_bytes // 2)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        try:
            await self._serve(scope, receive, exchange)
        except Refused as refused:
            await exchange.refuse(refused, receive)
        except Exception as error:  # a bug: the client gets no details, the log gets the place
            log.exception("unexpected %s", type(error).__name__, extra={"request_id": exchange.request_id})
            await exchange.fail()
        finally:
            self._record(scope, exchange)

    async def _serve(self, scope: Any, receive: Any, exchange: _Exchange) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._check_caller(scope["path"], headers)
        if scope["method"] not in ("POST", "PUT", "PATCH"):
            await self.app(scope, receive, exchange.send)
            return
        limit = self._body_limit(scope["path"])
        size = _declared_size(headers, limit)
        if not self.admission.enter(size):
            raise Refused(429, "too_many_requests", "too much at once: try again in a second")
        self._metrics.inside.inc()
        try:
            reader = _BodyReader(receive, limit, time.monotonic() + self._settings.upload_s)
            await self.app(scope, reader, exchange.send)
        finally:
            self._metrics.inside.dec()
            self.admission.leave(size)

    def _check_caller(self, path: str, headers: dict[str, str]) -> None:
        """Check the token; without tokens the service is for this machine, and web pages must not reach it either."""
        if self._tokens:
            if path.startswith(_PROTECTED) and not self._knows(headers.get("authorization", "")):
                raise Refused(401, "unauthorized", "expected a bearer token that is let in here")
            return
        host = headers.get("host", "")
        if not is_loopback(_host_name(host)):
            raise Refused(403, "foreign_host", "expected a request to this machine by its loopback name")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            raise Refused(403, "foreign_origin", "expected no request from a page of another site")

    def _knows(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        asked = hashlib.sha256(token.strip().encode("utf-8", "surrogatepass")).digest()
        known = [hmac.compare_digest(asked, digest) for digest in self._tokens]  # all of them, in constant time
        return scheme.lower() == "bearer" and any(known)

    def _body_limit(self, path: str) -> int:
        photos = min(self._settings.max_batch, BATCH_BODIES) if path.endswith("/batch") else 1
        return int(self._settings.max_bytes * photos * _BASE64_FACTOR) + _EXTRA_BYTES

    def _record(self, scope: Any, exchange: _Exchange) -> None:
        route = getattr(scope.get("route"), "path", "none")
        spent = round(1e3 * (time.perf_counter() - exchange.started), 1)
        self._metrics.requests.labels(route, str(exchange.status)).inc()
        log.info(
            "request",
            extra={
                "request_id": exchange.request_id,
                "method": scope["method"] if len(scope["method"]) < 10 else "?",
                "route": route,
                "status": exchange.status,
                "milliseconds": spent,
                **scope.get("liveliness_log", {}),
            },
        )


class _Exchange:
    """One request's answer: adds the headers that all answers have, knows whether it has begun."""

    def __init__(self, scope: Any, send: Any) -> None:
        self.request_id = scope["liveliness_request_id"] = uuid.uuid4().hex[:16]
        self.status, self.started = 0, time.perf_counter()
        self._send = send

    async def send(self, message: Any) -> None:
        """Pass a message on to the server."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = {name for name, _ in message["headers"]}
            extra = [pair for pair in _SECURITY_HEADERS if pair[0] not in given]
            message = {**message, "headers": [*message["headers"], *extra, (b"x-request-id", self.request_id.encode())]}
        await self._send(message)

    async def refuse(self, refused: Refused, receive: Any) -> None:
        """Answer with a refusal once the body has been read away: few clients read while they still send."""
        await _drain(receive)
        await self._answer(refused.status, refused.body(), refused.headers())

    async def fail(self) -> None:
        """Answer 500, unless an answer is under way."""
        if not self.status:
            await self._answer(500, {"code": "internal", "message": f"failed; see the log for {self.request_id}"}, {})

    async def _answer(self, status: int, body: dict[str, str], headers: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        pairs = {"content-type": "application/json", "content-length": str(len(data)), **headers}
        raw = [(name.lower().encode(), value.encode()) for name, value in pairs.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})
        await self.send({"type": "http.response.body", "body": data})


class _BodyReader:
    """Hand on the body until it is too long or too late."""

    def __init__(self, receive: Any, limit: int, deadline: float) -> None:
        self._receive, self._limit, self._deadline, self._read = receive, limit, deadline, 0
        self._done = False

    async def __call__(self) -> Any:
        if self._done:  # waiting for a disconnect, which may take as long as it likes
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, self._deadline - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            raise Refused(408, "upload_too_slow", "the body took too long to arrive") from None
        if message["type"] == "http.disconnect":  # nobody is left to read the answer; the log has its line
            raise Refused(400, "incomplete", "the body ended before its announced length")
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            await _drain(self._receive)
            raise Refused(413, "too_large", f"expected at most {self._limit} bytes in the body")
        self._done = not message.get("more_body", False)
        return message


def _declared_size(headers: dict[str, str], limit: int) -> int:
    """Return the bytes to reserve; a body that is announced as too long is refused before it is read."""
    declared = headers.get("content-length", "")
    if not (declared.isascii() and declared.isdigit()):
        return limit
    if len(declared) > 18 or int(declared) > limit:
        raise Refused(413, "too_large", f"expected at most {limit} bytes in the body")
    return int(declared)


async def _drain(receive: Any) -> None:
    try:
        async with asyncio.timeout(_DRAIN_S):
            while (message := await receive()).get("more_body", False) and message["type"] == "http.request":
                pass
    except TimeoutError:
        return


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
