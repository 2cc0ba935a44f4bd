"""JSON without loopholes. The standard library's decoder, because the fast ones keep the last of two equal names
without a word."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from angarium.kernel.errors import Invalid

from .errors import Malformed, TooLarge

#: Levels of lists and objects within each other.
DEPTH = 32
INTEGERS = range(-(2**63), 2**63)

_unstorable = re.compile("[\x00\ud800-\udfff]")


class StrictJSON(BaseParser):
    """Refuses, naming the field: equal names, NaN and Infinity, integers beyond 64 bits, NUL, lone surrogates."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        _only_utf8(media_type or "")
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        return loads(body)


def loads(body: bytes) -> Any:
    """The value of a JSON text; an empty one is an empty object. Raises Malformed or Invalid."""
    if not body.strip():
        return {}
    try:
        value = json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer
        )
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    except RecursionError as error:
        raise Malformed(f"The body is nested deeper than {DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error
    for path, leaf in _leaves(value):
        _check(leaf, path)
    return value


def _only_utf8(media_type: str) -> None:
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", media_type, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType(media_type, "JSON is sent as UTF-8.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"The name {twice!r} stands twice in one object.", field=twice[:100])
    return found


def _constant(text: str) -> NoReturn:
    raise Malformed(f"{text} is not a JSON number.")


def _integer(text: str) -> int:
    """Too long a number is not worth its conversion: one out of range stands for it and is refused with its field."""
    return int(text) if len(text) <= 20 else 2**64


def _leaves(value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every name and every value that is no container, with its path; without recursion."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        if not isinstance(one, dict | list):
            yield path, one
            continue
        if len(path) >= DEPTH:
            raise Malformed(f"The body is nested deeper than {DEPTH} levels.", field=".".join(path)[:100])
        if isinstance(one, dict):
            yield from ((path, name) for name in one)
        inner = one.items() if isinstance(one, dict) else enumerate(one)
        waiting.extend(((*path, str(name)), within) for name, within in inner)


def _check(leaf: Any, path: tuple[str, ...]) -> None:
    field = ".".join(path)[:100] or None
    if isinstance(leaf, str) and _unstorable.search(leaf):
        raise Invalid("NUL characters and halves of surrogate pairs cannot be stored.", field=field)
    if isinstance(leaf, int) and leaf not in INTEGERS:
        raise Invalid("A whole number is at most 64 bits wide.", field=field)
    if isinstance(leaf, float) and not math.isfinite(leaf):
        raise Invalid("The number is too large.", field=field)
