"""Where roles without pages serve their numbers to Prometheus; `angarium web` has /metrics."""

from __future__ import annotations

from . import env

METRICS_PORT = env.integer("ANGARIUM_METRICS_PORT", 0, most=65535)
#: With it /metrics is answered to public addresses too: `Authorization: Bearer …`.
METRICS_TOKEN = env.text("METRICS_TOKEN")
METRICS_HOST = env.text("HOST", "127.0.0.1")
