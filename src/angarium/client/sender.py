"""The sender: one thread that takes what waits in the spool, in its order, and sends it until it is answered.

What is answered with 200, 400, 404 or 409 for a report is final for it. Everything else (no connection, a proxy's page,
429, 5xx, also 401 and 403, since a token can be mended) leaves all reports where they are, and is tried again for ever.
A batch that is refused as a whole is sent in smaller ones until the one report is found that nobody takes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import msgspec

from .asking import Asking
from .background import Background
from .calls import report
from .errors import Refused, Unavailable
from .heirs import inherit_from_neighbours
from .pacing import log, pause
from .shapes import Problem, Report, Result
from .spool import Spool

MOST_ITEMS, MOST_BYTES = 500, 512 * 1024
#: Seconds for which progress is gathered before it is sent; a state is sent at once.
GATHER = 0.2
#: Seconds between two looks at what neighbours left behind.
LOOK = 60.0
#: Refusals of a whole batch that are the fault of what is in it.
OF_THE_BODY = frozenset({400, 413, 422})
#: Verdicts after which nothing that is said in this epoch can count any more.
OVER = frozenset({"lease_lost", "already_final", "not_running", "not_claimed", "no_operation"})

_decode = msgspec.json.Decoder(Report).decode


@dataclass(frozen=True, slots=True)
class Refusal:
    """A report that was refused for good, and what the server said to it."""

    report: Report
    problem: Problem


class Sender:
    """`on_refused` is called for each report that is refused for good, `on_lost` for each claim that is over,
    `on_inherited` when reports of another process came."""

    def __init__(
        self,
        asking: Asking,
        spool: Spool,
        *,
        on_lost: Callable[[UUID, int], None],
        on_inherited: Callable[[], None],
        on_refused: Callable[[Refusal], None] | None,
    ) -> None:
        self._asking, self._spool = asking, spool
        self._on_lost, self._on_inherited, self._on_refused = on_lost, on_inherited, on_refused
        self.thread = Background("angarium-sender", self._step)
        self.refused = 0
        self.after_fork()

    def after_fork(self) -> None:
        self.thread.after_fork()
        self._settled = threading.Condition()
        self._urgent = threading.Event()
        self._most, self._failures, self._look_at = MOST_ITEMS, 0, 0.0

    def wake(self, *, urgent: bool) -> None:
        """Something was written down."""
        self.thread.ensure()
        if urgent:
            self._urgent.set()
        self.thread.woken.set()

    def flush(self, timeout: float) -> bool:
        """Wait until everything written so far was answered; False when it was not in time."""
        newest, ends = self._spool.newest(), time.monotonic() + timeout
        self.wake(urgent=True)
        with self._settled:
            while self._spool.waits(newest):
                if not self._settled.wait(max(0.0, ends - time.monotonic())) and time.monotonic() >= ends:
                    return not self._spool.waits(newest)
        return True

    def _step(self) -> None:
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK
            if inherit_from_neighbours(self._spool):
                self._on_inherited()
        self._urgent.clear()
        batch = self._spool.take(self._most, MOST_BYTES)
        if not batch:
            if self.thread.rest(LOOK):
                self._gather()
            return
        try:
            self._deliver(batch)
            self._gather()
        except Unavailable as error:
            self._wait(error.after, error.message)
        except Refused as error:
            self._refused(batch, error)

    def _gather(self) -> None:
        """Let progress come together; a state, or much of anything, is not waited with."""
        if self._spool.bytes < MOST_BYTES:
            self._urgent.wait(GATHER)

    def _deliver(self, batch: list[tuple[int, bytes]]) -> None:
        answers = self._asking.once(report([body for _, body in batch])).results
        final = [(row, result) for row, result in zip(batch, answers, strict=True) if _is_final(result)]
        for (_, body), result in final:
            if result.status != 200:
                self._give_up(body, result)
        if len(final) == len(batch):
            self._failures, self._most = 0, min(self._most * 2, MOST_ITEMS)
            self.thread.seldom.over("away", "Angarium takes reports again; %d wait.", self._spool.waiting)
        self._settle([id for (id, _), _ in final])
        if len(final) < len(batch):
            raise Unavailable("Some reports were not taken.")

    def _refused(self, batch: list[tuple[int, bytes]], error: Refused) -> None:
        """The batch as a whole was refused: for what is in it, or for who we are."""
        if error.status not in OF_THE_BODY or not (error.ours or error.status == 413):
            self._wait(None, f"{error.status} {error.message}")
        elif len(batch) > 1:
            self._most = len(batch) // 2
        else:
            problem = Problem(error.status, error.code, error.message, error.field, error.head)
            self._give_up(batch[0][1], problem)
            self._settle([batch[0][0]])

    def _give_up(self, body: bytes, problem: Problem) -> None:
        said = _decode(body)
        if problem.code in OVER:
            self._on_lost(said.operation, said.epoch)
        self.refused += 1
        where = said.operation, said.epoch, said.seq
        log.warning("Refused: %s, epoch %d, report %d: %s %s", *where, problem.code, problem.detail)
        if self._on_refused is None:
            return
        try:
            self._on_refused(Refusal(said, problem))
        except Exception:  # noqa: BLE001  a service may raise anything; its reports go on
            log.exception("What is called for refused reports failed.")

    def _settle(self, ids: list[int]) -> None:
        self._spool.settle(ids)
        with self._settled:
            self._settled.notify_all()

    def _wait(self, after: float | None, why: str) -> None:
        self._failures += 1
        waiting = self._spool.waiting
        self.thread.seldom.warn("away", "Angarium does not take reports, %d wait: %s", waiting, why)
        self.thread.stopping.wait(max(after or 0.0, pause(self._failures)))


def _is_final(result: Result) -> bool:
    return result.status == 200 or (400 <= result.status < 500 and result.status not in {401, 403, 408, 425, 429})
