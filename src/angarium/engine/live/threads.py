"""Questions to the database, asked from the event loop and answered in a few threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

P = ParamSpec("P")
R = TypeVar("R")
NUMBER = 4
_threads = ThreadPoolExecutor(max_workers=NUMBER, thread_name_prefix="live")


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call it in a thread that has a connection to the database, which is kept as others' are."""
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: _asked(function, *args, **kwargs))


def _asked(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        if connection.settings_dict["CONN_MAX_AGE"] == 0:
            connection.close()
