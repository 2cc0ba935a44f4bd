"""The numbers of the fast path of reports."""

from __future__ import annotations

from angarium.engine.observability.public import counter

turned_away = counter("angarium_reports_turned_away", "Reports answered 429, since too many waited.")
