"""The letter about a file that is ready, with the file, or with a link to it when it is large. One per export."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings
from django.utils import translation

from angarium.engine.delivery.public import NEVER_QUIET, Attachment, Recipient, send
from angarium.engine.identity.public import Person

from .datasets import dataset_named
from .ending import letter_key
from .models import Export, Format

TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}
#: What a file grows by in a letter: base64, its line ends, and the letter around it.
IN_A_LETTER, AROUND_IT = 1.37, 50_000


def send_letter(row: Export) -> None:
    """Have it sent, in the transaction in which the export ends; without an address nobody is written to."""
    if not row.email:
        return
    attached = fits(row.size or 0)
    enclosed = Attachment.of_stored(row.name, TYPES[Format(row.format)], "exports", row.file)
    send(
        to=_recipient(row),
        template="exports/ready",
        channel="email",
        key=letter_key(row),
        subject=f"exports.export:{row.id}",
        context=_context(row, attached=attached),
        attachments=[enclosed] if attached else [],
        not_after=row.expires_at,
    )


def send_link_instead(row: Export) -> None:
    """Once more without the file, where the mail server found the letter too large."""
    send(
        to=_recipient(row),
        template="exports/ready",
        channel="email",
        key=f"{letter_key(row)}:link",
        subject=f"exports.export:{row.id}",
        context=_context(row, attached=False),
        not_after=row.expires_at,
    )


def fits(size: int) -> bool:
    """May a file of so many bytes travel in a letter?"""
    return size <= settings.EXPORTS_ATTACH_BYTES and size * IN_A_LETTER + AROUND_IT <= settings.EMAIL_MOST_BYTES


def _recipient(row: Export) -> Recipient:
    person = Person.objects.filter(id=row.person).first() if row.person else None
    own = person is not None and person.email.casefold() == row.email.casefold()
    return Recipient(
        kind="person" if own else "address",
        id=str(row.person) if own else row.email[:100],
        name=person.name if person and own else "",
        address=row.email,
        language=row.language,
        timezone=row.timezone,
        person=row.person if own else None,
        quiet=NEVER_QUIET,
    )


def _context(row: Export, *, attached: bool) -> dict[str, object]:
    with translation.override(row.language):
        title = str(dataset_named(row.dataset).title)
    return {
        "title": title,
        "rows": row.rows,
        "size": row.size,
        "sha256": row.sha256,
        "file": row.name,
        "attached": attached,
        "link": urljoin(row.site, f"/app/exports/{row.id}/"),
        "snapshot_at": row.snapshot_at.isoformat() if row.snapshot_at else "",
        "expires_at": row.expires_at.isoformat() if row.expires_at else "",
    }
