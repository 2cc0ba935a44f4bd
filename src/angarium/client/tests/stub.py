"""Angarium as a service sees it, on a loopback port: it keeps what is reported by the accept rule, answers as it is
told, can be away, and remembers every call."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

TERMINAL = {"succeeded", "failed", "cancelled"}
#: Moods besides plain statuses. Who is RESET hears nothing and did nothing; who is LOST did it and says nothing.
HTML, HTML_200, HTML_404, HTML_413 = "html", "html_200", "html_404", "html_413"
MALFORMED, SLOW, RESET, LOST = "malformed", "slow", "reset", "lost"
Mood = int | str | None
PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(eq=False)
class Op:
    """A head, what was reported, and who holds it."""

    id: UUID
    kind: str = "test"
    input: dict[str, Any] = field(default_factory=dict)
    state: str = "queued"
    epoch: int = 0
    seq: int = 0
    claims: int = 0
    held: bool = False
    keys: set[str] = field(default_factory=set)
    known: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    applied: list[dict[str, Any]] = field(default_factory=list)
    late: list[dict[str, Any]] = field(default_factory=list)

    @property
    def head(self) -> dict[str, Any]:
        return {"state": self.state, "epoch": self.epoch, "seq": self.seq}

    def take(self, report: dict[str, Any]) -> dict[str, Any]:
        place = report["epoch"], report["seq"]
        if place in self.known:
            same = self.known[place] == report
            return self._answer("repeat") if same else self._refuse("other_body")
        if report["epoch"] != self.epoch:
            return self._refuse("lease_lost" if report["epoch"] < self.epoch else "not_claimed")
        if report["seq"] > self.seq and self.state in TERMINAL:
            return self._refuse("already_final")
        self.known[place] = report
        if report["seq"] <= self.seq:
            self.late.append(report)
            return self._answer("late")
        self.applied.append(report)
        self.seq, self.state = report["seq"], report.get("state") or self.state
        self.held = self.held and self.state == "running"
        return self._answer("applied")

    def _answer(self, verdict: str) -> dict[str, Any]:
        return {"status": 200, "applied": verdict == "applied", "verdict": verdict, "head": self.head}

    def _refuse(self, code: str) -> dict[str, Any]:
        return {"status": 409, "code": code, "detail": f"It is {code}.", "head": self.head}


class Stub:
    """`mood` is how it answers; `moods` are for the next calls, one each; both for paths alone that hold `moody`.
    `retry_after` goes out with every answer, `refused_items` are answers to the reports of an operation."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.calls: list[Asked] = []
        self.operations: dict[UUID, Op] = {}
        self.mood: Mood = None
        self.moods: deque[Mood] = deque()
        self.moody = ""
        self.retry_after = ""
        self.refused_items: dict[UUID, dict[str, Any]] = {}
        self.most_items = 1000
        self._open: set[socket.socket] = set()
        self.port = 0
        self.listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def listen(self) -> None:
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), type("Bound", (Handler,), {"stub": self}))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def refuse(self) -> None:
        """Nobody listens from here on, and whoever is connected is cut off."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        with self.changed:
            cut = list(self._open)
        for connection in cut:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def op(self, kind: str = "test", **input: Any) -> Op:
        """One that is queued."""
        made = Op(uuid4(), kind, input)
        self.operations[made.id] = made
        return made

    def until(self, condition: Callable[[], bool], within: float = 20) -> None:
        """Wait for something that a call changes."""
        ends = time.monotonic() + within
        with self.changed:
            while not condition():
                left = ends - time.monotonic()
                assert left > 0, f"not in time; calls: {[asked.path for asked in self.calls[-20:]]}"
                self.changed.wait(min(left, 0.1))

    def asked(self, ending: str) -> list[Asked]:
        """The calls of paths that end so."""
        with self.changed:
            return [call for call in self.calls if call.path.partition("?")[0].endswith(ending)]

    def answer(self, call: Asked) -> tuple[int, Any]:
        path = call.path.partition("?")[0].removeprefix("/api/operations")
        match call.method, path.strip("/").split("/"):
            case "POST", ["operations"]:
                said = call.json
                return 201, {"id": str(self.op(said["kind"], **said.get("input", {})).id)}
            case "POST", ["operations:claim"]:
                given = [op for op in self.operations.values() if call.json["key"] in op.keys]
                free = (op for op in self.operations.values() if op.kind in call.json["kinds"] and self._free(op))
                due = given or list(free)
                return 200, {"claims": [self._claim(op, call) for op in due[: call.json.get("limit", 1)]]}
            case "POST", ["operations", "leases:batch"] if not isinstance(call.json["lease_seconds"], int):
                return 400, _problem(400, "invalid")
            case "POST", ["operations", "leases:batch"]:
                return 200, self._renew(call.json["leases"])
            case "POST", ["operations", "transitions:batch"]:
                return self._report(call.json["transitions"])
            case "POST", ["operations", id, "claim"]:
                return self._claimed(self.operations.get(UUID(id)), call)
            case "POST", ["operations", id]:
                op = self.operations[UUID(id.removesuffix(":cancel"))]
                op.state, op.held = "cancelled", False
                return 200, self._shown(op)
            case "GET", ["operations", id]:
                op = self.operations.get(UUID(id))
                return (200, self._shown(op)) if op else (404, _problem(404, "no_operation"))
            case "GET", ["operations"]:
                return self._listed(call)
        return 404, _problem(404, "not_found")

    def _free(self, op: Op) -> bool:
        return not op.held and op.state not in TERMINAL

    def _claimed(self, op: Op | None, call: Asked) -> tuple[int, Any]:
        if op is None:
            return 404, _problem(404, "no_operation")
        if not self._free(op) and call.json["key"] not in op.keys:
            return 409, _problem(409, "not_claimable")
        return 200, self._claim(op, call)

    def _claim(self, op: Op, call: Asked) -> dict[str, Any]:
        said = {"lease_seconds": 30, **call.json}
        if said["key"] not in op.keys:
            op.keys.add(said["key"])
            op.epoch, op.claims, op.seq, op.state, op.held = op.epoch + 1, op.claims + 1, 0, "running", True
        until = datetime.now(UTC) + timedelta(seconds=said["lease_seconds"])
        nothing = dict.fromkeys(("actor", "event_id", "retry_of", "parent"))
        counted = {"epoch": op.epoch, "attempt": op.claims, "max_claims": 5, "lease_seconds": said["lease_seconds"]}
        given = {"operation": str(op.id), "kind": op.kind, "input": op.input, "metadata": {}, "stage": ""}
        return {**given, **counted, **nothing, "lease_until": until.isoformat()}

    def _renew(self, leases: list[dict[str, Any]]) -> dict[str, list[str]]:
        held, lost = [], []
        for lease in leases:
            op = self.operations.get(UUID(lease["operation"]))
            (held if op and op.held and op.epoch == lease["epoch"] else lost).append(lease["operation"])
        return {"held": held, "lost": lost}

    def _report(self, items: list[dict[str, Any]]) -> tuple[int, Any]:
        if len(items) > self.most_items:
            return 400, _problem(400, "invalid")
        return 200, {"results": [self._take(item) for item in items]}

    def _take(self, item: dict[str, Any]) -> dict[str, Any]:
        id = UUID(item["operation"])
        if id in self.refused_items:
            return self.refused_items[id]
        op = self.operations.get(id)
        return op.take(item) if op else {"status": 404, "code": "no_operation", "detail": "There is none."}

    def _listed(self, call: Asked) -> tuple[int, Any]:
        """Two to a page."""
        query = dict(pair.split("=") for pair in call.path.partition("?")[2].split("&") if pair)
        shown = [self._shown(op) for op in self.operations.values() if query.get("kind") in (None, op.kind)]
        first = int(query.get("cursor") or 0)
        more = len(shown) > first + 2
        following = f"{self.url}/api/operations/operations/?kind=x&cursor={first + 2}" if more else None
        return 200, {"results": shown[first : first + 2], "next": following}

    def _shown(self, op: Op) -> dict[str, Any]:
        progress = {"done": None, "total": None, "unit": "", "percent": None, "eta": None}
        return {"id": str(op.id), "kind": op.kind, "progress": progress, "extra": 1, "error": None, **op.head}


def _problem(status: int, code: str) -> dict[str, Any]:
    return {"type": f"urn:angarium:problem:{code}", "title": code, "status": status, "code": code, "detail": f"{code}."}


class Handler(BaseHTTPRequestHandler):
    """`stub` is given by a class of each server's own."""

    stub: Stub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        with self.stub.changed:
            self.stub._open.add(self.connection)

    def finish(self) -> None:
        with self.stub.changed:
            self.stub._open.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        call = Asked(self.command, self.path, dict(self.headers), body)
        with self.stub.changed:
            self.stub.calls.append(call)
            moody = self.stub.moody in call.path
            mood = self.stub.moods.popleft() if moody and self.stub.moods else self.stub.mood if moody else None
            status, said = self.stub.answer(call) if mood in (None, LOST, SLOW) else (0, None)
        if mood == SLOW:
            self.stub.released.wait()
        self._say(mood, status, said)
        with self.stub.changed:
            self.stub.changed.notify_all()

    do_POST = do_GET  # noqa: N815  the name that http.server looks for

    def _say(self, mood: Mood, status: int, said: Any) -> None:
        match mood:
            case "reset" | "lost":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
            case "html" | "html_200" | "html_404" | "html_413":
                self._send(int(str(mood).partition("_")[2] or 502), PAGE, "text/html")
            case "malformed":
                self._send(200, b'{"results": [{"status": 200', "application/json")
            case int():
                self._send(mood, json.dumps(_problem(mood, f"of_{mood}")).encode(), "application/problem+json")
            case _:
                self._send(status, json.dumps(said).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.stub.retry_after:
            self.send_header("Retry-After", self.stub.retry_after)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Its log is the list of its calls."""


@contextmanager
def serving() -> Iterator[Stub]:
    stub = Stub()
    try:
        yield stub
    finally:
        stub.refuse()
