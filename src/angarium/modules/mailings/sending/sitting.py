"""A worker sends the messages of one mailing for a while: this thread takes, launches and writes; the calls themselves
are in the air (`flights`).

What the mailing says is looked at ten times a second, and what was seen is written down: whoever pauses, cancels or
deletes it waits for that (`stopped`), and can then say that nothing goes out any more.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings

from angarium.engine.delivery.public import Call, Landing, flights
from angarium.engine.ledger.public import LeaseLost
from angarium.engine.tasks.public import Run
from angarium.kernel.clock import now
from angarium.modules.mailings.counting import counts_of
from angarium.modules.mailings.lifecycle import OPEN, State
from angarium.modules.mailings.models import Mailer, Sitting

from .judging import given_back, held, result_of
from .lines import tell_results, tell_taken
from .provider import Sender
from .results import Result, write
from .taking import Taken, take

#: Seconds between two looks at the mailing, two writes, and two words about the progress.
LOOK, WRITE, TELL = 0.1, 0.2, 0.5
#: Seconds for which a worker that says nothing is believed to be sending.
BELIEVED = timedelta(seconds=3)
#: Seconds after which others get their turn.
TURN = 60.0
#: Messages that are taken, and results that are written, in one transaction.
TOGETHER = 500


class Stop(StrEnum):
    """Why a sitting ended."""

    IDLE = "nothing is due"
    CHANGED = "the mailing was changed"
    AWAY = "the sender is away"
    TURN = "others have their turn"
    LOST = "another worker has it"


class Seat:
    """One sitting. `mailer` is as it was when it began; a change of it ends the sitting."""

    def __init__(self, mailer: Mailer, run: Run) -> None:
        self.mailer, self.run = mailer, run
        self._sender = Sender()
        self._waiting: deque[Taken] = deque()
        self._flying: dict[int, Taken] = {}
        self._landed: queue.SimpleQueue[Landing] = queue.SimpleQueue()
        self._done: list[Result] = []
        self._looked = self._wrote = self._told = self._kept = 0.0
        self._dry = False
        self._stop: Stop | None = None
        self._ends = time.monotonic() + TURN

    def sit(self) -> Stop:
        """Send until there is a reason to stop; what is under way then is awaited."""
        self._keep()
        try:
            while self._stop is None or self._flying:
                self._look()
                if self._stop is None:
                    self._launch()
                self._collect()
                self._write()
        finally:
            self._leave()
        assert self._stop is not None
        return self._stop

    # -- what is looked at ---------------------------------------------------------------------------------------------

    def _look(self) -> None:
        moment = time.monotonic()
        if moment - self._looked < LOOK:
            return
        self._looked = moment
        self._keep()
        if moment > self._ends:
            self._halt(Stop.TURN)
        if self._sender.away_until is not None:
            self._halt(Stop.AWAY)
        if not self._flying and not self._waiting and self._dry:
            self._halt(Stop.IDLE)
        self._tell(moment)

    def _keep(self) -> None:
        """See what the mailing says now, and write down that it was seen."""
        found = Mailer.objects.filter(pk=self.mailer.pk).values_list("version", "state").first()
        version, state = found or (self.mailer.version + 1, State.DELETED)
        if version != self.mailer.version or state != State.SENDING:
            self._halt(Stop.CHANGED)
        moment = time.monotonic()
        if self._stop is Stop.CHANGED or moment - self._kept > BELIEVED.total_seconds() / 3:
            self._kept = moment
            seen = {"mailer_id": self.mailer.pk, "version": version, "until": now() + BELIEVED}
            Sitting.objects.update_or_create(operation=self.run.operation, defaults=seen)

    def _halt(self, why: Stop) -> None:
        """Launch nothing more; what was taken and not launched goes back."""
        if self._stop is None:
            self._stop = why
            moment = now()
            self._done += [given_back(one, moment) for one in self._waiting]
            self._waiting.clear()

    def _tell(self, moment: float) -> None:
        if moment - self._told < TELL:
            return
        self._told = moment
        counts = counts_of([self.mailer.pk])[self.mailer.pk]
        total = sum(counts.values())
        try:
            self.run.progress(total - sum(counts[state] for state in OPEN), total or None)
        except LeaseLost:
            self._halt(Stop.LOST)

    # -- what goes out -------------------------------------------------------------------------------------------------

    def _launch(self) -> None:
        free = settings.SENDER_IN_FLIGHT - len(self._flying)
        if free <= 0:
            return
        if len(self._waiting) < free and not (self._dry and self._flying):
            self._take()
        if not self._waiting:
            return
        ready = list(self._ready(self._sender.permits(min(free, len(self._waiting)))))
        if ready:
            self._sender.used(len(ready))
            flights().launch([self._call(one) for one in ready], may_go=self._may_go, landed=self._landed.put)

    def _take(self) -> None:
        found = take(self.mailer.pk, TOGETHER, now())
        self._dry = not found
        tell_taken(self.mailer.pk, found)
        self._waiting.extend(found)

    def _ready(self, permits: int) -> Iterable[Taken]:
        """Those that may go now, at most so many; whatever may not is done with. A message that was kept so long that
        somebody else may take it is left to them."""
        moment = now()
        latest = moment + timedelta(seconds=settings.SENDER_TIMEOUT)
        while self._waiting and permits > 0:
            one = self._waiting.popleft()
            if one.until <= latest:
                self._done.append(given_back(one, moment))
            elif (result := held(one, self.mailer, moment)) is not None:
                self._done.append(result)
            else:
                permits -= 1
                self._flying[one.id] = one
                yield one

    def _call(self, one: Taken) -> Call:
        left = (self.mailer.finish - now()).total_seconds()
        return Call(one.id, one.phone, self.mailer.content, min(settings.SENDER_TIMEOUT, max(left, 0.001)))

    def _may_go(self, _call: Call) -> bool:
        """Asked in the loop of the calls, immediately before each."""
        return self._stop is None and now() < self.mailer.finish

    # -- what came of it -----------------------------------------------------------------------------------------------

    def _collect(self) -> None:
        """What has landed; when nothing has, it is awaited for a moment."""
        landings: list[Landing] = []
        with suppress(queue.Empty):
            landings.append(self._landed.get(timeout=0.02 if self._flying or self._waiting else 0.05))
            while len(landings) < TOGETHER:
                landings.append(self._landed.get_nowait())
        self._sender.heard(one.answer for one in landings if one.answer is not None)
        moment, away = now(), self._sender.away_until
        for landing in landings:
            taken = self._flying.pop(landing.call.number)
            self._done.append(result_of(taken, landing, moment, self.mailer.finish, away_until=away))

    def _write(self) -> None:
        moment = time.monotonic()
        ending = self._stop is not None and not self._flying
        if not self._done or not (ending or len(self._done) >= TOGETHER or moment - self._wrote > WRITE):
            return
        self._wrote = moment
        done, self._done = self._done, []
        tell_results(self.mailer.pk, done, write(self.mailer.pk, done))

    def _leave(self) -> None:
        """What was taken and is not done with keeps its lease when this ends by an error."""
        Sitting.objects.filter(operation=self.run.operation).delete()


def stopped(mailer: int, version: int, *, patience: float = 2.0) -> bool:
    """Wait until every worker that sends this mailing has seen this version of it; False when one has not said so in
    time. What was under way by then may still arrive."""
    deadline = time.monotonic() + patience
    while Sitting.objects.filter(mailer=mailer, version__lt=version, until__gt=now()).exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK / 4)
    return True


def wakes(at: datetime | None, finish: datetime) -> datetime:
    """When a mailing that stopped is to be looked at again: at `at`, and at its finish at the latest."""
    return finish if at is None else min(at, finish)
