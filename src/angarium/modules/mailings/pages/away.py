"""Whether the sender is away, as a page says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from angarium.engine.delivery.public import SENTENCES, Circuit, providers
from angarium.kernel.clock import now
from angarium.modules.mailings.lifecycle import Reason
from angarium.modules.mailings.sending.provider import NAME


@dataclass(frozen=True, slots=True)
class Away:
    """Nothing is handed over to the sender until `until`, when one message tries it. `reason` is in the reader's
    language, `answer` what the sender said itself; `wait` in seconds."""

    reason: str
    answer: str
    until: datetime
    wait: float

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
    return Away(reason, answer, circuit.open_until, float(round((circuit.open_until - now()).total_seconds())))


def _said(circuit: Circuit) -> tuple[str, str]:
    """Our sentence about it, and what it said."""
    for said, sentence in SENTENCES.items():
        if said.value in Reason.values and circuit.because.startswith(sentence):
            return str(Reason(said.value).label), circuit.because.removeprefix(sentence).strip()
    return "", circuit.because
