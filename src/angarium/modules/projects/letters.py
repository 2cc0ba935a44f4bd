"""Letters of this module, in the reader's language and by the reader's clock; delivery sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from angarium.engine.delivery.public import Attachment, Delivery, Recipient, send
from angarium.engine.identity.public import Person

from .choices import Reason
from .hours import zone_named
from .lifecycle import Status

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

#: Each reason's heading and sentence.
WORDS: Mapping[str, tuple[_StrOrPromise, _StrOrPromise]] = {
    Reason.ASSIGNED: (_("Yours now: %(title)s"), _("This task is yours now.")),
    Reason.COMMENTED: (_("Comment: %(title)s"), _("%(by)s wrote: %(content)s")),
    Reason.STATUS: (_("%(status)s: %(title)s"), _("It went from “%(old_status)s” to “%(status)s”.")),
    Reason.DUE_SOON: (_("Due soon: %(title)s"), _("This task is due within a day.")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something to tell of a task. `key` names it, `words` are {title, project, due, by, content, status, old_status},
    as far as the reason has them, all of JSON. After `not_after` it is worth nothing."""

    reason: str
    key: str
    project: int
    task: int
    words: Mapping[str, str] = field(default_factory=dict)
    not_after: datetime | None = None


def reader(person: Person) -> Recipient:
    """Somebody who signs in, as whom to tell."""
    return Recipient(
        kind="person",
        id=str(person.pk),
        name=person.name,
        address=person.email,
        language=person.language or settings.LANGUAGE_CODE,
        timezone=zone_named(person.timezone).key,
        person=person.pk,
    )


def at_address(address: str) -> Recipient:
    """An address of the setting PROJECTS_NOTIFY, in the language and zone of the instance."""
    return Recipient(kind="address", id=address[:100], address=address)


def write(news: News, to: Recipient) -> Delivery:
    """Have one letter sent about one task."""
    with override(to.language):
        heading, sentence = in_words(news.reason, news.words)
        context = {
            "heading": heading,
            "sentence": sentence,
            "project": news.words.get("project", ""),
            "title": news.words.get("title", ""),
            "due": when(news.words.get("due", ""), to.timezone),
            "by": "" if news.reason == Reason.COMMENTED else news.words.get("by", ""),
        }
    return send(
        to=to,
        template="projects/letter",
        channel="email",
        key=f"{news.key}:{to.id}",
        subject=f"projects.task:{news.task}",
        context=context,
        topic=f"projects.{news.reason}",
        not_after=news.not_after,
    )


def in_words(reason: str, words: Mapping[str, str]) -> tuple[str, str]:
    """Heading and sentence in the active language."""
    known = {"title": "", "by": "", "content": "", "status": "", "old_status": ""}
    shown = known | dict(words) | {name: _label(words[name]) for name in ("status", "old_status") if name in words}
    shown["by"] = shown["by"] or translated("Somebody")
    heading, sentence = WORDS[reason]
    return str(heading) % shown, str(sentence) % shown


def when(due: str, zone: str) -> str:
    """`Monday, 4 March 2030, 15:00 (Europe/Moscow)` for an instant in ISO 8601; empty for an empty one."""
    if not due:
        return ""
    local = datetime.fromisoformat(due).astimezone(zone_named(zone))
    return f"{date_format(local, 'l, j E Y')}, {local:%H:%M} ({zone})"


def write_daily(
    kind: str, to: Recipient, key: str, context: dict[str, Any], attachments: Sequence[Attachment] = ()
) -> Delivery:
    """Have a `summary` or a `digest` sent, each key once."""
    return send(
        to=to,
        template=f"projects/{kind}_letter",
        channel="email",
        key=key,
        subject=key,
        context=context,
        topic=f"projects.{kind}",
        attachments=attachments,
    )


def _label(status: str) -> str:
    return str(Status(status).label) if status in Status.values else status
