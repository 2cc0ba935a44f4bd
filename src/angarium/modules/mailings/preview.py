"""What a real client would read of a mailing, and what may be missing in it."""

from __future__ import annotations

from dataclasses import dataclass

from .models import Client, Mailer
from .queries import matching
from .rendering import names_in, render, unknown_in


@dataclass(frozen=True, slots=True)
class Empty:
    """So many clients that fit have nothing to fill in for `name`."""

    name: str
    clients: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`client` is None, and the text as it was written, where nobody fits."""

    client: int | None
    phone: str
    text: str
    fits: bool
    unknown: list[str]
    empty: list[Empty]


def preview(mailer: Mailer, client: Client | None = None) -> Preview:
    """As this client would read it, or the first one that fits and may be written to."""
    rows = matching(tag=mailer.tag, operator_code=mailer.operator_code)
    one = client or rows.filter(opted_out_at__isnull=True).order_by("id").first()
    return Preview(
        client=None if one is None else one.pk,
        phone="" if one is None else one.masked,
        text=mailer.content if one is None else render(mailer.content, phone=one.phone, tag=one.tag),
        fits=one is not None and rows.filter(pk=one.pk).exists(),
        unknown=unknown_in(mailer.content),
        empty=_empty(mailer),
    )


def _empty(mailer: Mailer) -> list[Empty]:
    """Only a tag can be empty."""
    if "tag" not in names_in(mailer.content):
        return []
    rows = matching(tag=mailer.tag, operator_code=mailer.operator_code)
    number = rows.filter(tag="", opted_out_at__isnull=True).count()
    return [Empty("tag", number)] if number else []
