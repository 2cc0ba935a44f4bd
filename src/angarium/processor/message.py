"""What a message says: ids of operations, in a list that is its only argument. Anything else is malformed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

_ID = re.compile(r"(?<![0-9A-Fa-f-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f-])")
#: No more ids are looked for in what makes no sense.
MOST_FOUND = 100


class Malformed(ValueError):
    """The message is not one of ours. `ids` are those that stand somewhere in it: their operations fail, aloud."""

    def __init__(self, text: str, ids: Sequence[UUID]) -> None:
        super().__init__(text)
        self.ids = list(ids)


def ids_of(args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[UUID]:
    """The ids that the message is for. Malformed when it is not `([id, …],)`."""
    try:
        if kwargs or len(args) != 1 or not isinstance(args[0], list):
            raise TypeError  # noqa: TRY301
        return [UUID(id) if isinstance(id, str) else _refuse(id) for id in args[0]]
    except (TypeError, ValueError):
        raise Malformed("The message is not one list of ids.", ids_in(f"{args} {kwargs}")) from None


def ids_in(text: str) -> list[UUID]:
    """Whatever in this text looks like an id, each once."""
    return list(dict.fromkeys(UUID(found[0]) for found in _ID.finditer(text)))[:MOST_FOUND]


def _refuse(id: object) -> UUID:
    raise TypeError(f"{id!r} is no id.")
