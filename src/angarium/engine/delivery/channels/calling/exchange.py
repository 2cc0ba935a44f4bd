"""One POST to an address that was looked at: no redirects, no proxy, no cookies, and an end after so many seconds."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from angarium.engine.delivery.channel import DeliveryFailure, ProviderAway, UnknownOutcome

from .address import Resolve, Target, addresses
from .answers import Answer

#: Seconds for one address to let us in; bytes of an answer that are read.
CONNECTING, MOST_READ = 5.0, 4096


class Timed:
    """A connected socket for `http.client` that answers until a moment of the monotonic clock, however slowly it
    drips. TimeoutError after that."""

    def __init__(self, connected: socket.socket, until: float) -> None:
        self._socket, self._until = connected, until

    def sendall(self, data: Any) -> None:
        self._socket.settimeout(self.left())
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reading(self))

    def receive(self, into: Any) -> int:
        self._socket.settimeout(self.left())
        return self._socket.recv_into(into)

    def left(self) -> float:
        """Seconds; TimeoutError when there are none."""
        if (left := self._until - time.monotonic()) <= 0:
            raise TimeoutError("too slow")
        return left

    def close(self) -> None:
        """Nothing: `http.client` closes as soon as it has the headers; who connected does it at the end."""


class _Reading(io.RawIOBase):
    def __init__(self, timed: Timed) -> None:
        self._timed = timed

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        return self._timed.receive(into)


def posted(
    target: Target, body: bytes, headers: Mapping[str, str], *, within: float, resolve: Resolve = socket.getaddrinfo
) -> Answer:
    """What came of it, within that many seconds from when the name is looked up. ProviderAway, PermanentFailure,
    UnknownOutcome."""
    found = addresses(target, resolve)
    until = time.monotonic() + within
    connected = _connected(target, found, until)
    try:
        return _asked(target, Timed(connected, until), body, headers)
    except TimeoutError as error:
        raise UnknownOutcome(f"The receiver did not answer within {within:g} seconds.") from error
    except (OSError, HTTPException) as error:
        raise UnknownOutcome(f"The answer cannot be read: {_told(error)}") from error
    finally:
        connected.close()


def _connected(target: Target, found: list[str], until: float) -> socket.socket:
    """A connection to the first address that lets us in, with TLS by the name of the host where it is https."""
    failure: DeliveryFailure = ProviderAway(f"{target.named} was not reached in time.")
    for address in found:
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            return _secured(target, socket.create_connection((address, target.port), min(left, CONNECTING)))
        except OSError as error:  # refused, no route, timed out, a certificate of somebody else
            failure = ProviderAway(f"{target.named} cannot be reached: {_told(error)}")
    raise failure


def _secured(target: Target, plain: socket.socket) -> socket.socket:
    if target.scheme == "http":
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


def _asked(target: Target, timed: Timed, body: bytes, headers: Mapping[str, str]) -> Answer:
    connection = HTTPConnection(target.host, target.port)
    connection.sock = timed
    said = {"Host": target.named, "Content-Length": str(len(body)), "Connection": "close", **headers}
    connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    for name, value in said.items():
        connection.putheader(name, value)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it had heard all
        connection.endheaders(body)
    response = connection.getresponse()
    return Answer(response.status, _beginning(response), response.getheader("Retry-After", ""))


def _beginning(response: HTTPResponse) -> bytes:
    """What the status says stands, whatever becomes of the body."""
    try:
        return response.read(MOST_READ)
    except (OSError, HTTPException):
        return b""


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
