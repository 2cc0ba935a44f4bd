"""The sender as the mailings share it: its breaker and its rate."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from angarium.engine.delivery.public import AWAY, SENTENCES, Answer, Circuit, Said, providers
from angarium.engine.observability.public import get_logger
from angarium.kernel.clock import now

NAME = "sender"
#: Seconds for which what is known of the breaker is believed.
FRESH = 0.5
#: Answers in a row that took no message, whatever is wrong with each, after which the sender itself is taken to fail.
STREAK = 10
#: Seconds of its rate that a worker reserves at once.
LOT = 0.2
_log = get_logger(__name__)


class Sender:
    """What one worker knows of it."""

    def __init__(self) -> None:
        self._circuit, self._asked = Circuit(), 0.0
        self._streak = 0
        self._permits, self._from = 0, now()
        self.probing = False

    def circuit(self) -> Circuit:
        if time.monotonic() - self._asked > FRESH:
            self._circuit, self._asked = providers.circuit_of(NAME), time.monotonic()
        return self._circuit

    @property
    def away_until(self) -> datetime | None:
        """Until when nothing is handed over; None when it works, or is to be tried."""
        circuit = self.circuit()
        return circuit.open_until if circuit.is_open(now()) and not self.probing else None

    def permits(self, wanted: int) -> int:
        """How many calls may go now: one when it is to be tried, none while that one is under way, else by the rate."""
        circuit, moment = self.circuit(), now()
        if circuit.is_open(moment) or self.probing:
            return 0
        if circuit.is_half_open(moment):
            self._asked = 0.0
            self.probing = providers.take_probe(NAME, circuit)
            return 1 if self.probing else 0
        return self._by_rate(wanted, moment)

    def _by_rate(self, wanted: int, moment: datetime) -> int:
        rate = settings.SENDER_PER_SECOND
        if rate <= 0:
            return wanted
        if not self._permits:
            self._permits = max(1, min(wanted, round(rate * LOT)))
            self._from = providers.reserve(NAME, self._permits, per_second=rate)
        return min(wanted, self._permits) if self._from <= moment else 0

    def used(self, number: int) -> None:
        if settings.SENDER_PER_SECOND > 0:
            self._permits = max(self._permits - number, 0)

    def heard(self, answers: Iterable[Answer]) -> None:
        """Take in what it answered."""
        for answer in answers:
            if answer.said in (Said.OK, Said.REFUSED):
                self._works()
            elif answer.said is Said.BUSY:
                self._rests(answer.wait or timedelta(seconds=5))
            elif answer.said in AWAY:
                self._fails(answer)
            else:
                self._streak += 1
                if self._streak >= STREAK or self.probing:
                    self._fails(answer)

    def _works(self) -> None:
        self._streak = 0
        if self.probing or self._circuit.failures:
            self.probing, self._circuit = False, Circuit()
            providers.worked(NAME)

    def _rests(self, wait: timedelta) -> None:
        self.probing = False
        providers.rest(NAME, now() + wait, SENTENCES[Said.BUSY])
        self._asked = 0.0

    def _fails(self, answer: Answer) -> None:
        if self._circuit.is_open(now()) and not self.probing:
            return
        because = f"{SENTENCES[answer.said]} {answer.text}".strip()
        at_once = answer.said is Said.UNAUTHORIZED
        self._circuit = providers.failed(NAME, because, at_once=at_once, probe=self.probing)
        self.probing, self._asked = False, time.monotonic()
        if self._circuit.open_until is not None:
            _log.error("mailings.sender_away", because=because, until=self._circuit.open_until.isoformat())
