"""A bad network between a service and the product: slow, torn in the middle of an answer, or silent for ever."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random


@dataclass
class Weather:
    """What becomes of what is carried. `latency` is seconds for each piece, at most; `resets` and `swallowed` are how
    probable it is that an answer is torn, and that a connection is taken and never answered."""

    latency: float = 0.0
    resets: float = 0.0
    swallowed: float = 0.0
    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("carried", "torn", "swallowed"), 0))


class BadNetwork:
    """Carries connections to the product's port, through the weather of the moment."""

    def __init__(self, to: int, weather: Weather, seed: int = 3) -> None:
        self._to, self.weather, self._dice = to, weather, Random(seed)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self._swallowed: list[socket.socket] = []
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def end(self) -> None:
        self._ended.set()
        self._listening.close()
        for one in self._swallowed:
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if self._dice.random() < self.weather.swallowed:
                    self.weather.seen["swallowed"] += 1
                    self._swallowed.append(near)  # half open: taken, and nobody is there
                    continue
                with contextlib.suppress(OSError):
                    far = socket.create_connection(("127.0.0.1", self._to))
                    threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
                    threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self._ended.wait(self._dice.uniform(0, self.weather.latency))
                if answers and self._dice.random() < self.weather.resets:
                    self._tear(one, other, data)
                    return
                if answers and self._dice.random() < self.weather.swallowed:
                    self.weather.seen["swallowed"] += 1
                    self._swallowed += [one, other]  # open still, and nothing comes any more
                    return
                self.weather.seen["carried"] += 1
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def _tear(self, one: socket.socket, other: socket.socket, data: bytes) -> None:
        """The product has answered; half of it arrives, or none, and then a reset."""
        self.weather.seen["torn"] += 1
        other.sendall(data[: self._dice.choice((0, len(data) // 2))])
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        other.close()
        one.close()


@contextmanager
def bad_network(to: int, **weather: float) -> Iterator[BadNetwork]:
    made = BadNetwork(to, Weather(**weather))  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.end()
