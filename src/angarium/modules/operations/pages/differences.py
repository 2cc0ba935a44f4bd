"""What differs between two JSON values, key by key. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """At `path` (`metadata.pages[3].title`) something was added, removed, or changed from `before` to `after`."""

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Every difference, in the order of keys and places. 1 and 1.0 are one number, 1 and true are not one value."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _at(before.get(key, _NOTHING), after.get(key, _NOTHING), _key(path, key))
    elif isinstance(before, list) and isinstance(after, list):
        for place, (one, other) in enumerate(zip_longest(before, after, fillvalue=_NOTHING)):
            yield from _at(one, other, f"{path}[{place}]")
    elif before != after or isinstance(before, bool) is not isinstance(after, bool):
        yield Difference(path, "changed", before, after)


def _at(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if before is _NOTHING:
        yield Difference(path, "added", after=after)
    elif after is _NOTHING:
        yield Difference(path, "removed", before=before)
    else:
        yield from differences(before, after, path)


def _key(path: str, key: str) -> str:
    if not key.replace("_", "").isalnum():
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


#: What a line of the history changes when it says it. Metadata is merged key by key, progress starts anew with a claim.
_SAID = ("state", "stage", "message", "progress_unit", "output", "error")


def standing(lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How an operation stood after these lines of its history, which were applied, in the order of (epoch, seq)."""
    stood: dict[str, Any] = {"metadata": {}, "progress_done": None, "progress_total": None, "worker": ""}
    for line in lines:
        stood |= {name: line[name] for name in _SAID if line[name] not in ("", None)}
        stood["metadata"] = {**stood["metadata"], **(line["metadata"] or {})}
        if line["progress_done"] is not None or (line["seq"] == 0 and line["state"] == "running"):
            stood |= {name: line[name] for name in ("progress_done", "progress_total")}
        if line["seq"] == 0:
            stood["worker"] = line["worker"]
        if line["state"] == "succeeded":
            stood["error"] = line["error"]
    return {name: stood[name] for name in sorted(stood) if stood[name] not in ("", None)}
