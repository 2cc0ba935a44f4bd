"""Small words for templates: icons, state pills, humane times and durations, JSON for reading."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import template
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from angarium.engine.console import humane
from angarium.engine.console.subjects import subject_url
from angarium.engine.delivery.public import Delivery
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import Operation, State

register = template.Library()

STATES = dict(State.choices)


@register.simple_tag
def icon(name: str) -> SafeString:
    """The picture `console/icons/<name>.svg`, hidden from screen readers: words stand beside it."""
    return mark_safe(get_template(f"console/icons/{name}.svg").render().strip())  # noqa: S308 our own files


@register.simple_tag
def when(instant: datetime | None) -> SafeString:
    """An instant as people say it, the exact one on hover; a dash when there is none."""
    if instant is None:
        return format_html('<span class="faint">{}</span>', "–")
    words = (instant.isoformat(), humane.exact(instant), humane.near(instant))
    return format_html('<time datetime="{}" title="{}">{}</time>', *words)


@register.simple_tag
def moment(instant: datetime) -> SafeString:
    """An instant to the millisecond, for lines that follow each other closely; the exact one on hover."""
    words = (instant.isoformat(), humane.exact(instant), humane.clock(instant))
    return format_html('<time class="number" datetime="{}" title="{}">{}</time>', *words)


@register.simple_tag
def span(start: datetime, zone: str, minutes: int = 0) -> SafeString:
    """A span on the wall clock of a zone, which is named."""
    return format_html(
        '<time class="span" datetime="{}">{}</time>', start.isoformat(), humane.span_of(start, zone, minutes)
    )


@register.simple_tag
def elsewhere(instant: datetime, zone: str) -> str:
    """The instant on the wall clock of `zone`; empty when that is the viewer's own."""
    return "" if zone == timezone.get_current_timezone_name() else humane.wall(instant, zone)


@register.simple_tag
def viewer_span(start: datetime, minutes: int = 0) -> SafeString:
    """A span on the viewer's own wall clock."""
    return span(start, timezone.get_current_timezone_name(), minutes)


@register.simple_tag
def viewer_zone() -> str:
    """The IANA name of the viewer's zone."""
    return timezone.get_current_timezone_name()


@register.simple_tag(name="subject_url")
def url_of_subject(subject: str) -> str:
    """The page of what an event is about; empty when nobody here shows it."""
    return subject_url(subject)


@register.filter
def lasting(seconds: float | None) -> str:
    """Seconds as people say them; a dash when there are none."""
    return "–" if seconds is None else humane.lasting(seconds)


@register.filter
def grouped(number: int) -> str:
    """`1,234,567`, as the reader's language groups digits."""
    return number_format(number, use_l10n=True, force_grouping=True)


@register.filter
def actor(name: str) -> str:
    """Who did it: the system has a name in every language."""
    return _("the system") if name == SYSTEM.name else name


@register.filter
def pretty_json(value: Any) -> str:
    """JSON to be read: indented, keys in order, letters of every script as they are."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str)


@register.simple_tag
def pill(code: str, label: str = "") -> SafeString:
    """A state as a pill: a colour, a shape and a word. Without `label` the code is a state of the ledger."""
    words = (code, label or STATES.get(code, code))
    return format_html('<span class="pill" data-state="{}"><i aria-hidden="true"></i>{}</span>', *words)


@register.simple_tag
def delivery_pill(code: str) -> str:
    """The state of a delivery as a pill."""
    return pill(code, str(dict(Delivery.State.choices).get(code, code)))


@register.simple_tag
def operations_url() -> str:
    """The list of operations; empty where the module that shows them is not deployed."""
    return _reverse("operations_pages:list")


@register.simple_tag
def operation_url(id: object) -> str:
    """The page of one operation; empty where the module that shows it is not deployed."""
    return _reverse("operations_pages:show", id)


def _reverse(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag
def took(operation: Operation) -> str:
    """From acceptance to the end; a dash while it is open."""
    end = operation.finished_at
    return lasting((end - operation.created_at).total_seconds() if end else None)


@register.inclusion_tag("console/parts/progress.html")
def progress(operation: Operation) -> dict[str, Any]:
    """How far an operation says it is: a bar when it knows the whole, else what it has done."""
    return {"done": operation.progress_done, "total": operation.progress_total, "state": operation.state}
