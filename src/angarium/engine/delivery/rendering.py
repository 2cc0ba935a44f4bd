"""A row as a message: its templates in the recipient's language and zone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.template import Context, TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.utils import timezone, translation

from .channel import Message
from .hold import zone_of
from .models import AbstractDelivery

#: In a row's context: the id of the message that it is the same as.
SAME_AS = "_same_as"


def message_of(row: AbstractDelivery) -> Message:
    """The message. Raises TemplateDoesNotExist without a `.txt`; subject and HTML are where there are templates."""
    context = {**row.context, "to": row.to}
    with translation.override(row.language), timezone.override(zone_of(row.timezone)):
        body = _plain(f"{row.template}.txt", context).rstrip("\n")
        subject = _optional(f"{row.template}.subject.txt", context) or body.lstrip().partition("\n")[0]
        html = _html(f"{row.template}.html", {**context, "subject": subject})
    return Message(
        id=UUID(row.context[SAME_AS]) if SAME_AS in row.context else row.id,
        to=row.to,
        subject=" ".join(subject.split()),
        body=body,
        html=html,
        attachments=row.enclosed,
    )


def _plain(name: str, context: dict[str, Any]) -> str:
    """Text is not HTML, so nothing in it is escaped."""
    template: Any = get_template(name)
    return str(template.template.render(Context(context, autoescape=False)))


def _optional(name: str, context: dict[str, Any]) -> str:
    try:
        return _plain(name, context)
    except TemplateDoesNotExist as missing:
        if str(missing) != name:
            raise
        return ""


def _html(name: str, context: dict[str, Any]) -> str:
    try:
        return render_to_string(name, context)
    except TemplateDoesNotExist as missing:
        if str(missing) != name:
            raise
        return ""
