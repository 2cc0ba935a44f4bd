"""Of what somebody wants to be told, and how: a reason, a way, for one project or all. Pure: no row is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Reason(TextChoices):
    ASSIGNED = "assigned", _("A task was given to me")
    COMMENTED = "commented", _("A comment on a task of mine")
    STATUS = "status", _("A task of mine got another status")
    DUE_SOON = "due_soon", _("A task of mine is due within a day")
    SUMMARY = "summary", _("How my projects stand, daily")


class Way(TextChoices):
    """How one is told. The summary comes daily in any case: in a letter of its own, or with the rest."""

    EMAIL = "email", _("a letter at once")
    DIGEST = "digest", _("in the daily letter")
    NONE = "none", _("not at all")


#: What is urgent comes at once, what only goes on is gathered.
DEFAULTS = {
    Reason.ASSIGNED: Way.EMAIL,
    Reason.COMMENTED: Way.EMAIL,
    Reason.STATUS: Way.DIGEST,
    Reason.DUE_SOON: Way.EMAIL,
    Reason.SUMMARY: Way.EMAIL,
}
#: The hour of the daily letter, by the person's own clock.
HOUR = 8


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one person chose. `chosen` is {(project, reason): way}, None for all projects; what is missing there is as
    for all projects, else as DEFAULTS say. `own_changes`: told also of what they did themselves."""

    hour: int = HOUR
    own_changes: bool = False
    chosen: Mapping[tuple[int | None, str], str] = field(default_factory=dict)

    def way(self, reason: str, project: int | None) -> Way:
        found = self.chosen.get((project, reason)) or self.chosen.get((None, reason))
        return Way(found) if found else DEFAULTS[Reason(reason)]
