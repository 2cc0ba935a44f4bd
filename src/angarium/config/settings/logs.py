"""Logging: structured lines on standard output, formatted in `engine.observability`."""

from __future__ import annotations

from typing import Any

from . import env

LOG_FORMAT = env.text("LOG_FORMAT", "console")
LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOGGING_CONFIG = None
LOGGING: dict[str, Any] = {}
