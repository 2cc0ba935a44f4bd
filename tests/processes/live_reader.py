"""One who reads live frames, loses the connection now and then, and goes on from where it stood, as a page does.

It keeps what it heard, and notes in `wrong` whatever the protocol does not allow: a frame twice or out of order, a
welcome elsewhere than where it stood, a heartbeat that counted otherwise, an id that is not where it stands.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from abc import ABC, abstractmethod
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

LOGS = ("events", "work")
#: Seconds until it is tried again, at most: the first time, and however often it failed (in pages 30).
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 4.0
#: Seconds for a connection and its welcome.
PATIENCE = 60.0
Message = dict[str, Any]


@dataclass(frozen=True)
class Visitor:
    """Who reads, and what."""

    name: str
    token: str
    topics: str = "*"


@dataclass
class Attempt:
    """When it was made, when the welcome came, and what became of it."""

    at: float
    welcomed: float = 0.0
    outcome: str = ""


@dataclass(frozen=True)
class Heard:
    """A frame, and when it came."""

    message: Message
    at: float


class Refused(Exception):
    """The server answered with another status."""


class Reader(ABC):
    """`restless` says after how many messages at most, besides the welcome, it hangs up; 0 is never. `keeps` has it
    keep whole frames. `source` is the address that it comes from, where that is not left to the system."""

    def __init__(self, visitor: Visitor, port: int, dice: Random, *, restless: int = 0, keeps: bool = False) -> None:
        self.visitor, self.port, self.dice, self.restless = visitor, port, dice, restless
        self.source: tuple[str, int] | None = None
        self.heard = {log: array("q") for log in LOGS}
        self.kept: list[Heard] | None = [] if keeps else None
        self.begun: dict[str, int] = {}
        self.place: dict[str, int] = {}
        self.generation = ""
        self.attempts: list[Attempt] = []
        self.ends: Counter[str] = Counter()
        self.welcomed = 0.0
        self.resets = 0
        self.wrong: list[str] = []
        self._counted = self._tries = 0
        self._news, self._leaving = asyncio.Event(), asyncio.Event()

    def __repr__(self) -> str:
        heard = {log: len(positions) for log, positions in self.heard.items()}
        return (
            f"<{type(self).__name__} of {self.visitor.name}: {self.begun} to {self.place}, heard {heard}, "
            f"{len(self.attempts)} attempts, the last {self.attempts[-1:]}, {dict(self.ends)}, {self.wrong[:3]}>"
        )

    # --- its life

    async def run(self) -> None:
        """Read until it is asked to leave."""
        while not self._leaving.is_set():
            self.attempts.append(Attempt(time.monotonic()))
            left = self.dice.randint(2, 1 + self.restless) if self.restless else 0
            how = "broken"
            try:
                how = await self._listen(left)
            except Refused as refusal:
                self.attempts[-1].outcome = how = f"refused: {refusal}"
            except ConnectionRefusedError:
                self.attempts[-1].outcome = how = "nobody there"
            except (OSError, EOFError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
                self.attempts[-1].outcome = self.attempts[-1].outcome or f"broken: {type(error).__name__}"
            self.ends[how] += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), self._pause(how))

    def _pause(self, how: str) -> float:
        """As the pages' client waits: at random, so that not all come at once, and longer each time."""
        if how == "going away":
            return self.dice.uniform(0, 5)
        self._tries += 1
        return self.dice.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._tries - 1)))

    async def _listen(self, left: int) -> str:
        """One connection; how it ended. A restless reader ends it after `left` messages, in one way or another."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE) as silence, contextlib.aclosing(self._messages()) as messages:
                async for message in messages:
                    if message["type"] == "end":
                        return str(message["name"])
                    self._hear(message)
                    silence.reschedule(loop.time() + PATIENCE)
                    left -= 1
                    if self.restless and left <= 0:
                        return "dropped"
            return "broken"
        finally:
            self.hang_up(politely=self.dice.random() < 0.3)

    def leave(self) -> None:
        self._leaving.set()
        self.hang_up(politely=False)

    async def until(self, done: Callable[[Reader], bool]) -> None:
        """Wait until it is so; asked after each message."""
        while not done(self):
            self._news.clear()
            await self._news.wait()

    @abstractmethod
    def _messages(self) -> AsyncIterator[Message]:
        """Connect, and what comes."""

    @abstractmethod
    def hang_up(self, *, politely: bool) -> None:
        """End the connection with a word, or as one whose cable is pulled."""

    # --- what it hears

    def _hear(self, message: Message) -> None:
        if "position" in message:
            self._frame(message)
        elif message["type"] == "welcome":
            self._welcome(message)
        elif message["type"] == "reset":
            self.resets += 1
            self.generation, self.place = message["generation"], dict(message["positions"])
        elif message["type"] == "heartbeat":
            self._heartbeat(message)
        self._news.set()

    def _frame(self, message: Message) -> None:
        log, position = message["log"], message["position"]
        self._counted += 1
        if position <= self.place[log] or message["generation"] != self.generation:
            self.wrong.append(f"{log} {position} comes while it stands at {self.place} of {self.generation}")
            return
        self.place[log] = position
        self.heard[log].append(position)
        if self.kept is not None:
            self.kept.append(Heard(message, time.monotonic()))

    def _welcome(self, message: Message) -> None:
        attempt = self.attempts[-1]
        self.welcomed = attempt.welcomed = time.monotonic()
        attempt.outcome = "welcomed"
        self._counted = self._tries = 0
        if not self.begun:
            self.generation = message["generation"]
            self.begun, self.place = dict(message["positions"]), dict(message["positions"])
        elif (message["generation"], message["positions"]) != (self.generation, self.place):
            self.wrong.append(f"welcomed at {message['positions']}, and stands at {self.place}")

    def _heartbeat(self, message: Message) -> None:
        if message["sent"] != self._counted:
            self.wrong.append(f"was sent {message['sent']} frames and heard {self._counted}")
        if any(message["positions"][log] < self.place[log] for log in LOGS):
            self.wrong.append(f"heartbeat at {message['positions']}, and stands at {self.place}")
        self.place = dict(message["positions"])

    @property
    def _where(self) -> Mapping[str, object]:
        return {"generation": self.generation, **self.place} if self.begun else {}


class SocketReader(Reader):
    """By WebSocket, with the token in the first message; it names its place there or in the address."""

    _connection: ClientConnection | None = None

    async def _messages(self) -> AsyncIterator[Message]:
        where = self._where
        in_address = bool(where) and self.dice.random() < 0.5
        address = f"ws://127.0.0.1:{self.port}/ws/notifications/?{urlencode(where if in_address else {})}"
        hello: Message = {"type": "hello", "token": self.visitor.token, "topics": self.visitor.topics.split(",")}
        if where and not in_address:
            hello |= {"generation": self.generation, "positions": self.place}
        words: dict[str, Any] = {"local_addr": self.source} if self.source else {}
        try:
            self._connection = await connect(
                address,
                proxy=None,
                compression=None,
                open_timeout=PATIENCE,
                close_timeout=1,
                ping_interval=None,
                **words,
            )
        except InvalidStatus as refusal:
            raise Refused(refusal.response.status_code) from None
        await self._connection.send(json.dumps(hello))
        try:
            while True:
                yield json.loads(await self._connection.recv())
        except ConnectionClosed as closed:
            if closed.rcvd is not None:
                yield {"type": "end", "name": closed.rcvd.reason, "code": closed.rcvd.code}

    def hang_up(self, *, politely: bool) -> None:
        if self._connection is not None:
            if politely:
                self._connection.transport.close()
            else:
                self._connection.transport.abort()
        self._connection = None


class StreamReader(Reader):
    """By server-sent events; as a browser it asks for the same address again, and names the last id that it saw."""

    _writer: asyncio.StreamWriter | None = None
    _last = ""
    _first = ""

    async def _messages(self) -> AsyncIterator[Message]:
        self._first = self._first or f"/events/?{urlencode({'topics': self.visitor.topics})}"
        lines = [
            f"GET {self._first} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Authorization: Bearer {self.visitor.token}",
            *([f"Last-Event-ID: {self._last}"] if self._last else []),
        ]
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=self.source)
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
        status = (await reader.readline()).decode()
        if not status:
            raise EOFError
        if " 200 " not in status:
            raise Refused(status.strip())
        while (await reader.readline()).strip():
            pass
        async for fields in _events(reader):
            self._last = fields.get("id", self._last)
            yield json.loads(fields["data"])
            if self._last != f"{self.generation}:{self.place['events']}:{self.place['work']}":
                self.wrong.append(f"the id is {self._last}, and it stands at {self.place}")

    def hang_up(self, *, politely: bool) -> None:
        if self._writer is not None:
            if politely:
                self._writer.close()
            else:
                self._writer.transport.abort()
        self._writer = None


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[dict[str, str]]:
    """The fields of each event of a chunked response, until it ends."""
    waiting = b""
    while size := int(await reader.readline() or b"0", 16):
        waiting += (await reader.readexactly(size + 2))[:-2]
        *whole, waiting = waiting.split(b"\n\n")
        for event in whole:
            fields = (line.partition(": ") for line in event.decode().split("\n"))
            yield {name: text for name, _, text in fields}
