"""Whoever listens at the fleet's entrance: frames as they come over a WebSocket, or as server-sent events."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

#: Seconds without a frame after which a test has waited long enough.
PATIENCE = 30
Frame = dict[str, Any]


@contextmanager
def socket(port: int, token: str, *topics: str) -> Iterator[ClientConnection]:
    """A WebSocket whose first message brings the token."""
    url = f"ws://127.0.0.1:{port}/ws/notifications/"
    with connect(url, proxy=None, compression=None, open_timeout=PATIENCE, close_timeout=1) as connection:
        connection.send(json.dumps({"type": "hello", "token": token, "topics": list(topics or ("*",))}))
        yield connection


def frames(connection: ClientConnection) -> Iterator[Frame]:
    """Each message; TimeoutError when none comes, ConnectionClosed when it is over."""
    while True:
        yield json.loads(connection.recv(timeout=PATIENCE))


@contextmanager
def stream(port: int, token: str, query: str = "", **headers: str) -> Iterator[http.client.HTTPResponse]:
    """Server-sent events; `Last_Event_ID="…"` goes on from there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", f"/events/{query}", headers={"Authorization": f"Bearer {token}", **said})
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def events(answer: http.client.HTTPResponse) -> Iterator[dict[str, str]]:
    """The fields of each event, until the stream ends."""
    fields: dict[str, str] = {}
    while line := answer.readline():
        name, _, value = line.decode().rstrip("\r\n").partition(": ")
        if name:
            fields[name] = value
        elif fields:
            yield fields
            fields = {}


def until(coming: Iterator[Frame], enough: Callable[[list[Frame]], bool]) -> list[Frame]:
    """What came up to the frame with which it was enough."""
    seen: list[Frame] = []
    for frame in coming:
        seen.append(frame)
        if enough(seen):
            return seen
    raise AssertionError(f"it ended after {seen}")
