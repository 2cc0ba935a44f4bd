"""Of which tasks one is reminded, and how a reminder stands. Pure: no row is read here.

A reminder belongs to one due date of its task as that was set: moved away and back, it is another one (`due_version`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .lifecycle import Status

#: So long before a task is due one is reminded of it.
LEAD = timedelta(hours=24)


class Kind(TextChoices):
    DUE_SOON = "due_soon", _("due soon")


class State(TextChoices):
    """`told`: handed to delivery, or kept for the daily letter. `skipped`: not told, and why."""

    TOLD = "told", _("told")
    VOIDED = "voided", _("voided")
    SKIPPED = "skipped", _("skipped")
    FAILED = "failed", _("failed")


class Because(TextChoices):
    """Why a reminder was not told, or is void."""

    MOVED = "moved", _("The task got another due date.")
    COMPLETED = "completed", _("The task was completed.")
    HANDED_OVER = "handed_over", _("Somebody else has this task now.")
    NOBODY = "nobody", _("The task is nobody's, its project has no owner, and PROJECTS_NOTIFY names no address.")
    NO_ADDRESS = "no_address", _("There is no e-mail address.")
    NOT_WANTED = "not_wanted", _("They chose not to be told.")
    BROKEN = "broken", _("It could not be written; the log says why.")


def is_due_soon(due: datetime, status: str, at: datetime) -> bool:
    """Is a task reminded of at this instant: still to be done, and due within a day, the day's end included?"""
    return status != Status.COMPLETED and at < due <= at + LEAD


def why_void(due: datetime, status: str, *, reminded_of: datetime) -> Because:
    """Why a reminder that is not for this task any more is not; the task is to be done by `due` and has this status."""
    if due != reminded_of:
        return Because.MOVED
    return Because.COMPLETED if status == Status.COMPLETED else Because.HANDED_OVER
