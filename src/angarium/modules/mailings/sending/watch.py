"""Seeing what a mailing says while it is sent, and letting those who change it know who may still be sending.

Whoever sends writes a row first and looks then; whoever stops a mailing writes first and looks for rows then. So either
the one sees the change, or the other sees the row and waits until it is gone (`stopped`). A row is believed for some
seconds only, and nothing is launched on one that is not believed any more.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import Error

from angarium.kernel.clock import now
from angarium.modules.mailings.lifecycle import State
from angarium.modules.mailings.models import Mailer, Sitting

#: For how long a row is believed; for how much less its writer relies on it.
BELIEVED, MARGIN = timedelta(seconds=3), timedelta(seconds=1)
#: Seconds between two looks of somebody who waits.
PATIENT = 0.025


class Watch:
    """One worker's, over the mailing as it was when it began."""

    def __init__(self, mailer: Mailer, operation: UUID) -> None:
        self.mailer, self.operation = mailer, operation
        self._kept = self._until = 0.0

    @property
    def is_believed(self) -> bool:
        return time.monotonic() < self._until

    def look(self) -> bool:
        """Is the mailing still as it was, and to be sent?"""
        self._keep(time.monotonic())
        found = Mailer.objects.filter(pk=self.mailer.pk).values_list("version", "state").first()
        return found == (self.mailer.version, State.SENDING)

    def leave(self) -> None:
        """Nothing will be launched any more. A database that is away must not keep anybody from going."""
        self._until = 0.0
        with suppress(Error):
            Sitting.objects.filter(operation=self.operation).delete()

    def _keep(self, moment: float) -> None:
        if moment - self._kept < BELIEVED.total_seconds() / 3:
            return
        seen = {"mailer_id": self.mailer.pk, "version": self.mailer.version, "until": now() + BELIEVED}
        Sitting.objects.update_or_create(operation=self.operation, defaults=seen)
        self._kept, self._until = moment, moment + (BELIEVED - MARGIN).total_seconds()


def stopped(mailer: int, version: int, *, patience: float = 2.0) -> bool:
    """Wait until no worker sends an older version of this mailing than this one; False when one still may after
    `patience` seconds. What was under way by then may still arrive."""
    deadline = time.monotonic() + patience
    while Sitting.objects.filter(mailer=mailer, version__lt=version, until__gt=now()).exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(PATIENT)
    return True
