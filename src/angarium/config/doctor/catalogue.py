"""Everything that can be asked, in this order; whoever imports it knows every check."""

from __future__ import annotations

from typing import Any

from . import bloat, celery, connections, people, postgres, processes, redis, refusal, transactions  # noqa: F401
from .database import DATABASE, POSTGRES, TABLES
from .host import HOST
from .peers import PEERS
from .rabbitmq import RABBITMQ
from .redis import BROKER, LIVE
from .settings import SETTINGS
from .source import Source
from .system import SYSTEM

SOURCES: tuple[Source[Any], ...] = (SETTINGS, SYSTEM, HOST, BROKER, LIVE, RABBITMQ, DATABASE, POSTGRES, TABLES, PEERS)
