"""The thread that takes events to one peer, beside every relay's loop. Any number of them share the work: a claim says
whose an event is, and a receipt is written down by whoever hears it.

Without anything to send it asks the database every few seconds and the peer's broker never. While that broker is away
it claims nothing: what waits, waits in the ledger and costs nothing.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Q

from angarium.engine.ledger.public import (
    TERMINAL,
    Due,
    Operation,
    Report,
    State,
    claim_due,
    give_back,
    renew,
    report_many,
)
from angarium.engine.tasks.execute import worker_name
from angarium.engine.tasks.settle import storable
from angarium.kernel.clock import now

from . import metrics
from .envelope import Receipt
from .peers import Peer
from .window import OnItsWay, Window
from .wire import Wire

POLL = 3.0
#: Seconds between two looks for receipts: at first, and once nothing came for a while.
SOON, LATER = 0.02, 0.5
TOGETHER = 50
#: Seconds at most between two attempts to connect. Leases are kept meanwhile.
LONGEST_AWAY = 8.0
#: Above whatever was said of an operation in its epoch before: the receipt is the last word.
LAST_WORD = 2**62
_log = structlog.get_logger(__name__)


class Forwarder(threading.Thread):
    """From `start()` to `stop()`."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(name=f"forward-{peer.name}", daemon=True)
        self.peer = peer
        self._wire = Wire(peer.url)
        self._window = Window(float(settings.REPUBLISH_SECONDS))
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._renewed = time.monotonic()
        self._look = SOON
        self._away = 0.0

    def wake(self) -> None:
        """There may be something to send."""
        self._news.set()

    def ask_to_stop(self) -> None:
        self._stopping.set()
        self._news.set()

    def stop(self, timeout: float = 2.0) -> None:
        """Ask it, and wait at most so many seconds."""
        self.ask_to_stop()
        if self.is_alive():
            self.join(timeout)

    def run(self) -> None:
        while not self._stopping.is_set():
            pause = self._tried()
            if self._away:
                self._stopping.wait(pause)  # a hint does not bring the peer back
            elif self._news.wait(pause):
                self._news.clear()
        self._leave()

    def _tried(self) -> float:
        """One pass; returns the seconds until the next."""
        try:
            close_old_connections()
            self._keep_leases()
            pause = self._pass()
        except DatabaseError as error:
            _log.warning("forward.database_unavailable", peer=self.peer.name, error=str(error).strip())
            connection.close()
            self._wire.hang_up()  # with the receipt that could not be written down
            return random.uniform(0.5, 1.5)  # noqa: S311
        except Exception as error:  # noqa: BLE001  brokers raise whatever their clients raise; the ledger keeps the work
            return self._peer_is_away(error)
        self._away = 0.0
        return pause

    def _pass(self) -> float:
        if not len(self._window) and not self._something_waits():
            return POLL * random.uniform(0.8, 1.2)  # noqa: S311
        self._wire.open()
        heard = self._hear()
        sent = self._claim_and_send()
        self._look = SOON if heard or sent else min(self._look * 1.5, LATER)
        return 0.0 if heard else self._look

    def _something_waits(self) -> bool:
        due = Q(due_at__lte=now()) | Q(publishes__gt=0)
        return Due.objects.filter(due, kind=self.peer.kind, claimed=False, due_at__isnull=False).exists()

    def _claim_and_send(self) -> int:
        claims = []
        if self._window.room > 0:
            claims = claim_due(
                [self.peer.kind],
                worker=worker_name(),
                lease_seconds=settings.LEASE_SECONDS,
                limit=min(TOGETHER, self._window.room),
            )
        self._window.add(claims)
        due = self._window.due(time.monotonic())
        for first in range(0, len(due), TOGETHER):
            self._send(due[first : first + TOGETHER])
        return len(due)

    def _send(self, some: Sequence[OnItsWay]) -> None:
        """Together what was never sent; alone what was: it may be what the broker does not take."""
        fresh, again = [one for one in some if not one.times], [one for one in some if one.times]
        for together in filter(None, [fresh, *([one] for one in again)]):
            self._window.sending(together, time.monotonic())
            self._wire.send(settings.FORWARD_AS, [one.parcel for one in together])
        metrics.forwarded.labels(self.peer.name, metrics.SENT).inc(len(fresh))
        if again:
            metrics.forwarded.labels(self.peer.name, metrics.AGAIN).inc(len(again))
            times = max(one.times for one in again)
            _log.warning("forward.unheard", peer=self.peer.name, events=len(again), times=times)

    def _hear(self) -> int:
        """Write down what the peer says; returns how many receipts there were."""
        number = 0
        while not self._stopping.is_set() and (found := self._wire.heard(settings.FORWARD_AS)) is not None:
            message, receipts = found
            self._write_down(receipts)
            message.ack()
            number += max(len(receipts), 1)
        return number

    def _write_down(self, receipts: Sequence[Receipt]) -> None:
        """The peer speaks for what was sent to it and for no other operation of ours."""
        asked = [one.operation for one in receipts]
        sent = set(Operation.objects.filter(pk__in=asked, kind=self.peer.kind).values_list("pk", flat=True))
        ours = [one for one in receipts if one.operation in sent]
        answers = report_many([_last_word(one, self.peer) for one in ours])
        self._window.heard_of(
            one.operation
            for one, answer in zip(ours, answers, strict=True)
            if answer.head and answer.head.state in TERMINAL
        )
        self._count([one for one, answer in zip(ours, answers, strict=True) if answer.applied])

    def _count(self, receipts: Sequence[Receipt]) -> None:
        for one in receipts:
            metrics.forwarded.labels(self.peer.name, metrics.REFUSED if one.refused else metrics.RECEIVED).inc()
            if one.refused:
                _log.error("forward.refused", peer=self.peer.name, operation_id=str(one.operation), because=one.refused)

    def _keep_leases(self) -> None:
        if len(self._window) and time.monotonic() - self._renewed > settings.LEASE_SECONDS / 4:
            held = [(one.operation, one.epoch) for one in self._window.claims()]
            self._window.keep(renew(held, lease_seconds=settings.LEASE_SECONDS))
            self._renewed = time.monotonic()

    def _peer_is_away(self, error: Exception) -> float:
        self._wire.hang_up()
        metrics.failures.labels(self.peer.name).inc()
        self._away = min(max(self._away * 2, 1.0), LONGEST_AWAY, settings.LEASE_SECONDS / 4)
        _log.warning("forward.peer_away", peer=self.peer.name, error=f"{type(error).__name__}: {error}"[:300])
        return self._away * random.uniform(0.8, 1.2)  # noqa: S311

    def _leave(self) -> None:
        """Others go on at once with what is on its way."""
        try:
            give_back(self._window.claims())
        except DatabaseError as error:
            _log.debug("forward.not_given_back", error=str(error).strip())
        finally:
            self._wire.hang_up()
            connection.close()


def _last_word(receipt: Receipt, peer: Peer) -> Report:
    about: dict[str, Any] = {"operation": receipt.operation, "epoch": receipt.epoch, "seq": LAST_WORD}
    if not receipt.refused:
        return Report(**about, state=State.SUCCEEDED.value, output={"received_by": peer.name})
    because = storable(receipt.refused)[:1000]
    return Report(
        **about,
        state=State.FAILED.value,
        message=because,
        error={"code": "refused_by_peer", "message": because},
    )
