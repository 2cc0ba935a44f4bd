"""The ids that tie log lines, events and operations together, carried by the context and not by arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_NONE: Mapping[str, object] = MappingProxyType({})
_ids: ContextVar[Mapping[str, object]] = ContextVar("angarium_ids", default=_NONE)


@contextmanager
def bind(**ids: object) -> Iterator[None]:
    """Add ids (request_id, event_id, operation_id, actor, …) to all that is logged inside; None leaves one out."""
    token = _ids.set(MappingProxyType({**_ids.get(), **_given(ids)}))
    try:
        yield
    finally:
        _ids.reset(token)


def note(**ids: object) -> None:
    """Add ids that became known later; they are forgotten when the `bind` around ends, and without one at once."""
    if _ids.get() is not _NONE:
        _ids.set(MappingProxyType({**_ids.get(), **_given(ids)}))


def bound() -> dict[str, object]:
    """The ids bound here, as a copy."""
    return dict(_ids.get())


def _given(ids: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in ids.items() if value is not None}
