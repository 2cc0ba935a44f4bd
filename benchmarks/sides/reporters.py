"""Everybody who reports, in one process that does as little as can be: no library, one epoll, requests made before the
clock starts, connections that are kept.

    reporters.py JOB

The job is JSON: `port`, `token`, `shape` (see wanted) and each `every`th `rare`, `connections`, `seconds`, `most`
requests, `operations` to choose from (with the numbers `start`, `start + stride`, …), `first` (seqs count up from here
for each operation), `rate` a second (0: the next one as soon as one is answered), `batch` (items in a request), `seed`,
`file`. It prints what came of it as JSON, and writes (operation, seq) of each report that was taken to `file`. Sending
ends after so many seconds; every answer is waited for.
"""

from __future__ import annotations

import gc
import json
import random
import re
import resource
import select
import socket
import sys
import time
from array import array
from typing import Any

from wanted import SHAPES

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
#: Seconds to wait for answers after the last request was sent.
PATIENCE = 60.0
Places = list[tuple[int, int]]


def made(job: dict[str, Any]) -> tuple[list[bytes], list[Places]]:
    """The requests, and what each of them is about."""
    host, token = b"127.0.0.1:%d" % job["port"], job["token"]
    dice = random.Random(job["seed"])  # noqa: S311  the same choice for every side
    often: dict[int, int] = {}
    requests, about = [], []
    for number in range(1, job["most"] + 1):
        shape = SHAPES[job["rare"] if job["every"] and number % job["every"] == 0 else job["shape"]]
        places = []
        for _ in range(job["batch"] or 1):
            one = job["start"] + dice.randrange(job["operations"]) * job["stride"]
            often[one] = often.get(one, job["first"] - 1) + 1
            places.append((one, often[one]))
        about.append(places)
        requests.append(shape.batch_of(places, host, token) if shape.batch else shape.request(*places[0], host, token))
    return requests, about


class Crowd:
    """`statuses` and `delays` (nanoseconds) of requests in the order in which they were sent; 0 where none came."""

    def __init__(self, job: dict[str, Any], requests: list[bytes]) -> None:
        self.requests, self.rate, self.seconds = requests, job["rate"], job["seconds"]
        self.statuses, self.delays = array("h", bytes(2 * len(requests))), array("q", bytes(8 * len(requests)))
        self.answers: dict[int, bytes] = {}
        self.whole, self.sent, self.broken = bool(job["batch"]), 0, 0
        self.address = ("127.0.0.1", job["port"])
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.asked: dict[int, int] = {}
        self.left: dict[int, bytes] = {}
        self.due = array("q", bytes(8 * len(requests)))
        self.free = [self.connect() for _ in range(job["connections"])]

    def connect(self) -> int:
        opened = socket.create_connection(self.address, timeout=PATIENCE)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        number = opened.fileno()
        self.sockets[number] = opened
        self.poll.register(number, select.EPOLLIN)
        return number

    def run(self) -> float:
        """Send, and wait for what was sent; the seconds until the last answer came."""
        began = time.monotonic_ns()
        end = began + int(self.seconds * 1e9)
        while (now := time.monotonic_ns()) < end and (self.sent < len(self.requests)):
            wait = self.send(began, now)
            self.hear(min(wait, (end - now) / 1e9 + 0.001))
        deadline = time.monotonic() + PATIENCE
        while self.asked and time.monotonic() < deadline:
            self.hear(1.0)
        return (time.monotonic_ns() - began) / 1e9

    def send(self, began: int, now: int) -> float:
        """Send what is due on connections that are free; seconds until the next is due."""
        gap = int(1e9 / self.rate) if self.rate else 0
        while self.free and self.sent < len(self.requests):
            due = began + self.sent * gap if gap else now
            if due > now:
                return (due - now) / 1e9
            self.ask(self.free.pop(), due)
        return 1.0

    def ask(self, number: int, due: int) -> None:
        self.asked[number] = self.sent
        self.due[self.sent] = due
        self.sent += 1
        self.sockets[number].sendall(self.requests[self.asked[number]])

    def hear(self, seconds: float) -> None:
        for number, _ in self.poll.poll(seconds, 1024):
            try:
                data = self.sockets[number].recv(262144)
            except OSError:
                data = b""
            if not data:
                self.lose(number)
                continue
            if number in self.left:
                data = self.left.pop(number) + data
            self.read(number, data)

    def read(self, number: int, data: bytes) -> None:
        head = data.find(b"\r\n\r\n")
        found = LENGTH.search(data, 0, head + 2) if head > 0 else None
        if found is None or len(data) < head + 4 + int(found[1]):
            self.left[number] = data
            return
        request = self.asked.pop(number)
        self.delays[request] = time.monotonic_ns() - self.due[request]
        self.statuses[request] = int(data[9:12])
        if self.whole:
            self.answers[request] = data[head + 4 :]
        self.free.append(number)

    def lose(self, number: int) -> None:
        """The server hung up: a request without an answer stays without one."""
        self.sockets.pop(number).close()
        self.left.pop(number, None)
        if number in self.free:
            self.free.remove(number)
        self.broken += self.asked.pop(number, None) is not None
        self.free.append(self.connect())


def taken(crowd: Crowd, about: list[Places]) -> Places:
    """What the server said that it took."""
    found: Places = []
    for request, status in enumerate(crowd.statuses):
        if status == 200 and request in crowd.answers:
            results = json.loads(crowd.answers[request])["results"]
            found += [place for place, one in zip(about[request], results, strict=True) if one["status"] == 200]
        elif status in (200, 201):
            found += about[request]
    return found


def main(job: dict[str, Any]) -> None:
    gc.disable()
    requests, about = made(job)
    crowd = Crowd(job, requests)
    before = resource.getrusage(resource.RUSAGE_SELF)
    took = crowd.run()
    after = resource.getrusage(resource.RUSAGE_SELF)
    found = taken(crowd, about)
    with open(job["file"], "ab") as file:
        array("q", [number for place in found for number in place]).tofile(file)
    statuses: dict[int, int] = {}
    for status in crowd.statuses[: crowd.sent]:
        statuses[status] = statuses.get(status, 0) + 1
    delays = [delay // 1000 for status, delay in zip(crowd.statuses, crowd.delays, strict=True) if status]
    told = {"sent": crowd.sent, "answers": len(delays), "seconds": took, "broken": crowd.broken}
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    json.dump({**told, "statuses": statuses, "processor": spent, "delays": delays}, sys.stdout)


main(json.loads(sys.argv[1]))
