"""An HTTP server on a loopback port that answers as it is told, and keeps what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers.smtp import DROP, SILENT


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class HttpServer:
    """`status` is a number, SILENT or DROP; it, `headers` and `body` may be changed while it runs. `asked` holds the
    requests."""

    def __init__(self, status: int | str, body: str) -> None:
        self.status, self.body = status, body
        self.headers: dict[str, str] = {}
        self.asked: list[Asked] = []
        self.ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Connecting is refused from here on."""
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.asked.append(Asked(self.path, dict(self.headers), body))
                if server.status == SILENT:
                    server.ended.wait()
                if server.status in {SILENT, DROP}:
                    self.close_connection = True
                    return
                self.send_response(int(server.status))
                for name, value in {"Content-Type": "application/json", **server.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(server.body.encode())

            def log_message(self, *_: object) -> None:
                """Its log is the list of what it was asked."""

        return Handler


@contextmanager
def http_server(status: int | str = 200, body: str = "{}") -> Iterator[HttpServer]:
    """A server for as long as the block lasts."""
    server = HttpServer(status, body)
    server.start()
    try:
        yield server
    finally:
        server.stop()
