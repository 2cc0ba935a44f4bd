"""One mailing: how it stands, what was sent when, who waits where, why something failed, and each recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from angarium.contracts import mailings as told
from angarium.contracts.event import load
from angarium.engine.console.public import page, partial, signed_in, story_of, subject_page, zone_of
from angarium.engine.events.public import Event
from angarium.engine.identity.public import principal_of
from angarium.modules.mailings.models import Mailer, Plan
from angarium.modules.mailings.queries import mailer_seen_by, writes_all
from angarium.modules.mailings.statistics import minutes_of, shifts_of, whys_of

from .away import away
from .plots import sent_of, why_bars
from .recipients import recipients
from .standing import standings_of
from .states import states_over_time
from .verbs import verbs_of
from .weekdays import days_of
from .zones import zones_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

subject_page("mailings.mailer", "mailings_pages:show")


@signed_in
def show(request: HttpRequest, id: int) -> HttpResponse:
    by = principal_of(request)
    mailer = mailer_seen_by(by, id)
    standing = standings_of([mailer])[0]
    with timezone.override(zone_of(request)):
        sent = sent_of(mailer, minutes_of(mailer))
        states = states_over_time(mailer, standing.counts, shifts_of(mailer))
    table = recipients(request, by, mailer)
    context: dict[str, Any] = {
        "mailer": mailer,
        "row": standing,
        "days": days_of(mailer.weekdays),
        "may_write": writes_all(by),
        "verbs": verbs_of(standing) if writes_all(by) else [],
        "away": away() if mailer.is_alive else None,
        "sent": sent,
        "over_time": states,
        "zones": zones_of(mailer, standing.counts["deferred"]),
        "whys": why_bars(whys_of(mailer)),
        "story": story_of(f"mailings.mailer:{mailer.pk}", WORDS, _detail),
        "operation": Plan.objects.filter(mailer=mailer).values_list("operation", flat=True).first(),
        "here": request.get_full_path(),
        "shell": "console/part.html" if partial(request) else "console/shell.html",
        **table,
    }
    return page(request, "mailings/show.html", context, status=400 if table["wrong"] else 200)


WORDS: dict[str, _StrOrPromise] = {
    told.MailerCreated.type: pgettext_lazy("mailing", "Entered"),
    told.MailerUpdated.type: pgettext_lazy("mailing", "Edited"),
    told.MailerStarted.type: pgettext_lazy("mailing", "Begun"),
    told.MailerPaused.type: _("Paused"),
    told.MailerResumed.type: _("Resumed"),
    told.MailerFinished.type: pgettext_lazy("mailing", "Finished"),
    told.MailerReopened.type: _("Goes on"),
    told.MailerCancelled.type: pgettext_lazy("mailing", "Cancelled"),
    told.MailerDeleted.type: pgettext_lazy("mailing", "Deleted"),
}


def _detail(event: Event) -> str:
    """Which fields an edit changed; nothing when an older release wrote it in another shape."""
    try:
        fact = load(event.type, event.data)
    except (KeyError, ValueError):
        return ""
    if not isinstance(fact, told.MailerUpdated):
        return ""
    names = {field.name: str(field.verbose_name) for field in Mailer._meta.fields}
    return ", ".join(names.get(name, name) for name in fact.changed)
