"""One request and what its answer means: a value, a refusal, or `Unavailable` for everything that may pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx
import msgspec

from .errors import Invalid, Unavailable, refusal
from .pacing import asked_for
from .shapes import Problem

T = TypeVar("T")
#: Where the module stands on a host that has all of them, alone or under its own name.
PREFIX = "/api/operations"
#: Besides 5xx: what may be answered otherwise when it is asked again.
PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request that may be sent again without a second effect, and how its answer is read."""

    method: str
    path: str
    read: Callable[[bytes], T]
    body: bytes | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Seconds that the server may think, beside the usual timeout.
    patience: float = 0.0


def settings(url: str, token: str, timeout: float) -> dict[str, Any]:
    """What an httpx client is made with. Raises Invalid for what is no address."""
    try:
        base = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Invalid(f"{url!r} is no address: {error}.", field="url") from error
    if base.scheme not in {"http", "https"} or not base.host:
        raise Invalid(f"{url!r} is no address: write it as http://host:port.", field="url")
    if base.path in {"", "/"}:
        base = base.copy_with(path=PREFIX)
    headers = {"Accept": "application/json", "User-Agent": "angarium-client"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return {"base_url": base, "headers": headers, "timeout": timeout, "follow_redirects": False}


def arguments(call: Call[Any], timeout: float) -> dict[str, Any]:
    """What the request is made with."""
    headers = dict(call.headers) | ({"Content-Type": "application/json"} if call.body is not None else {})
    return {
        "method": call.method,
        "url": call.path,
        "content": call.body,
        "params": dict(call.query) or None,
        "headers": headers,
        "timeout": timeout + call.patience,
    }


def answer(call: Call[T], response: httpx.Response) -> T:
    """What was answered. Raises Refused, or Unavailable for what may pass: also for an answer that is not ours."""
    status = response.status_code
    if status in PASSING or status >= 500:
        after = asked_for(response.headers.get("Retry-After"))
        raise Unavailable(f"{response.url.host} answered {status}.", after=after)
    if status >= 300:
        problem = _problem(response)
        foreign = Problem(status=status, code=f"http_{status}", detail=f"{response.url} answered {status}.")
        raise refusal(problem or foreign, ours=problem is not None)
    try:
        return call.read(response.content)
    except msgspec.DecodeError as error:
        raise Unavailable(f"{response.url.host} answered {status} with something else: {error}.") from error


def unreachable(error: httpx.RequestError) -> Unavailable:
    """A connection that failed, broke or was too slow."""
    return Unavailable(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _problem(response: httpx.Response) -> Problem | None:
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError:
        return None
    return msgspec.structs.replace(problem, status=response.status_code) if problem.code else None
