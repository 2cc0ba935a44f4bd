"""Other deployments: where events go, where they may come from, and what we are called there (ADR-0011).

FORWARD_TO=projects amqp://user:password@host:5672// lessons.*; archive rediss://:password@other:6379/0
    name and broker of each peer, then which types of events it gets: all of the modules that run here when none is said
"""

from __future__ import annotations

import re
from typing import TypedDict
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from . import env

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SCHEMES = {"amqp", "amqps", "redis", "rediss"}
_FORM = "Write projects amqp://user:password@host:5672// lessons.*, with a semicolon between peers."


class PeerSetting(TypedDict):
    """One peer, as it was written."""

    name: str
    url: str
    types: tuple[str, ...]


def _peer(text: str) -> PeerSetting:
    """ImproperlyConfigured says what is wrong; the password in the URL is never shown."""
    name, url, *types = [*text.split(), ""]
    if not _NAME.fullmatch(name):
        raise ImproperlyConfigured(f"FORWARD_TO has no good name for a peer (small letters, digits, hyphens). {_FORM}")
    if urlsplit(url).scheme not in _SCHEMES or not urlsplit(url).hostname:
        raise ImproperlyConfigured(f"FORWARD_TO names no broker (amqp:// or redis://) for {name}. {_FORM}")
    return {"name": name, "url": url, "types": tuple(types[:-1]) or ("*",)}


def _peers(text: str) -> tuple[PeerSetting, ...]:
    found = tuple(_peer(one) for one in text.split(";") if one.strip())
    if len({one["name"] for one in found}) < len(found):
        raise ImproperlyConfigured(f"FORWARD_TO names a peer twice. {_FORM}")
    return found


def _names(variable: str, names: list[str]) -> tuple[str, ...]:
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise ImproperlyConfigured(f"{variable} has {wrong[0]!r}. Write names of small letters, digits and hyphens.")
    return tuple(names)


FORWARD_TO = _peers(env.text("FORWARD_TO"))
#: Whose events are taken; nobody's when empty.
FORWARD_FROM = _names("FORWARD_FROM", env.words("FORWARD_FROM"))
#: What we are called by peers; each deployment needs a name of its own.
_default = "-".join(sorted(env.words("MODULES")))[:40].rstrip("-") or "angarium"
(FORWARD_AS,) = _names("FORWARD_AS", [env.text("FORWARD_AS") or _default])
