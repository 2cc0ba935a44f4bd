"""Many WebSockets in one process that does as little as can be: no library, one epoll, frames walked by their headers.

    listen.py PORT PATH FILE [TOKEN]

Several tokens with commas between them are shown in turn, as of several people. It obeys lines on stdin and answers
each with one line: `open N` (open so many more; with a token each says who it is, and is open when it was welcomed),
`count` (the updates heard, and nanoseconds of the last one), `end` (writes (number, nanoseconds) of each update that
was heard to FILE). An update has its number in its text, as `"#0000123`. Each answer ends with the number of
connections that broke.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import socket
import sys
import time
from array import array

MARK = b'"#'
DIGITS = 7
#: Handshakes at once, and addresses to come from: one address has ports for some ten thousand only.
AT_ONCE, SOURCES = 100, 20
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
TEXT, PING, PONG = 1, 9, 10


def masked(opcode: int, payload: bytes) -> bytes:
    """A frame of the client; masked with zeros, which leaves it as it is."""
    size = bytes([128 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return bytes([128 | opcode]) + size + bytes(4) + payload


class Crowd:
    """`numbers` and `instants` are the updates that were heard, `broken` the connections that ended."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self.numbers, self.instants = array("q"), array("q")
        self.broken = self.opened = self.waiting = 0
        self._address = ("127.0.0.1", port)
        hellos = [json.dumps({"type": "hello", "token": one}).encode() for one in token.split(",") if one]
        self._hellos = [masked(TEXT, hello) for hello in hellos]
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade"]
        rest = [f"Sec-WebSocket-Key: {KEY.decode()}", "Sec-WebSocket-Version: 13", "", ""]
        self._request = "\r\n".join(lines + rest).encode()
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        #: What came and was not whole; and those whose handshake is not over.
        self._left: dict[int, bytes] = {}
        self._shaking: set[int] = set()
        self._poll.register(0, select.EPOLLIN)

    def run(self, until: int) -> None:
        """Go on until so many are open, or, with 0, until there is a line on stdin."""
        while not until or self.opened + self.broken < until:
            while until and self.waiting < AT_ONCE and len(self._sockets) + self.broken < until:
                self._connect()
            for number, _ in self._poll.poll(-1, 4096):
                if number == 0 and not until:
                    return
                if number:
                    self._hear(number)

    def _connect(self) -> None:
        made = socket.socket()
        made.bind((f"127.0.1.{1 + len(self._sockets) % SOURCES}", 0))
        made.connect(self._address)
        made.sendall(self._request)
        self._sockets[made.fileno()] = made
        self._shaking.add(made.fileno())
        self.waiting += 1
        self._poll.register(made.fileno(), select.EPOLLIN)

    def _hear(self, number: int) -> None:
        try:
            data = self._sockets[number].recv(262144)
        except OSError:
            data = b""
        if not data:
            self._lose(number)
            return
        if number in self._left:
            data = self._left.pop(number) + data
        if number in self._shaking:
            data = self._shake(number, data)
        if data and (rest := self._walk(number, data, time.monotonic_ns())):
            self._left[number] = rest

    def _lose(self, number: int) -> None:
        self._poll.unregister(number)
        self._sockets.pop(number).close()
        self._left.pop(number, None)
        self._shaking.discard(number)
        self.broken += 1

    def _shake(self, number: int, data: bytes) -> bytes:
        """The answer to the request; returns what comes after it."""
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            self._left[number] = data
            return b""
        if b" 101 " not in head.partition(b"\r\n")[0]:
            raise SystemExit(f"refused: {data.decode()}")
        self._shaking.discard(number)
        if self._hellos:
            self._sockets[number].sendall(self._hellos[number % len(self._hellos)])
        else:
            self.opened, self.waiting = self.opened + 1, self.waiting - 1
        return rest

    def _walk(self, number: int, data: bytes, moment: int) -> bytes:
        """Take frame by frame; returns the part of one that is not whole yet."""
        at, size = 0, len(data)
        while size - at >= 2:
            length, head = data[at + 1], 2
            if length == 126:
                length, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            elif length == 127:
                length, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
            end = at + head + length
            if end > size:
                break
            mark = data.find(MARK, at, end) if data[at] & 15 == TEXT else -1
            if mark >= 0:
                self.numbers.append(int(data[mark + 2 : mark + 2 + DIGITS]))
                self.instants.append(moment)
            else:
                self._other(number, data[at] & 15, data[at + head : end])
            at = end
        return data[at:]

    def _other(self, number: int, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            with contextlib.suppress(OSError):
                self._sockets[number].sendall(masked(PONG, payload))
        elif b'"welcome"' in payload:
            self.opened, self.waiting = self.opened + 1, self.waiting - 1


def main(port: str, path: str, file: str, token: str = "") -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd(int(port), path, token)
    answer = "ready"
    while True:
        os.write(1, f"{answer} {crowd.broken}\n".encode())
        crowd.run(0)
        word, _, number = os.read(0, 100).decode().strip().partition(" ")
        if word == "open":
            crowd.run(crowd.opened + crowd.broken + int(number))
            answer = f"{crowd.opened}"
        elif word == "count":
            answer = f"{len(crowd.numbers)} {crowd.instants[-1] if crowd.instants else 0}"
        else:
            with open(file, "wb") as out:
                for pair in zip(crowd.numbers, crowd.instants, strict=True):
                    array("q", pair).tofile(out)
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
