"""For templates of messages: a context is kept as JSON, so its moments come as text."""

from __future__ import annotations

from datetime import datetime

from django import template

register = template.Library()


@register.filter
def moment(text: str | datetime) -> datetime:
    """`{{ starts_at|moment|date:"j E, H:i" }}`: an ISO 8601 moment, shown by the recipient's clock. ValueError for
    what is none."""
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)
