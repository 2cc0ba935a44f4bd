"""Seats: how many mailings a worker sends at once, in whichever of its processes or threads; its other places are for
other work, which a sender that takes its time must not hold up."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import FileIO

from django.db.models import Exists, OuterRef

from angarium.engine.tasks.public import places
from angarium.kernel.clock import now
from angarium.modules.mailings.lifecycle import WAITING, State
from angarium.modules.mailings.models import Mailer, Message, Sitting

#: Where nobody says how many places there are.
FEW = 2
#: Mailings without a seat that are counted.
MOST = 200


class Seats:
    """Of one worker. A seat is a locked byte of a file without a name, which the processes of its pool inherit: the
    kernel frees it, whatever becomes of who sits there."""

    def __init__(self) -> None:
        self._file = _nameless()
        self._lock = threading.Lock()
        self._mine: set[int] = set()

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Sit while the block lasts; False when all seats are taken."""
        seat = self._take()
        try:
            yield seat is not None
        finally:
            if seat is not None:
                self._leave(seat)

    def _take(self) -> int | None:
        with self._lock:
            for seat in range(number()):
                if seat not in self._mine and self._locked(seat):
                    self._mine.add(seat)
                    return seat
        return None

    def _leave(self, seat: int) -> None:
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, seat)
            self._mine.discard(seat)

    def _locked(self, seat: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, seat)
        except OSError:
            return False
        return True


def number() -> int:
    """Half of the places of this worker."""
    return max(1, places() // 2) if places() else FEW


def rivals(mailer: int) -> int:
    """How many other mailings have something due, for a moment already, and nobody who sends it."""
    moment = now()
    sending = Mailer.objects.filter(state=State.SENDING).exclude(pk=mailer)
    sat = Sitting.objects.filter(mailer=OuterRef("pk"), until__gt=moment)
    due = Message.objects.filter(
        mailer=OuterRef("pk"), state__in=sorted(WAITING), due_at__lte=moment - timedelta(seconds=0.5)
    )
    return len(sending.filter(~Exists(sat), Exists(due)).values_list("pk")[:MOST])


def _nameless() -> FileIO:
    if hasattr(os, "memfd_create"):
        return FileIO(os.memfd_create("seats"), "r+")
    return FileIO(os.dup(tempfile.TemporaryFile().fileno()), "r+")
