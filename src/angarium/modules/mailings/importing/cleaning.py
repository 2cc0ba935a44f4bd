"""What a cell means: phones as people write them, tags, zones, operator codes. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from angarium.engine.identity.public import timezones

#: What people put between the digits of a phone number.
_between = re.compile(r"[\s()\[\].\-‐‑–—/]+")
_form = re.compile(r"(?:\+?7|8)([0-9]{10})", re.ASCII)
_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd]")
LONGEST_TAG = 100


class Wrong(ValueError):
    """A cell that cannot be taken: what stands in it, and why."""

    def __init__(self, value: str, reason: str) -> None:
        super().__init__(reason)
        self.value, self.reason = value, reason


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row asks for; None where it says nothing."""

    phone: str
    tag: str | None = None
    timezone: str | None = None


def wanted(cells: Mapping[str, str]) -> Wanted:
    """The client that a row means. An empty cell says nothing. Wrong names the first cell that cannot be taken."""
    number = phone(cells.get("phone", ""))
    code = cells.get("operator_code", "").strip()
    if code and code != number[1:4]:
        raise Wrong(code, "The operator code is the second to the fourth digit of the phone.")
    return Wanted(number, _said(cells.get("tag", ""), tag), _said(cells.get("timezone", ""), zone))


def phone(text: str) -> str:
    """`7XXXXXXXXXX` of `+7 (900) 123-45-67` or `8 900 1234567`. Wrong for what has not eleven digits, or begins
    otherwise."""
    if not text.strip():
        raise Wrong(text, "There is no phone number.")
    found = _form.fullmatch(_between.sub("", text))
    if found is None:
        raise Wrong(text, "A phone number has 11 digits and begins with 7, +7 or 8.")
    return f"7{found[1]}"


def is_phone(text: str) -> bool:
    try:
        return bool(phone(text))
    except Wrong:
        return False


def tag(text: str) -> str:
    if _control.search(text):
        raise Wrong(text, "A tag has no control characters, and none that could not be read.")
    if len(text) > LONGEST_TAG:
        raise Wrong(text, f"A tag has at most {LONGEST_TAG} characters.")
    return text


def zone(text: str) -> str:
    """The name as the IANA database has it, however its letters are written."""
    found = _zones().get(text.lower().replace(" ", "_"))
    if found is None:
        raise Wrong(text, "This is not an IANA time zone; write one such as Europe/Moscow.")
    return found


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in timezones()}


def _said(text: str, read: Callable[[str], str]) -> str | None:
    stripped = text.strip()
    return read(stripped) if stripped else None
