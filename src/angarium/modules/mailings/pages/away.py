"""Whether the sender is away, as a page says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from angarium.engine.delivery.public import SENTENCES, Circuit, providers
from angarium.kernel.clock import now
from angarium.modules.mailings.lifecycle import Reason
from angarium.modules.mailings.models import Minute
from angarium.modules.mailings.sending.provider import NAME


@dataclass(frozen=True, slots=True)
class Away:
    """Nothing is handed over to the sender until `until`, when one message tries it. `reason` is in the reader's
    language, `answer` what the sender said itself, `since` the last minute in which it took anything; `wait` in
    seconds."""

    reason: str
    answer: str
    until: datetime
    wait: float
    since: datetime | None

    @property
    def is_tried(self) -> bool:
        """Is it being tried now, or about to be?"""
        return self.wait <= 0


def away() -> Away | None:
    """None when it works."""
    circuit = providers.circuit_of(NAME)
    if circuit.open_until is None:
        return None
    reason, answer = _said(circuit)
    wait = float(round((circuit.open_until - now()).total_seconds()))
    return Away(reason, answer, circuit.open_until, wait, _last_taken())


def _last_taken() -> datetime | None:
    found: datetime | None = Minute.objects.filter(sent__gt=0).aggregate(at=Max("at"))["at"]
    return found


def _said(circuit: Circuit) -> tuple[str, str]:
    """Our sentence about it, and what it said."""
    for said, sentence in SENTENCES.items():
        if said.value in Reason.values and circuit.because.startswith(sentence):
            return str(Reason(said.value).label), circuit.because.removeprefix(sentence).strip()
    return "", circuit.because
