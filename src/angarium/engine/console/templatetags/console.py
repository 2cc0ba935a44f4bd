"""Small words for templates: icons, state pills, humane times and durations, JSON for reading."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from angarium.engine.console import humane
from angarium.engine.ledger.public import State

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


@register.filter
def lasting(seconds: float | None) -> str:
    """Seconds as people say them; a dash when there are none."""
    return "–" if seconds is None else humane.lasting(seconds)


@register.filter
def pretty_json(value: Any) -> str:
    """JSON to be read: indented, keys in order, letters of every script as they are."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, default=str)


@register.simple_tag
def pill(code: str, label: str = "") -> SafeString:
    """A state as a pill: a colour, a shape and a word. Without `label` the code is a state of the ledger."""
    words = (code, label or STATES.get(code, code))
    return format_html('<span class="pill" data-state="{}"><i aria-hidden="true"></i>{}</span>', *words)
