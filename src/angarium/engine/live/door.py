"""Who may come in: origin, address, how often, and what the query asks for. What is refused is a problem+json."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from angarium.kernel.errors import AngariumError, Invalid

from .errors import NotUnderstood, OtherOrigin, TokenInAddress, TooOften
from .frames import encode
from .place import LOGS, Place, parsed, placed
from .topics import EVERY

MOST_TOPICS = 100
LONGEST_NAME = 120
Scope = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a connection asks for: topics, from which place on (None: from now on), on which host; and what it shows."""

    topics: tuple[str, ...]
    place: Place | None
    host: str
    session: str
    bearer: str

    @property
    def showed(self) -> tuple[str, str]:
        return self.session, self.bearer


def asked(scope: Scope) -> Asked:
    """Read a request to connect. Raises what is to be refused."""
    headers = _headers(scope)
    host = _host(headers)
    _same_origin(headers, host, secure=scope.get("scheme") in {"https", "wss"})
    query = _query(scope)
    return Asked(
        topics=names_in(query.get("topics", EVERY).split(",")),
        place=_place(query, headers),
        host=host,
        session=_session(headers),
        bearer=_bearer(headers),
    )


def names_in(names: object) -> tuple[str, ...]:
    """The topics that a client names. Invalid when these are none."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Invalid("Give topics as a list of names such as lesson:7.", field="topics")
    wanted = tuple(dict.fromkeys(name.strip() for name in names if name.strip())) or (EVERY,)
    if len(wanted) > MOST_TOPICS:
        raise Invalid(f"At most {MOST_TOPICS} topics at once; follow all of a kind with lesson:*.", field="topics")
    if any(len(name) > LONGEST_NAME or not name.isprintable() for name in wanted):
        raise Invalid(f"A topic's name has at most {LONGEST_NAME} characters.", field="topics")
    return wanted


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _host(headers: dict[str, str]) -> str:
    host = headers.get("host", "")
    domain, _port = split_domain_port(host)
    allowed = settings.ALLOWED_HOSTS or ([".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])
    if not domain or not validate_host(domain, allowed):
        raise Invalid("This server does not answer to that name.", field="Host")
    return host


def _same_origin(headers: dict[str, str], host: str, *, secure: bool) -> None:
    """A page of another site could use the visitor's cookie; programs send no origin."""
    if headers.get("sec-fetch-site") in {"cross-site", "same-site"} and "origin" not in headers:
        raise OtherOrigin
    origin = headers.get("origin")
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return
    said = urlsplit(origin)
    behind_tls = bool(getattr(settings, "SECURE_PROXY_SSL_HEADER", None))
    if said.netloc.lower() != host.lower() or (said.scheme != "https" and (secure or behind_tls)):
        raise OtherOrigin


def _query(scope: Scope) -> dict[str, str]:
    try:
        query = parse_qs(scope.get("query_string", b"").decode(), True, max_num_fields=20, errors="strict")
    except ValueError:
        raise Invalid("The address is not understood.") from None
    if {"token", "access_token", "authorization"} & query.keys():
        raise TokenInAddress(field="token")
    unknown = sorted(query.keys() - {"topics", "generation", "events", "work"})
    if unknown:
        raise Invalid(
            f"{unknown[0][:50]} is not known; topics, generation, events and work are.", field=unknown[0][:50]
        )
    return {name: values[-1] for name, values in query.items()}


def _place(query: dict[str, str], headers: dict[str, str]) -> Place | None:
    """`Last-Event-ID` counts more than the query, which stays as it was when a browser connects again."""
    last = headers.get("last-event-id")
    if last:
        return parsed(last) or Place("unknown", 0, 0)  # not ours, so that a reset is due
    if not {"generation", "events", "work"} & query.keys():
        return None
    place = placed(query.get("generation", ""), query.get("events"), query.get("work"))
    if place is None:
        raise Invalid("Give generation, events and work together, as the page or the last frames had them.")
    return place


def place_in(message: dict[str, Any], here: Place) -> Place | None:
    """The place that a message names, if it names one; of a log that it does not name, here. NotUnderstood for a half
    one."""
    if "resume" in message:
        return _place_in_one_log(message["resume"], here)
    positions = message.get("positions")
    if positions is None and message.get("generation") is None:
        return None
    if isinstance(positions, dict):
        place = placed(message.get("generation") or "", positions.get("events"), positions.get("work"))
        if place is not None:
            return place
    raise NotUnderstood('Give "generation" and "positions" with "events" and "work".', field="positions")


def logs_in(message: dict[str, Any]) -> tuple[str, ...]:
    """The logs of which a message names its place."""
    return (message["resume"]["log"],) if "resume" in message else LOGS


def _place_in_one_log(resume: Any, here: Place) -> Place:
    """Of `{"log": "events", "generation": G, "position": 120}`."""
    if isinstance(resume, dict) and resume.get("log") in LOGS:
        positions = {**here.positions, resume["log"]: resume.get("position")}
        place = placed(resume.get("generation") or "", **positions)
        if place is not None:
            return place
    raise NotUnderstood('Give "log" ("events" or "work"), "generation" and "position".', field="resume")


def _session(headers: dict[str, str]) -> str:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    found = cookies.get(settings.SESSION_COOKIE_NAME)
    return found.value if found else ""


def _bearer(headers: dict[str, str]) -> str:
    scheme, _, secret = headers.get("authorization", "").strip().partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


class Turnstile:
    """So many attempts a minute from each address, a burst of as many at once."""

    MOST_ADDRESSES = 10_000

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def enter(self, address: str, *, per_minute: int) -> None:
        """Count an attempt. TooOften when there were too many, with the seconds until the next one as `after`."""
        moment = time.monotonic()
        left, since = self._left.pop(address, (float(per_minute), moment))
        left = min(float(per_minute), left + (moment - since) * per_minute / 60)
        self._left[address] = (max(0.0, left - 1), moment)
        while len(self._left) > self.MOST_ADDRESSES:
            self._left.popitem(last=False)
        if left < 1:
            raise TooOften(after=max(1, round((1 - left) * 60 / per_minute)))


def problem(refusal: AngariumError, status: int) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """A refusal as a body of problem+json, with its headers."""
    body = encode(
        {
            "type": f"urn:angarium:problem:{refusal.code}",
            "status": status,
            "code": refusal.code,
            "detail": refusal.message,
            "field": refusal.field,
        }
    )
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]
    if "after" in refusal.details:
        headers.append((b"retry-after", str(refusal.details["after"]).encode()))
    return body, headers
