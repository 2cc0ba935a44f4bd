"""The numbers of kept lists."""

from __future__ import annotations

from angarium.engine.observability.public import counter, gauge

lookups = counter("angarium_cache_lookups", "Lists that were asked for.", ["list", "outcome"])
kept = counter("angarium_cache_kept", "Lists that were made anew.", ["list", "outcome"])
raised = counter("angarium_cache_raised", "Versions that were raised.", ["by"])
failures = counter("angarium_cache_failures", "What Redis did not answer.", ["what"])
away = gauge("angarium_cache_away", "Whether Redis does not answer, seen from here.")
