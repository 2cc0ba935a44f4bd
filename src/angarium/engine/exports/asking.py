"""Asking for an export: one row and one operation, however often, and from however many sides, the same is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction

from angarium.engine.identity.public import Principal, Token
from angarium.engine.ledger.public import TERMINAL, State, start

from .asker import columns_of, name_of, person_of
from .datasets import Dataset, granted
from .ending import end
from .errors import ForeignAddress, TooManyExports
from .models import Export
from .seeing import exports_of, with_work

#: How often a seat, or the place of what is the same, may be taken by somebody else while it is being taken.
TRIES = 20


def ask(
    of: Dataset,
    *,
    by: Principal,
    filters: Mapping[str, Any],
    checked: Mapping[str, Any],
    format: str,
    columns: Collection[str] = (),
    email: str | None = None,
    token: Token | None = None,
    site: str = "",
) -> Export:
    """Have rows written into a file and sent to this address, or to the asker's own; to nobody when it is empty.

    `filters` as they were given and, `checked`, as they are meant. Asked again while it is open it is the same export.
    Raises MayNotRead, ForeignAddress, TooManyExports.
    """
    granted(of, by, dict(checked), columns)
    address = address_for(by, email)
    wanted = {
        "dataset": of.name,
        "format": format,
        "filters": dict(filters),
        "columns": [column.name for column in of.columns if column.name in columns],
        "email": address,
    }
    same = hashlib.sha256(msgspec.json.encode([name_of(by), wanted], order="sorted")).hexdigest()
    for _ in range(TRIES):
        found = exports_of(by).filter(same=same).first()
        if found is not None and found.state not in TERMINAL:
            return found
        made = _made({**wanted, **columns_of(by, token), "site": site, "same": same})
        if made is not None:
            return exports_of(by).get(id=made.id)
    raise TooManyExports


def address_for(by: Principal, email: str | None) -> str:
    """The address that may be written to: a member's own, any for staff, services and the open form."""
    if email == "":
        return ""
    person = person_of(by)
    own = person.email if person else ""
    if email is None or email.casefold() == own.casefold():
        return own
    if by.is_staff or by.is_open:
        return email
    raise ForeignAddress(field="email")


def _made(columns: dict[str, Any]) -> Export | None:
    """A new row on a free seat; None when somebody was quicker. Raises TooManyExports."""
    leave_seats(columns["asker"])
    taken = set(Export.objects.filter(asker=columns["asker"], seat__isnull=False).values_list("seat", flat=True))
    free = next((seat for seat in range(settings.EXPORTS_PER_PERSON) if seat not in taken), None)
    if free is None:
        raise TooManyExports(limit=settings.EXPORTS_PER_PERSON)
    try:
        with transaction.atomic():
            row = Export.objects.create(**columns, seat=free)
            row.operation = start("exports.build", key=str(row.id), export=str(row.id))
            row.save(update_fields=["operation"])
    except IntegrityError:
        return None
    return row


def leave_seats(asker: str) -> None:
    """What has ended as an operation alone (its attempts were spent, it was cancelled there) is open no more."""
    for row in with_work(Export.objects.filter(asker=asker, seat__isnull=False, ended="")):
        if row.at_work is None or row.at_work in TERMINAL:
            end(row, row.at_work or State.FAILED, row.said or "")
