"""What is served in the event loop itself: reports, and requests that wait. Everything else is handed on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import DatabaseError

from angarium.engine.api.public import Problem, TooLarge, module_of, problem_of
from angarium.engine.ledger.public import Report
from angarium.engine.observability.public import bind, get_logger
from angarium.kernel.errors import AngariumError, Invalid, Unavailable
from angarium.kernel.ids import uuid7
from angarium.modules.operations.errors import NoToken, TooManyReports
from angarium.modules.operations.reporting import Answered, answered, refused
from angarium.modules.operations.wire import report_of, reports_of

from .reports.door import Headers, refuse_strangers, refuse_unknown_host
from .reports.gate import gate
from .waiting import waited

_path = re.compile(r"/operations/(?:([0-9a-fA-F-]{36})/transitions|transitions:batch)/?")
_sane = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_JSON, _PROBLEM = b"application/json", b"application/problem+json"
#: Ids of requests that bring none: this process, and a number.
_process, _number = str(uuid7()), count(1)
_log = get_logger(__name__)


class Left(Exception):
    """Whoever asked is not there any more."""


def wrapped(inner: Any) -> Any:
    """The application that takes reports itself, has those wait who want to, and hands the rest to `inner`."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        path = _inside(scope) if scope["type"] == "http" and scope["method"] in {"GET", "POST"} else None
        if path is not None and scope["method"] == "GET":
            receive = await waited(scope, path, receive)
            if receive is None:
                return
        place = _path.fullmatch(path) if path is not None and scope["method"] == "POST" else None
        if place is None:
            await inner(scope, receive, send)
            return
        headers: Headers = dict(scope["headers"])
        try:
            status, body, extra = await _answer(place[1] or "", headers, receive)
        except Left:
            return
        kind = _JSON if status < 400 else _PROBLEM
        said = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": said + extra})
        await send({"type": "http.response.body", "body": body})

    return serve


def _inside(scope: Any) -> str | None:
    """The path within this module; None where it is another one's."""
    path: str = scope["path"]
    if path.startswith("/api/operations/operations"):
        return path.removeprefix("/api/operations")
    if not path.startswith(("/operations", "/api/operations")):
        return None
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    return path.removeprefix("/api") if module_of(host) == "operations" else None


async def _answer(place: str, headers: Headers, receive: Any) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    given = headers.get(b"x-request-id", b"")
    request_id = given.decode() if _sane.fullmatch(given) else f"{_process}-{next(_number)}"
    extra = [(b"x-request-id", request_id.encode())]
    try:
        refuse_unknown_host(headers.get(b"host", b"").decode("latin-1"))
        await refuse_strangers(headers)
        body = await _body(receive, headers)
        status, members = await (_many(body) if not place else _one(UUID(place), body))
        if status < 400:
            return status, msgspec.json.encode(members), extra
        problem = _problem(status, members)
    except DatabaseError:
        problem = problem_of(Unavailable("The database does not answer in time; nothing was stored, report again."))
    except (AngariumError, ValueError) as error:
        problem = _of(error)
    except Left:
        raise
    except Exception:  # noqa: BLE001  whatever it is, whoever asked gets an answer
        _log.exception("reports.fault")
        problem = problem_of(RuntimeError())
    with bind(request_id=request_id):
        members = problem.body()
    extra += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    return problem.status, msgspec.json.encode(members), extra


async def _one(operation: UUID, body: bytes) -> tuple[int, dict[str, Any]]:
    found = answered((await gate().take([report_of(operation, body)]))[0])
    return found.status, found.body


async def _many(body: bytes) -> tuple[int, dict[str, Any]]:
    """Each by itself: what cannot be read is refused, and what can is stored beside it."""
    read = reports_of(body)
    good = [one for one in read if isinstance(one, Report)]
    answers = iter(await gate().take(good) if good else ())
    found = [refused(one) if isinstance(one, Invalid) else answered(next(answers)) for one in read]
    return 200, {"results": _results(found)}


def _results(found: Sequence[Answered]) -> list[dict[str, Any]]:
    return [{"status": one.status, **one.body} for one in found]


async def _body(receive: Any, headers: Headers) -> bytes:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    parts: list[bytes] = []
    size = int(length) if (length := headers.get(b"content-length", b"0")).isdigit() else 0
    while size <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Left
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)
        size = max(size, sum(map(len, parts)))
    raise TooLarge(f"The body is larger than {most} bytes, which is all that this server takes.")


def _of(error: Exception) -> Problem:
    if isinstance(error, NoToken):
        said = {"WWW-Authenticate": 'Bearer realm="angarium"'}
        return Problem(401, error.code, error.message, headers=said)
    if isinstance(error, TooManyReports):
        return Problem(429, error.code, error.message, headers={"Retry-After": "1"})
    return problem_of(error if isinstance(error, AngariumError) else Invalid("This is no id.", field="operation"))


def _problem(status: int, members: dict[str, Any]) -> Problem:
    code, detail, field = members.pop("code"), members.pop("detail"), members.pop("field")
    return Problem(status, code, detail, field, extra=members)
