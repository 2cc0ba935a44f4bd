"""Sending calls with httpx, from threads and from a loop; what fails in passing is tried three times more."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import httpx

from .errors import Unavailable
from .pacing import LONGEST, pause
from .transport import Call, answer, arguments, settings, unreachable

T = TypeVar("T")
RETRIES = 3
_asking = ContextVar("angarium_asking", default=False)


def _not_ours(_: logging.LogRecord) -> bool:
    """httpx writes a line for each request; leases and reports would fill a service's log with them."""
    return not _asking.get()


logging.getLogger("httpx").addFilter(_not_ours)


@contextmanager
def _quietly() -> Iterator[None]:
    before = _asking.set(True)
    try:
        yield
    except httpx.RequestError as error:
        raise unreachable(error) from error
    finally:
        _asking.reset(before)


class Asking:
    """May be used by many threads. Its connections are made when they are first needed, anew in a forked process."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        self._settings, self._timeout = settings(url, token, timeout), timeout
        self._http: httpx.Client | None = None
        self._lock = threading.Lock()

    def after_fork(self) -> object:
        """Forget the connections, which are the parent's; returns what must be kept from being closed."""
        kept, self._http, self._lock = self._http, None, threading.Lock()
        return kept

    def once(self, call: Call[T]) -> T:
        with _quietly():
            response = self._connected().request(**arguments(call, self._timeout))
        return answer(call, response)

    def ask(self, call: Call[T]) -> T:
        failures = 0
        while True:
            try:
                return self.once(call)
            except Unavailable as error:
                failures += 1
                time.sleep(_wait(error, failures))

    def close(self) -> None:
        if self._http is not None:
            self._http.close()

    def _connected(self) -> httpx.Client:
        with self._lock:
            if self._http is None:
                self._http = httpx.Client(**self._settings)
            return self._http


class AsyncAsking:
    """The same within one loop."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        self._timeout = timeout
        self._http = httpx.AsyncClient(**settings(url, token, timeout))

    async def once(self, call: Call[T]) -> T:
        with _quietly():
            response = await self._http.request(**arguments(call, self._timeout))
        return answer(call, response)

    async def ask(self, call: Call[T]) -> T:
        failures = 0
        while True:
            try:
                return await self.once(call)
            except Unavailable as error:
                failures += 1
                await asyncio.sleep(_wait(error, failures))

    async def close(self) -> None:
        await self._http.aclose()


def _wait(error: Unavailable, failures: int) -> float:
    """Seconds until the next try; raises the error when there is none."""
    if failures > RETRIES:
        raise error
    return max(min(error.after or 0.0, LONGEST), pause(failures))
