"""What `angarium web` serves. Whoever loads this is a process in that role, and says so when it can answer: those who
could not renew a lease while nobody answered have a while for it from then on."""

from __future__ import annotations

from angarium.config.behind import application
from angarium.config.memory import settle
from angarium.engine.tasks.public import Process, announce

__all__ = ["application"]
settle()
announce(Process.Role.WEB)
