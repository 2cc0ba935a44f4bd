"""One process, one database: SQLite in ANGARIUM_HOME unless DATABASE_URL names a PostgreSQL."""

from __future__ import annotations

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from . import env

ANGARIUM_HOME = env.home()
_url = env.text("DATABASE_URL") or f"sqlite:///{ANGARIUM_HOME / 'angarium.sqlite3'}"
try:
    _database: dict[str, Any] = dict(dj_database_url.parse(_url))
except (ValueError, dj_database_url.UnknownSchemeError):
    raise ImproperlyConfigured(
        "DATABASE_URL is not understood. Write postgres://user:password@host:5432/name or sqlite:///path."
    ) from None
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # The write lock is taken at BEGIN, so that a transaction which read first never fails on its first write.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;",
    }
elif _database["ENGINE"] == "django.db.backends.postgresql":
    _database["OPTIONS"] = {**_database.get("OPTIONS", {}), "connect_timeout": 5}
    _database["CONN_HEALTH_CHECKS"] = True
    _database["CONN_MAX_AGE"] = env.integer("CONN_MAX_AGE", 60)
else:
    raise ImproperlyConfigured("DATABASE_URL names neither PostgreSQL nor SQLite; only these two are supported.")
_database["ATOMIC_REQUESTS"] = False
DATABASES = {"default": _database}

#: Seconds that a migration waits for a lock, and that one statement of it may take; how often it tries to get the lock.
MIGRATION_LOCK_TIMEOUT = env.number("MIGRATION_LOCK_TIMEOUT", 3, least=0.01)
MIGRATION_STATEMENT_TIMEOUT = env.number("MIGRATION_STATEMENT_TIMEOUT", 300, least=0.1)
MIGRATION_ATTEMPTS = env.integer("MIGRATION_ATTEMPTS", 20, least=1)

#: Days that events and finished operations are kept.
RETENTION_DAYS = env.integer("RETENTION_DAYS", 90, least=1)

#: Statements that are run all the time are prepared once per connection. 0 behind a pooler that gives each transaction
#: another connection.
PREPARED_STATEMENTS = env.flag("PREPARED_STATEMENTS", default=True)
