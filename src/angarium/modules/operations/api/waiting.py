"""`GET /operations/{id}?wait=30s`: the answer comes when the operation has ended, or after that time."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

from angarium.engine.ledger.public import TERMINAL, Operation
from angarium.engine.live.public import unless_it_leaves, wait_until

_path = re.compile(r"/operations/([0-9a-fA-F-]{36})/?")
_wait = re.compile(rb"(?:^|&)wait=([0-9]|[1-5][0-9]|60)s?(?:&|$)")


async def waited(scope: Any, path: str, receive: Any) -> Any:
    """Wait, if that is asked for; then what gives the request's messages to whatever answers. None when whoever asked
    has left."""
    seconds, found = _wait.search(scope.get("query_string", b"")), _path.fullmatch(path)
    if seconds is None or found is None:
        return receive
    try:
        id = UUID(found[1])
    except ValueError:
        return receive
    work = asyncio.ensure_future(wait_until(scope, f"operation:{id}", lambda: _has_ended(id), float(seconds[1])))
    return await unless_it_leaves(work, receive)


def _has_ended(id: UUID) -> bool:
    return Operation.objects.filter(id=id).values_list("state", flat=True).first() in {None, *TERMINAL}
