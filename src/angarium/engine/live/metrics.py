"""The numbers of live connections."""

from __future__ import annotations

from angarium.engine.observability.public import counter, gauge

connections = gauge("angarium_live_connections", "Live connections that are open.", ["transport"], summed=True)
attempts = counter("angarium_live_attempts", "Attempts to connect, by what became of them.", ["transport", "outcome"])
frames = counter("angarium_live_frames", "Frames that were sent, to all connections together.", ["transport"])
ended = counter("angarium_live_ended", "Live connections that ended, by how.", ["transport", "how"])
resets = counter("angarium_live_resets", "Gaps that could not be given, so that clients loaded anew.")
