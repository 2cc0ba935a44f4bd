"""What a batch of rows changes in the table of clients, found out and written by statements over all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction

from angarium.kernel.clock import now
from angarium.modules.mailings.models import Client

from .cleaning import Wanted

#: How often somebody else may enter one of these numbers at the same moment.
PATIENCE = 10
Change = tuple[int, str, str]


def applied(rows: Sequence[Wanted], *, write: bool) -> Counter[str]:
    """How many of these are new, changed and unchanged; written in the caller's transaction where that is asked for.
    What a row does not say stays as it is, and is the usual of a new client."""
    for _ in range(PATIENCE):
        try:
            with transaction.atomic():
                return _applied(rows, write=write)
        except IntegrityError:  # somebody has entered one of them since they were looked for
            continue
    with transaction.atomic():
        return _applied(rows, write=write)


def _applied(rows: Sequence[Wanted], *, write: bool) -> Counter[str]:
    there = _there([row.phone for row in rows], lock=write)
    new = [row for row in rows if row.phone not in there]
    changes = [change for row in rows if row.phone in there and (change := _change(row, *there[row.phone]))]
    if write:
        Client.objects.bulk_create([_client(row) for row in new])
        _update(changes)
    return Counter(new=len(new), changed=len(changes), unchanged=len(rows) - len(new) - len(changes))


def _there(phones: Sequence[str], *, lock: bool) -> dict[str, Change]:
    rows = Client.objects.filter(phone__in=phones, deleted_at__isnull=True).order_by("id")
    if lock:
        rows = rows.select_for_update(no_key=True)
    return {phone: (id, tag, zone) for phone, id, tag, zone in rows.values_list("phone", "id", "tag", "timezone")}


def _change(row: Wanted, id: int, tag: str, zone: str) -> Change | None:
    after = (id, tag if row.tag is None else row.tag, zone if row.timezone is None else row.timezone)
    return None if after == (id, tag, zone) else after


def _client(row: Wanted) -> Client:
    said = {"tag": row.tag, "timezone": row.timezone}
    given = {name: value for name, value in said.items() if value is not None}
    return Client(phone=row.phone, operator_code=row.phone[1:4], **given)


def _update(changes: Sequence[Change]) -> None:
    if not changes:
        return
    places = ", ".join(["(%s, %s, %s)"] * len(changes))
    statement = f"""
        WITH given (id, tag, timezone) AS (VALUES {places})
        UPDATE mailings_client AS client SET tag = given.tag, timezone = given.timezone, updated_at = %s
        FROM given WHERE client.id = given.id
    """  # noqa: S608  places alone
    moment = connection.ops.adapt_datetimefield_value(now())
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(value for change in changes for value in change), moment])
