"""Run the service: who may listen where, uvicorn, and a stop that finishes what was accepted."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import gc
import hashlib
import logging
import os
import secrets
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from liveliness_lib.images import ImageLimits
from liveliness_lib.paths import require
from liveliness_lib.pipeline.budget import DailyBudget
from liveliness_lib.pipeline.process import Judges, Pipeline
from liveliness_lib.pipeline.second_opinion import HttpSecondOpinion
from liveliness_lib.pipeline.service.app import Service
from liveliness_lib.pipeline.service.guard import is_loopback
from liveliness_lib.pipeline.settings import Settings
from liveliness_lib.pipeline.store import PublishStore

log = logging.getLogger(__name__)

TOKENS_VARIABLE = "LIVELINESS_TOKEN_SHA256"
"""Environment variable with SHA-256 digests of tokens, separated by commas; added to those in the settings."""

_MAX_CONNECTIONS = 1000
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
_KEPT_BYTES = 32 * 2**20  # the most that glibc takes


def new_token() -> tuple[str, str]:
    """Return a new bearer token (256 random bits) and the digest that the settings keep of it."""
    token = secrets.token_urlsafe(32)
    return token, hashlib.sha256(token.encode()).hexdigest()


def check_listening(host: str, settings: Settings) -> None:
    """Refuse to be open to others without a token.

    Raises
    ------
    ValueError
        The address can be reached from elsewhere and no token is set.
    """
    if not is_loopback(host) and not settings.service.token_sha256:
        raise ValueError(
            "expected a token before listening beyond this machine: `liveliness store token` makes one, its digest "
            f"goes into [service] token_sha256 or ${TOKENS_VARIABLE}. Received: host {host}"
        )


def build_service(judge: Judges, settings: Settings, stack: ExitStack) -> Service:
    """Open the store and whoever is asked for a second opinion, and put the service together.

    Parameters
    ----------
    judge : Judges
    settings : Settings
    stack : ExitStack
        Closes what was opened.
    """
    store = stack.enter_context(PublishStore(settings.store.folder, settings.store.url))
    opinion, budget = None, None
    if settings.second_opinion.url:
        budget = DailyBudget(store.database, settings.second_opinion.calls_per_day)
        opinion = HttpSecondOpinion(settings.second_opinion, budget)
        stack.callback(opinion.close)
    limits = ImageLimits(settings.service.max_bytes, settings.service.max_pixels)
    return Service(Pipeline(judge, settings.policy, opinion, limits=limits), store, settings, budget=budget)


def serve(
    judge: Judges,
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    started: Callable[[Any], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; then finish what was accepted, for at most `stop_s` seconds.

    Parameters
    ----------
    judge : Judges
    settings : Settings
    host, port
        Where to listen.
    started : callable, optional
        Called with the uvicorn server before it runs; its ``should_exit`` stops it from another thread.

    Raises
    ------
    ValueError
        Listening beyond this machine without a token.
    """
    uvicorn = require("uvicorn", extra="serve")
    check_listening(host, settings)
    with ExitStack() as stack:
        service = build_service(judge, settings, stack)
        config = uvicorn.Config(
            service,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=_MAX_CONNECTIONS,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=max(1, round(settings.service.stop_s)),
        )
        server = uvicorn.Server(config)
        if started is not None:
            started(server)
        _take_signals_calmly()
        _freeze_what_stays(stack)
        server.run()


def leave_cores_to_photos() -> None:
    """Spend the cores on photos alone; for a process of its own.

    OpenCV uses one thread for each photo, since as many photos as cores are judged at once. And the C library keeps what
    is freed, up to 32 MiB a block: otherwise the pixels of every photo come as fresh pages from the kernel, several times
    over, which takes longer than decoding them. Larger blocks still go back at once.
    """
    import cv2

    cv2.setNumThreads(1)
    with contextlib.suppress(OSError, AttributeError):  # another C library has other habits
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, 2 * _KEPT_BYTES)


def _freeze_what_stays(stack: ExitStack) -> None:
    """Spare the garbage collector what was loaded so far: going through it keeps every photo waiting for 50 ms."""
    gc.collect()
    gc.freeze()
    stack.callback(gc.unfreeze)


def _take_signals_calmly() -> None:
    """Survive uvicorn's raising the signal again after a graceful stop: there is still a store to close."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)


def with_environment_tokens(settings: Settings) -> Settings:
    """Add the token digests that the environment names."""
    named = [digest.strip().lower() for digest in os.environ.get(TOKENS_VARIABLE, "").split(",") if digest.strip()]
    if not named:
        return settings
    service = dataclasses.replace(settings.service, token_sha256=(*settings.service.token_sha256, *named))
    return dataclasses.replace(settings, service=service)
