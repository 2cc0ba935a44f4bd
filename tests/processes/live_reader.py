"""One who reads live frames, loses the connection now and then, and goes on from where it stood, as a page does.

It keeps what it heard, and notes in `wrong` whatever the protocol does not allow: a frame twice or out of order, a
welcome elsewhere than where it stood, a heartbeat that counted otherwise, an id that is not where it stands.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlencode

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

LOGS = ("events", "work")
#: Seconds until it is tried again, at most: the first time, and however often it failed (in pages 30).
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 4.0
#: Seconds for a connection and its welcome; many thousands who come back at once are welcomed one after the other.
PATIENCE = 120.0
#: Seconds in which the server has to hear who one is, in the first message of a WebSocket.
TIME_TO_SAY_WHO = 10.0
#: Bytes that are read at once.
AT_ONCE = 65536
Message = dict[str, Any]
#: Messages that came together, each with the id that says where a client then stands, where there is one.
Batch = Iterable[tuple[str, Message]]
decode = msgspec.json.decode


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
    """`restless` says after how many messages at most, besides the welcome, it hangs up, if it `may`; 0 is never.
    `keeps` has it keep whole frames. `source` is the address that it comes from, where that is not left to the
    system."""

    def __init__(self, visitor: Visitor, port: int, dice: Random, *, restless: int = 0, keeps: bool = False) -> None:
        self.visitor, self.port, self.dice, self.restless = visitor, port, dice, restless
        self.source: tuple[str, int] | None = None
        self.may: Callable[[], bool] = lambda: True
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
        self._last = ""
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
            self.attempts[-1].outcome = self.attempts[-1].outcome or how
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
            async with asyncio.timeout(PATIENCE) as silence, contextlib.aclosing(self._batches()) as batches:
                async for batch in batches:
                    silence.reschedule(loop.time() + PATIENCE)
                    for id, message in batch:
                        if message["type"] == "end":
                            return str(message["name"])
                        self._hear(id, message)
                        left -= 1
                        if self.restless and left <= 0 and self.may():
                            return "dropped"
            return "broken"
        finally:
            self.hang_up(politely=self.dice.random() < 0.3)

    def leave(self) -> None:
        self._leaving.set()
        self.hang_up(politely=False)

    async def until(self, done: Callable[[Reader], bool]) -> None:
        """Wait until it is so; asked after each batch of messages."""
        while not done(self):
            self._news.clear()
            await self._news.wait()

    @abstractmethod
    def _batches(self) -> AsyncIterator[Batch]:
        """Connect, and what comes."""

    @abstractmethod
    def hang_up(self, *, politely: bool) -> None:
        """End the connection with a word, or as one whose cable is pulled."""

    # --- what it hears

    def _hear(self, id: str, message: Message) -> None:
        if "position" in message:
            self._frame(message)
        elif message["type"] == "welcome":
            self._welcome(message)
        elif message["type"] == "reset":
            self.resets += 1
            self.generation, self.place = message["generation"], dict(message["positions"])
        elif message["type"] == "heartbeat":
            self._heartbeat(message)
        if id:
            self._last = id
            if id != f"{self.generation}:{self.place['events']}:{self.place['work']}":
                self.wrong.append(f"the id is {id}, and it stands at {self.place}")
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
    """By WebSocket, with the token in the first message; it names its place there or in the address. One of thousands
    in a process that is busy may itself be too late with that: its connection then ends `too late`."""

    _connection: ClientConnection | None = None

    async def _batches(self) -> AsyncIterator[Batch]:
        where = self._where
        in_address = bool(where) and self.dice.random() < 0.5
        address = f"ws://127.0.0.1:{self.port}/ws/notifications/?{urlencode(where if in_address else {})}"
        hello: Message = {"type": "hello", "token": self.visitor.token, "topics": self.visitor.topics.split(",")}
        if where and not in_address:
            hello |= {"generation": self.generation, "positions": self.place}
        words: dict[str, Any] = {"local_addr": self.source} if self.source else {}
        began = time.monotonic()
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
        said = 0.0
        try:
            await self._connection.send(msgspec.json.encode(hello).decode())
            said = time.monotonic()
            while True:
                yield [("", decode(await self._connection.recv(decode=False)))]
        except ConnectionClosed as closed:
            if closed.rcvd is not None:
                late = closed.rcvd.reason == "who are you" and (said or time.monotonic()) > began + TIME_TO_SAY_WHO
                yield [("", {"type": "end", "name": "too late" if late else closed.rcvd.reason})]

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
    _first = ""

    async def _batches(self) -> AsyncIterator[Batch]:
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
        async for events in _events(reader):
            yield map(_parsed, events)  # who hangs up has not looked at the rest

    def hang_up(self, *, politely: bool) -> None:
        if self._writer is not None:
            if politely:
                self._writer.close()
            else:
                self._writer.transport.abort()
        self._writer = None


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[Iterator[bytes]]:
    """The events of a chunked response, as many as came together, until it ends."""
    raw = waiting = b""
    last = False
    while not last and (more := await reader.read(AT_ONCE)):
        body, raw, last = _unchunked(raw + more)
        whole, end, waiting = (waiting + body).rpartition(b"\n\n")
        if end:
            yield iter(whole.split(b"\n\n"))


def _unchunked(raw: bytes) -> tuple[bytes, bytes, bool]:
    """What the whole chunks hold, what is left of a chunk, and whether the last one has come."""
    found, at = [], 0
    while (line := raw.find(b"\r\n", at)) >= 0:
        size = int(raw[at:line], 16)
        end = line + 2 + size
        if len(raw) < end + 2:
            break
        found.append(raw[line + 2 : end])
        at = end + 2
        if not size:
            return b"".join(found), b"", True
    return b"".join(found), raw[at:], False


def _parsed(event: bytes) -> tuple[str, Message]:
    """The id and the data of an event, which is the last of its lines."""
    fields, _, data = event.partition(b"\ndata: ")
    first = fields.partition(b"\n")[0]
    return first[4:].decode() if first.startswith(b"id: ") else "", decode(data)
