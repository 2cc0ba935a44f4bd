"""A worker sends the messages of one mailing for a while: this thread takes, launches and writes; the calls themselves
are in the air (`flights`).

While it lasts, what the mailing says is looked at ten times a second. Once there is a reason to stop, nothing more is
launched, what was not launched goes back, and what is in the air is awaited and written: also when the run is
interrupted, and when the database has been away. What it cannot write keeps its lease.
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
from django.db import Error, close_old_connections

from angarium.engine.delivery.public import Call, Landing, flights
from angarium.engine.ledger.public import LeaseLost
from angarium.engine.observability.public import get_logger
from angarium.engine.tasks.public import Run, draining
from angarium.kernel.clock import now
from angarium.modules.mailings.counting import counts_of
from angarium.modules.mailings.lifecycle import OPEN
from angarium.modules.mailings.models import Mailer
from angarium.modules.mailings.rendering import render

from .judging import held, result_of
from .lines import tell_results, tell_taken
from .provider import Sender
from .results import Result, given_back, write
from .seats import rivals
from .taking import Taken, reread, take
from .watch import Watch

#: Seconds between two looks at the mailing, two writes, two words about the progress, and two questions for messages
#: where there were none.
LOOK, WRITE, TELL, DRY = 0.1, 0.2, 0.5, 0.5
#: Seconds after which others get their turn: those that wait for a seat, and any.
SHORT_TURN, TURN = 2.0, 60.0
#: Messages that are taken, and results that are written, in one transaction; with how many it begins.
TOGETHER, FIRST = 200, 16
#: Calls in the air from which on this thread lets others land for so many seconds once one has: were it woken for each,
#: it would take the processor from them.
MANY, PAUSE = 20, 0.005
#: Seconds that what was taken should last: less, and more are taken next time; more, and fewer.
SHORT, LONG = 0.25, 1.0
#: Seconds that a worker which ends waits for answers.
FAREWELL = 1.5
#: Seconds for which results are written again that the database did not take, and between two times.
PATIENCE, AGAIN = 15.0, 0.5
_log = get_logger(__name__)


class Stop(StrEnum):
    """Why a sitting ended."""

    IDLE = "nothing is due"
    CHANGED = "the mailing was changed"
    FINISH = "its finish has come"
    AWAY = "the sender is away"
    TURN = "others have their turn"
    LOST = "another worker has it"
    DRAINED = "this worker ends"
    BROKEN = "it was interrupted"


class Seat:
    """One sitting. `mailer` is as it was when it began; a change of it ends the sitting."""

    def __init__(self, mailer: Mailer, run: Run) -> None:
        self.mailer, self.run = mailer, run
        self._sender, self._watch = Sender(), Watch(mailer, run.operation)
        self._waiting: deque[Taken] = deque()
        self._flying: dict[int, Taken] = {}
        self._landed: queue.SimpleQueue[Landing] = queue.SimpleQueue()
        self._landings: deque[Landing] = deque()
        self._done: dict[int, Result] = {}
        self._began = time.monotonic()
        self._looked = self._wrote = self._counted = self._told = self._took = self._asked = self._halted = 0.0
        self._dry_until = 0.0
        self._ahead, self._progress = FIRST, -1
        self._failing_since: float | None = None
        self._stop: Stop | None = None

    def sit(self) -> Stop:
        """Send until there is a reason to stop; what is under way then is awaited."""
        try:
            self._until_over()
        except BaseException:
            close_old_connections()
            self._halt(Stop.BROKEN)
            self._until_over()  # once more: a run is interrupted once only
            raise
        finally:
            self._leave()
        assert self._stop is not None
        return self._stop

    def _until_over(self) -> None:
        """Each step leaves behind what the next needs wherever it is interrupted: a message is in one place more rather
        than in one less."""
        while self._stop is None:
            self._look()
            if self._stop is None:
                self._launch()
            self._collect()
            self._write()
        self._watch.leave()
        while self._flying or self._landings or self._done:
            self._collect()
            self._write()

    def _leave(self) -> None:
        self._watch.leave()
        with suppress(Error):
            self._sender.leave()

    # -- what is looked at ---------------------------------------------------------------------------------------------

    def _look(self) -> None:
        moment = time.monotonic()
        if moment - self._looked < LOOK:
            return
        self._looked = moment
        if (why := self._reason(moment)) is not None:
            self._halt(why)
            return
        changed = reread(self._waiting)
        if changed:
            self._waiting = deque(changed.get(one.id, one) for one in self._waiting)
        self._tell(moment)

    def _reason(self, moment: float) -> Stop | None:
        """To stop."""
        if not self._watch.look():
            return Stop.CHANGED
        if draining():
            return Stop.DRAINED
        if now() >= self.mailer.finish:
            return Stop.FINISH
        if self._sender.away_until is not None:
            return Stop.AWAY
        if self._is_long(moment):
            self._sender.takes_places = False
        return Stop.TURN if not (self._sender.takes_places or self._sender.has_place) else None

    def _is_long(self, moment: float) -> bool:
        """Has it lasted long enough? Whether others wait is asked once a second."""
        lasted = moment - self._began
        if lasted < SHORT_TURN or (lasted < TURN and moment - self._asked < 1.0):
            return False
        self._asked = moment
        return lasted >= TURN or rivals(self.mailer.pk) > 0

    def _halt(self, why: Stop) -> None:
        """Launch nothing more; what was taken and not launched goes back at once."""
        self._stop = self._stop or why
        self._halted = self._halted or time.monotonic()
        moment = now()
        while self._waiting:
            one = self._waiting[0]
            self._done.setdefault(one.id, given_back(one, moment))
            self._flying.pop(one.id, None)  # it was about to be launched
            self._waiting.popleft()
        self._wrote = 0.0

    def _tell(self, moment: float) -> None:
        if moment - self._counted < TELL:
            return
        self._counted = moment
        counts = counts_of([self.mailer.pk])[self.mailer.pk]
        total = sum(counts.values())
        done = total - sum(counts[state] for state in OPEN)
        if done == self._progress and moment - self._told < 10 * TELL:
            return
        self._told, self._progress = moment, done
        try:
            self.run.progress(done, total or None)
        except LeaseLost:
            self._halt(Stop.LOST)

    # -- what goes out -------------------------------------------------------------------------------------------------

    def _launch(self) -> None:
        free = settings.SENDER_IN_FLIGHT - len(self._flying)
        if free <= 0 or not self._watch.is_believed:
            return
        if len(self._waiting) < min(free, max(1, self._ahead // 2)):
            self._take()
        if not self._waiting:
            return
        ready = list(self._ready(self._sender.permits(min(free, len(self._waiting)))))
        if ready:
            self._sender.used(len(ready))
            flights().launch([self._call(one) for one in ready], may_go=self._may_go, landed=self._landed.put)

    def _take(self) -> None:
        """As many as will be needed soon: what lies here is not seen by those who take back messages of a client."""
        moment = time.monotonic()
        if moment < self._dry_until and (self._flying or self._waiting):
            return
        self._reckon(moment)
        found = take(self.mailer.pk, self._ahead, now())
        self._waiting.extend(found)
        if len(found) < self._ahead:
            self._dry_until = moment + DRY
        if not self._waiting and not self._flying:
            self._halt(Stop.IDLE)
        tell_taken(self.mailer.pk, found)

    def _reckon(self, moment: float) -> None:
        """How many to take now, by how long those of the last time lasted."""
        lasted = moment - self._took if self._took else SHORT
        self._took = moment
        if lasted < SHORT:
            self._ahead = min(self._ahead * 2, TOGETHER)
        elif lasted > LONG:
            self._ahead = max(self._ahead // 2, 1)

    def _ready(self, permits: int) -> Iterable[Taken]:
        """Those that may go now, at most so many; whatever may not is done with. A message that was kept so long that
        somebody else may take it is left to them."""
        moment = now()
        latest = moment + timedelta(seconds=settings.SENDER_TIMEOUT)
        while self._waiting and (permits > 0 or self._waiting[0].until <= latest):
            one = self._waiting[0]
            if one.until <= latest:
                self._done[one.id] = given_back(one, moment)
            elif (result := held(one, self.mailer, moment)) is not None:
                self._done[one.id] = result
            else:
                permits -= 1
                self._flying[one.id] = one
                yield one
            self._waiting.popleft()

    def _call(self, one: Taken) -> Call:
        left = (self.mailer.finish - now()).total_seconds()
        text = render(self.mailer.content, phone=one.phone, tag=one.tag)
        return Call(one.id, one.phone, text, min(settings.SENDER_TIMEOUT, max(left, 0.001)))

    def _may_go(self, _call: Call) -> bool:
        """Asked in the loop of the calls, immediately before each."""
        return self._stop is None and self._watch.is_believed and now() < self.mailer.finish

    # -- what came of it -----------------------------------------------------------------------------------------------

    def _collect(self) -> None:
        """What has landed; when nothing has, it is awaited for a moment."""
        with suppress(queue.Empty):
            self._landings.append(self._landed.get(timeout=0.02 if self._flying or self._waiting else 0.05))
            if len(self._flying) >= MANY:
                time.sleep(PAUSE)
            while len(self._landings) < TOGETHER:
                self._landings.append(self._landed.get_nowait())
        if not self._landings:
            self._forget()
            return
        moment, away = now(), self._hear()
        while self._landings:
            landing = self._landings[0]
            if (taken := self._flying.get(landing.call.number)) is not None:
                self._done[taken.id] = result_of(taken, landing, moment, self.mailer.finish, away_until=away)
                self._flying.pop(taken.id, None)
            self._landings.popleft()

    def _hear(self) -> datetime | None:
        """Take in what the sender says of itself; until when it is left alone then."""
        if self._stop is Stop.BROKEN:
            return None
        self._sender.heard(self._landings)
        return self._sender.away_until

    def _forget(self) -> None:
        """What cannot be awaited any longer keeps its lease, after which it is handed over again as what it is."""
        if self._stop is Stop.DRAINED and time.monotonic() - self._halted > FAREWELL:
            self._flying.clear()
        moment = now()
        for late in [one.id for one in self._flying.values() if one.until <= moment]:
            del self._flying[late]

    def _write(self) -> None:
        moment = time.monotonic()
        if not self._done or not self._is_time_to_write(moment - self._wrote):
            return
        self._wrote = moment
        done = list(self._done.values())[:TOGETHER]
        try:
            written = write(self.mailer.pk, done, version=self.mailer.version)
        except Error as error:
            self._not_written(moment, error)
            return
        for one in done:
            self._done.pop(one.taken.id, None)
        self._failing_since = None
        tell_results(self.mailer.pk, done, written)

    def _is_time_to_write(self, passed: float) -> bool:
        if self._failing_since is not None:
            return passed > AGAIN
        ending = self._stop is not None and not self._flying
        return ending or passed > WRITE or len(self._done) >= TOGETHER

    def _not_written(self, moment: float, error: Error) -> None:
        """Try again, and begin nothing new meanwhile; raises `error` once that has lasted too long."""
        close_old_connections()
        self._failing_since = self._failing_since or moment
        if moment - self._failing_since > PATIENCE:
            raise error
        _log.warning("mailings.not_written", mailer_id=self.mailer.pk, results=len(self._done), error=str(error))
        self._halt(Stop.BROKEN)
