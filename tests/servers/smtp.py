"""A mail server on a loopback port that does at each step as it is told, and keeps the letters that it took."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

#: Instead of an answer: say nothing until the test ends, or hang up.
SILENT, DROP = "silent", "drop"
#: Steps of a session, with what a server in good health answers. `letter` is what follows the final dot.
HEALTHY = {
    "connect": "220 stub ready",
    "helo": "250-stub\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
    "auth": "235 2.7.0 Welcome",
    "mail": "250 2.1.0 Ok",
    "rcpt": "250 2.1.5 Ok",
    "data": "354 Go on",
    "letter": "250 2.0.0 Ok: queued as STUB1",
    "quit": "221 Bye",
    "rset": "250 Ok",
}
_STEPS = {"ehlo": "helo", "helo": "helo", "auth": "auth", "mail": "mail", "rcpt": "rcpt", "data": "data"}


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes

    @property
    def message(self) -> EmailMessage:
        return cast(EmailMessage, message_from_bytes(self.data, policy=policy.default))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class SmtpServer:
    """`answers` may be changed while it runs: `server.answers["rcpt"] = "450 4.2.0 Greylisted"`. `seen` holds every
    command; `letters` those that were answered with 250, `offered` all that came whole; at each `came` is set."""

    def __init__(self, answers: Mapping[str, str], port: int = 0) -> None:
        self.answers = {**HEALTHY, **answers}
        self.letters: list[Letter] = []
        self.offered: list[Letter] = []
        self.seen: list[str] = []
        self.ended, self.came = threading.Event(), threading.Event()
        self._server = _Server(("127.0.0.1", port), self._handler())
        self.port = int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Connecting is refused from here on."""
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Session(server, self).run()

        return Handler


class _Session:
    """One connection."""

    def __init__(self, server: SmtpServer, wire: socketserver.StreamRequestHandler) -> None:
        self.server, self.wire = server, wire
        self.sender, self.recipients = "", list[str]()

    def run(self) -> None:
        if not self._answer("connect"):
            return
        while line := self.wire.rfile.readline():
            command = line.decode("utf-8", "replace").strip()
            self.server.seen.append(command)
            if not self._obey(command):
                return

    def _obey(self, command: str) -> bool:
        """False when the connection is over."""
        verb = command.partition(" ")[0].lower()
        if verb == "quit":
            self._answer("quit")
            return False
        step = _STEPS.get(verb, "rset")
        if not self._answer(step):
            return False
        if step == "mail":
            self.sender, self.recipients = command.partition(":")[2], []
        if step == "rcpt":
            self.recipients.append(command.partition(":")[2].strip(" <>"))
        return self._letter() if verb == "data" and self.server.answers["data"].startswith("354") else True

    def _letter(self) -> bool:
        lines: list[bytes] = []
        while (line := self.wire.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b"..") else line)
        letter = Letter(self.sender, tuple(self.recipients), b"".join(lines))
        self.server.offered.append(letter)
        self.server.came.set()
        if self.server.answers["letter"].startswith("250"):
            self.server.letters.append(letter)
        return self._answer("letter")

    def _answer(self, step: str) -> bool:
        """Say what this step is answered with; False when that ends the connection."""
        answer = self.server.answers[step]
        if answer == SILENT:
            self.server.ended.wait()
        if answer in {SILENT, DROP}:
            return False
        self.wire.wfile.write(f"{answer}\r\n".encode())
        return True


@contextmanager
def smtp_server(port: int = 0, **answers: str) -> Iterator[SmtpServer]:
    """A server for as long as the block lasts: `smtp_server(rcpt="550 5.1.1 No such mailbox")`."""
    server = SmtpServer(answers, port)
    server.start()
    try:
        yield server
    finally:
        server.stop()
