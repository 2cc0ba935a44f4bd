"""What no server would take is refused here, where its author still is: a report that is refused later is lost."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec

from .errors import Invalid
from .shapes import ENDS, Progress, Words

REPORTABLE = ENDS | {"running"}
MOST_BYTES = 64 * 1024
DEEPEST = 32
LONGEST_MESSAGE, LONGEST_STAGE, LONGEST_UNIT, LONGEST_REASON = 1000, 100, 20, 2000
_control = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_nul = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def checked(words: Words) -> Words:
    """The words as plain JSON values. Raises Invalid, naming the field, for what cannot be stored."""
    if words.state and words.state not in REPORTABLE:
        raise Invalid(
            f"{words.state!r} cannot be reported; what can is {', '.join(sorted(REPORTABLE))}.", field="state"
        )
    if words.run_at is None and words.state == "scheduled":
        raise Invalid("What is scheduled needs run_at.", field="run_at")
    if words.run_at is not None and words.state not in {"scheduled", "retrying"}:
        raise Invalid("Only what is scheduled or retrying has run_at.", field="run_at")
    if words.run_at is not None and words.run_at.tzinfo is None:
        raise Invalid("run_at needs a time zone.", field="run_at")
    if len(words.stage) > LONGEST_STAGE:
        raise Invalid(f"stage may have at most {LONGEST_STAGE} characters.", field="stage")
    if words.progress is not None:
        _measurable(words.progress)
    plain = {name: _plain(name, getattr(words, name)) for name in ("metadata", "output", "error")}
    return msgspec.structs.replace(words, stage=readable(words.stage), **plain)


def readable(text: str, longest: int | None = None) -> str:
    """A sentence without what no reader wants (control characters, halves of surrogate pairs), cut where too long."""
    kept = _control.sub(" ", text).encode("utf-8", "replace").decode()
    return kept if longest is None or len(kept) <= longest else f"{kept[: longest - 1]}…"


def _measurable(progress: Progress) -> None:
    for number in (progress.done, progress.total):
        if number is not None and not (math.isfinite(number) and number >= 0):
            raise Invalid("Progress is counted in finite numbers from 0.", field="progress")
    if len(progress.unit) > LONGEST_UNIT:
        raise Invalid(f"A unit has at most {LONGEST_UNIT} characters.", field="progress")


def _plain(field: str, value: Any) -> Any:
    if value is None:
        return None
    try:
        plain = msgspec.to_builtins(value, str_keys=True)
        encoded = msgspec.json.encode(plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"{field} cannot be written as JSON: {error}.", field=field) from error
    if len(encoded) > MOST_BYTES:
        raise Invalid(f"{field} may have at most {MOST_BYTES} bytes as JSON, not {len(encoded)}.", field=field)
    if _nul.search(encoded):
        raise Invalid(f"{field} may not contain the character NUL.", field=field)
    _walk(field, plain, DEEPEST - 1)  # the report itself is one level
    return plain


def _walk(field: str, value: Any, levels: int) -> None:
    if isinstance(value, dict | list | tuple):
        if levels == 0:
            raise Invalid(f"{field} may be at most {DEEPEST - 1} levels deep.", field=field)
        for inner in value.values() if isinstance(value, dict) else value:
            _walk(field, inner, levels - 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Invalid(f"{field} may contain finite numbers only.", field=field)
    elif isinstance(value, int) and abs(value) >= 2**63:
        raise Invalid(f"{field} may contain integers of 64 bits only.", field=field)
