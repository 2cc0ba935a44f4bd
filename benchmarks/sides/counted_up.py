"""`angarium up`, counting every statement that any of its threads sends: a byte in BENCH_STATEMENTS for each."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.db.backends.signals import connection_created

_file = os.open(os.environ["BENCH_STATEMENTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    os.write(_file, b".")
    return execute(sql, params, many, context)


def watch(connection: Any, **_: Any) -> None:
    if count not in connection.execute_wrappers:
        connection.execute_wrappers.append(count)


connection_created.connect(watch)

from angarium.config.cli import main  # noqa: E402

sys.argv = ["angarium", "up"]
main()
