"""How a log line is written. Whatever a value holds, it cannot end its line or begin another one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, MutableMapping
from typing import Any

#: The logger whose messages are lines of their own, documented word for word (the notifications of lessons).
BARE = "angarium.notifications"

Line = MutableMapping[str, Any]
Renderer = Callable[[Any, str, Line], str]

_unsafe = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_plain = re.compile(r"[^\s\"=]+")
_short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_first = ("timestamp", "level", "logger", "event", "exception", "stack")


def on_one_line(text: str) -> str:
    """The text with newlines, control and direction characters and lone surrogates written as escapes."""
    return _unsafe.sub(lambda found: _short.get(found[0]) or f"\\u{ord(found[0]):04x}", text)


def console(logger: object, method: str, line: Line) -> str:
    """`time level logger event key=value …`; a traceback follows, each of its lines set in by a bar."""
    if line.get("logger") == BARE:
        return on_one_line(str(line["event"]))
    head = f"{line.get('timestamp', '')} {line.get('level', ''):<8} {line.get('logger', '')} {line['event']}"
    pairs = [f"{key}={_value(value)}" for key, value in line.items() if key not in _first]
    text = on_one_line(" ".join([head, *pairs]))
    for part in ("stack", "exception"):
        if part in line:
            text += "".join(f"\n    | {on_one_line(row)}" for row in str(line[part]).splitlines())
    return text


def as_json(logger: object, method: str, line: Line) -> str:
    """One JSON object per line; letters of every language stay as they are."""
    text = json.dumps(line, ensure_ascii=False, default=str)
    return _unsafe.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _value(value: object) -> str:
    text = str(value)
    return text if _plain.fullmatch(text) else json.dumps(text, ensure_ascii=False)


RENDERERS: dict[str, Renderer] = {"console": console, "json": as_json}
