"""What one client reads: the content of a mailing with `{tag}`, `{phone}` and `{operator_code}` filled in. Pure.

Only these three, in this form, are filled in; every other brace is a brace, so that a text without them goes out byte
for byte as it was written.
"""

from __future__ import annotations

import re

NAMES = ("tag", "phone", "operator_code")
_known = re.compile(r"\{(tag|phone|operator_code)\}")
_meant = re.compile(r"\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}")


def render(content: str, *, phone: str, tag: str) -> str:
    """The content for somebody with this number and tag."""
    if "{" not in content:
        return content
    values = {"tag": tag, "phone": phone, "operator_code": phone[1:4]}
    return _known.sub(lambda found: values[found[1]], content)


def names_in(content: str) -> frozenset[str]:
    """What is filled in."""
    return frozenset(_known.findall(content))


def unknown_in(content: str) -> list[str]:
    """What looks as if it was meant to be filled in and is not, in the order of the text, each once."""
    rest = _known.sub("", content)
    return list(dict.fromkeys(found[0] for found in _meant.finditer(rest)))
