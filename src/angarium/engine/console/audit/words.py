"""What each finding of the audit means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

EXPLANATIONS: dict[str, _StrOrPromise] = {
    "unseen": _("events committed more than a minute ago that no relay has seen"),
    "unstarted": _("work that an event should have started and that is not there"),
    "not_due": _("open operations that nobody will look at again"),
    "overdue": _("operations due for more than an hour that nobody has looked at"),
    "torn": _("operations whose state and timetable say different things"),
    "miscounted": _("differences between the counters and the rows they count"),
}
