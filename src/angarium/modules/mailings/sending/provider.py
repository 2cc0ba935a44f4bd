"""The sender as the mailings share it: its breaker and its rate."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from angarium.engine.delivery.public import AWAY, SENTENCES, Answer, Circuit, Landing, Said, providers
from angarium.engine.observability.public import get_logger
from angarium.kernel.clock import now

NAME = "sender"
#: Seconds for which what is known of the breaker is believed.
FRESH = 0.5
#: Answers in a row that took no message, whatever is wrong with each, after which the sender itself is taken to fail.
STREAK = 10
#: Seconds of its rate that a worker reserves at once.
LOT = 0.2
#: A mailing has a finish: one that is away is tried again after so long at the latest.
LONGEST_PAUSE = timedelta(minutes=1)
_log = get_logger(__name__)


class Sender:
    """What one worker knows of it."""

    def __init__(self) -> None:
        self._circuit, self._asked = Circuit(), 0.0
        self._streak = 0
        self._permits, self._from = 0, now()
        self.takes_places = True
        self._probing = self._probe_is_out = False

    @property
    def away_until(self) -> datetime | None:
        """Until when nothing is handed over; None when it works, or is to be tried."""
        circuit = self._known()
        return circuit.open_until if circuit.is_open(now()) and not self._probing else None

    @property
    def has_place(self) -> bool:
        """Is there a place in its rate that was taken and not used? It would be given up for one behind all others;
        without `takes_places` there is none after it."""
        return self._permits > 0

    def permits(self, wanted: int) -> int:
        """How many calls may go now: one when it is to be tried, none while that one is under way, else by the rate."""
        circuit, moment = self._known(), now()
        if circuit.is_half_open(moment) and not self._probing:
            self._probing, self._probe_is_out = providers.take_probe(NAME, circuit), False
            self._asked = 0.0
            return min(wanted, 1) if self._probing else 0
        if self._probing:
            return 0 if self._probe_is_out else min(wanted, 1)
        return 0 if circuit.is_open(moment) else self._by_rate(wanted)

    def used(self, number: int) -> None:
        """So many calls were launched."""
        self._probe_is_out = self._probing
        self._permits = max(self._permits - number, 0)

    def heard(self, landings: Iterable[Landing]) -> None:
        """Take in what it answered."""
        waits: list[timedelta] = []
        for landing in landings:
            answer = landing.answer
            if answer is None or (answer.said is Said.TIMEOUT and landing.call.seconds < settings.SENDER_TIMEOUT):
                continue  # it was not asked, or had less time than it may take
            if answer.said in (Said.OK, Said.REFUSED):
                self._works()
            elif answer.said is Said.BUSY:
                waits.append(answer.wait or timedelta(0))
            else:
                self._streak += 1
                if answer.said in AWAY or self._streak >= STREAK or self._probing:
                    self._fails(answer)
        if waits:
            self._rests(max(waits))

    def leave(self) -> None:
        """Somebody else may try whether it works, if this one did not come to it."""
        if self._probing and not self._probe_is_out:
            providers.give_probe_back(NAME, providers.circuit_of(NAME))
        self._probing = False

    def _known(self) -> Circuit:
        if time.monotonic() - self._asked > FRESH:
            self._circuit, self._asked = providers.circuit_of(NAME), time.monotonic()
        return self._circuit

    def _by_rate(self, wanted: int) -> int:
        rate = settings.SENDER_PER_SECOND
        if rate <= 0 or wanted <= 0:
            return wanted
        if not self._permits and self.takes_places:
            self._permits = max(1, min(wanted, round(rate * LOT)))
            self._from = providers.reserve(NAME, self._permits, per_second=rate)
        return min(wanted, self._permits) if self._from <= now() else 0

    def _works(self) -> None:
        """What answers that were under way when it was left alone say does not end that."""
        self._streak = 0
        if self._probing or (self._circuit.failures and not self._circuit.is_open(now())):
            providers.worked(NAME, even_open=self._probing)
            self._probing, self._circuit, self._asked = False, Circuit(), 0.0

    def _rests(self, wait: timedelta) -> None:
        self._probing = False
        providers.rest(NAME, now() + wait, SENTENCES[Said.BUSY])
        self._asked = 0.0

    def _fails(self, answer: Answer) -> None:
        if self._circuit.is_open(now()) and not self._probing:
            return
        at_once = answer.said is Said.UNAUTHORIZED
        because = f"{SENTENCES[answer.said]} {answer.text}".strip()
        self._circuit = providers.failed(NAME, because, at_once=at_once, probe=self._probing, longest=LONGEST_PAUSE)
        self._probing, self._asked = False, time.monotonic()
        if self._circuit.open_until is not None:
            until = self._circuit.open_until.isoformat()
            _log.error(
                "mailings.sender_away", because=SENTENCES[answer.said], status=answer.status or None, until=until
            )
