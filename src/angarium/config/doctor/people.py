"""Accounts with a password that everybody knows."""

from __future__ import annotations

from collections.abc import Iterator

from angarium.config.demo import credentials_present

from .check import Severity, check
from .database import TABLES, Database
from .strangers import who_else_may_come


@check(
    "ANG065",
    "Demo accounts can be reached by others",
    of=TABLES,
    severity=Severity.ERROR,
    why="Their names and passwords stand in the README; one of them is an administrator.",
    remedy="Change their passwords or deactivate them (People), or take the other names out of ALLOWED_HOSTS and HOST.",
)
def demo_accounts(_: Database) -> Iterator[str]:
    others = who_else_may_come()
    if others and credentials_present():
        yield f"An account has its demo password, and others may come as {', '.join(others)}."
