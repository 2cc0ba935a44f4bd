"""What listens in these tests: a WebSocket and a stream of server-sent events, on real connections."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

Message = dict[str, Any]
#: What somebody follows who names no topic, on the common host.
EVERYTHING = [
    f"{name}:*"
    for name in (
        *("comment", "delivery", "employee", "entry", "holiday", "lesson", "mailer", "operation", "project", "report"),
        *("request", "task"),
    )
]


class Listener:
    """A WebSocket that has been welcomed. Use it in a `with` block."""

    def __init__(
        self, port: int, *, token: str = "", hello: Message | None = None, headers: Mapping[str, str] | None = None,
        wait: bool = True, host: str = "127.0.0.1", **query: object,
    ) -> None:  # fmt: skip
        address = f"ws://{host}:{port}/ws/notifications/?{urlencode(query)}"
        self._open = ExitStack()
        self.socket = self._open.enter_context(
            connect(address, additional_headers=headers, proxy=None, compression=None)
        )
        self.welcome: Message = {}
        if token or hello:
            self.say(**{**({"token": token} if token else {}), **(hello or {})})
        if wait:
            self.welcome = self.next("welcome")

    def say(self, **message: object) -> None:
        self.socket.send(json.dumps(message))

    def hear(self, within: float = 5) -> Message:
        """The next message. TimeoutError when none comes, ConnectionClosed when it was closed."""
        return dict(json.loads(self.socket.recv(within)))

    def next(self, kind: str, within: float = 5) -> Message:
        """The next message of this type; what comes before is not wanted."""
        while (message := self.hear(within))["type"] != kind:
            pass
        return message

    def frames(self, number: int, log: str | None = None) -> list[Message]:
        """The next frames, of one log or of both."""
        found: list[Message] = []
        while len(found) < number:
            message = self.hear()
            if "position" in message and log in (None, message["log"]):
                found.append(message)
        return found

    def silent(self, log: str | None = None) -> bool:
        """Is there nothing more, of one log or at all, until the answer to a ping, which comes after everything that
        was before it?"""
        self.say(type="ping")
        while (message := self.hear())["type"] != "pong":
            if log in (None, message.get("log")):
                return False
        return True

    def closed(self, within: float = 5) -> int:
        """The code with which it is closed; what comes before is not wanted."""
        with suppress(ConnectionClosed):
            while True:
                self.socket.recv(within)
        code = self.socket.protocol.close_code
        assert code is not None, "the connection broke"
        return code

    @property
    def place(self) -> Message:
        """Where it stood when it was welcomed, as a query."""
        return {"generation": self.welcome["generation"], **self.welcome["positions"]}

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._open.close()


def refused(port: int, headers: Mapping[str, str] | None = None, path: str = "/ws/notifications/") -> tuple[int, Any]:
    """The status and the problem with which an upgrade is refused."""
    try:
        with connect(f"ws://127.0.0.1:{port}{path}", additional_headers=headers, proxy=None):
            pass
    except InvalidStatus as refusal:
        body = bytes(refusal.response.body or b"")
        return refusal.response.status_code, json.loads(body) if body else None
    raise AssertionError("it was let in")


class Stream:
    """A stream of server-sent events."""

    def __init__(self, port: int, *, method: str = "GET", path: str = "/events/", **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        self.answer = self._connection.getresponse()

    def events(self) -> Iterator[tuple[str, str, Message]]:
        """(id, type, data) of each event, as they come."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode():
            if line == "\n":
                yield fields.get("id", ""), fields["event"], json.loads(fields["data"])
                fields = {}
            else:
                name, _, text = line.rstrip("\n").partition(": ")
                fields[name] = text

    def close(self) -> None:
        self.answer.close()
        self._connection.close()
