"""Writes: one verb is one function is one transaction. Every one of them says who is acting (`by`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from functools import partial
from typing import NoReturn, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from angarium.engine.delivery.public import Delivery, Recipient, send
from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import start
from angarium.engine.observability.public import note
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid
from angarium.kernel.ids import uuid7
from angarium.kernel.transitions import IllegalMove

from .errors import BadSpan, BadWindow, NothingFailed, NotYours, OptedOut, PhoneTaken, TooLate
from .following import set_going
from .lifecycle import ALIVE, OPEN, OVER, WAITING, MessageState, Reason, State
from .models import Client, Mailer, Message, Plan, masked
from .moving import move_all
from .queries import access_client_for_update, access_mailer_for_update, mailer_seen_by, writes_all
from .rendering import render
from .sending.watch import stopped
from .windows import EVERY_DAY, mask_of


class ClientChanges(TypedDict, total=False):
    """What of a client can be edited; what is left out stays. Without an `operator_code` it is the phone's."""

    phone: str
    operator_code: str
    tag: str
    timezone: str


class MailerChanges(TypedDict, total=False):
    """What of a mailing can be edited; what is left out stays."""

    start: datetime
    finish: datetime
    content: str
    tag: str
    operator_code: str
    window_start: time | None
    window_end: time | None
    weekdays: list[int]


def add_client(*, by: Principal, **given: Unpack[ClientChanges]) -> Client:
    """Enter a client. Invalid names the field that does not fit, PhoneTaken says that another one has the number."""
    if not writes_all(by):
        raise NotYours
    with _phone_is_free(), transaction.atomic():
        client = Client()
        _change_client(client, given)
        client.save()
    note(client_id=client.pk)
    return client


def edit_client(id: int, *, by: Principal, **changes: Unpack[ClientChanges]) -> Client:
    """Change a client; another phone brings its operator code with it, another zone another time for what waits."""
    with _phone_is_free(), transaction.atomic():
        client = access_client_for_update(id, by)
        before = model_to_dict(client)
        _change_client(client, changes)
        if model_to_dict(client) != before:
            client.save()
        if client.timezone != before["timezone"]:
            _judge_anew(client)
    return client


def delete_client(id: int, *, by: Principal) -> None:
    """Remove a client: nothing is sent to them any more; what was sent stays in the statistics."""
    with transaction.atomic():
        client = access_client_for_update(id, by)
        client.deleted_at = now()
        client.save()
        _take_back(client, MessageState.CANCELLED, Reason.CLIENT_DELETED)


def opt_out(id: int, *, by: Principal) -> Client:
    """Have a client written to no more; what waits for them is suppressed."""
    with transaction.atomic():
        client = access_client_for_update(id, by)
        if client.opted_out_at is None:
            client.opted_out_at = now()
            client.save()
            _take_back(client, MessageState.SUPPRESSED, Reason.OPTED_OUT)
    return client


def opt_in(id: int, *, by: Principal) -> Client:
    """Have a client written to again, from the next mailing on."""
    with transaction.atomic():
        client = access_client_for_update(id, by)
        if client.opted_out_at is not None:
            client.opted_out_at = None
            client.save()
    return client


def add_mailer(*, by: Principal, **given: Unpack[MailerChanges]) -> Mailer:
    """Enter a mailing; it starts by itself. Invalid names the field that does not fit; BadSpan when it ends before it
    starts, or already has; BadWindow for half a window."""
    if not writes_all(by):
        raise NotYours
    with transaction.atomic():
        mailer = Mailer()
        _change_mailer(mailer, given)
        if mailer.finish <= now():
            raise BadSpan(field="finish")
        mailer.save()
    note(mailer_id=mailer.pk)
    return mailer


def edit_mailer(
    id: int, *, by: Principal, expected_version: int | None = None, **changes: Unpack[MailerChanges]
) -> Mailer:
    """Change a mailing in any phase but when it is cancelled. What was sent is not sent again; what was not follows the
    new text, filter and times. What changes nothing writes nothing."""
    with transaction.atomic():
        mailer = access_mailer_for_update(id, by, expected_version)
        before, wish = model_to_dict(mailer), mailer.wish
        _change_mailer(mailer, changes)
        if model_to_dict(mailer) == before:
            return mailer
        if mailer.state in OVER:
            _refuse(mailer, "A cancelled mailing is not changed any more.")
        if mailer.wish != wish:
            _follow_times(mailer)
        mailer.save()
    _await_stop(mailer)
    return mailer


def pause_mailer(id: int, *, by: Principal, expected_version: int | None = None) -> Mailer:
    """Let nothing more of it go out until it is resumed; calls that are under way may still end."""
    return _move(id, State.PAUSED, by, expected_version)


def resume_mailer(id: int, *, by: Principal, expected_version: int | None = None) -> Mailer:
    """Let a paused mailing go on. TooLate once its finish has passed."""
    with transaction.atomic():
        mailer = access_mailer_for_update(id, by, expected_version)
        if mailer.state != State.PAUSED:
            _refuse(mailer, "Only a paused mailing can be resumed.")
        mailer.go_on(now())
        mailer.save()
    return mailer


def cancel_mailer(id: int, *, by: Principal, expected_version: int | None = None) -> Mailer:
    """End it for good: what was not sent is cancelled."""
    return _move(id, State.CANCELLED, by, expected_version)


def delete_mailer(id: int, *, by: Principal, expected_version: int | None = None) -> None:
    """Remove it: no call begins any more once this returns; what was sent stays in the history."""
    _move(id, State.DELETED, by, expected_version)


def retry_failed(id: int, *, by: Principal, expected_version: int | None = None) -> Mailer:
    """Try again what the sender refused for good. NothingFailed, or TooLate once the mailing's finish has passed."""
    with transaction.atomic():
        mailer = access_mailer_for_update(id, by, expected_version)
        if mailer.state in OVER:
            _refuse(mailer, "Nothing of a cancelled mailing is tried again.")
        if mailer.finish <= now():
            raise TooLate
        if not Message.objects.filter(mailer=mailer, state=MessageState.FAILED).exists():
            raise NothingFailed
        if mailer.state == State.FINISHED:
            mailer.go_on(now())
            mailer.save()
        start("mailings.retry_messages", order_key=f"mailings.mailer:{id}", mailer=id)
    return mailer


def send_test(id: int, *, by: Principal, phone: str) -> Delivery:
    """Send the text of a mailing to this number at once, as the client who has it would read it. It is none of the
    mailing's messages. OptedOut for somebody who is not to be written to."""
    mailer = mailer_seen_by(by, id)
    if not writes_all(by):
        raise NotYours
    client = Client.objects.filter(phone=phone, deleted_at__isnull=True).first()
    if client is not None and client.opted_out_at is not None:
        raise OptedOut(field="phone")
    text = render(mailer.content, phone=phone, tag="" if client is None else client.tag)
    return send(
        to=Recipient(kind="phone", id=masked(phone), address=phone),
        template="mailings/test",
        channel="sms",
        key=f"mailing:{id}:test:{uuid7()}",
        subject=f"mailings.mailer:{id}",
        context={"text": text},
        not_after=now() + timedelta(hours=1),
        urgent=True,
    )


def begin_mailer(id: int) -> Mailer | None:
    """Its time has come: the one that is to be sent now, None when that is no more true. Called by the worker."""
    with transaction.atomic():
        mailer = Mailer.objects.select_for_update().filter(pk=id).first()
        if mailer is None or mailer.state not in ALIVE or mailer.start > now():
            return None
        if mailer.state == State.PLANNED:
            mailer.move(State.SENDING)
            mailer.save()
    return mailer


def finish_mailer(id: int) -> None:
    """All its messages have ended, or its finish has come. Called by the worker, in the transaction of its outcome.
    One that was changed in the meantime, or has something to send again, goes on."""
    with transaction.atomic():
        mailer = Mailer.objects.select_for_update().filter(pk=id).first()
        if mailer is not None and _has_ended(mailer):
            mailer.move(State.FINISHED)
            mailer.save()


def reopen_mailer(id: int) -> Mailer:
    """Something of it is to be sent again: if it has finished by now, it goes on. Called by the worker."""
    with transaction.atomic():
        mailer = Mailer.objects.select_for_update().get(pk=id)
        if mailer.state == State.FINISHED:
            mailer.go_on(now())
            mailer.save()
    return mailer


def _has_ended(mailer: Mailer) -> bool:
    if Message.objects.filter(mailer=mailer, state__in=sorted(OPEN)).exists():
        return False
    if mailer.finish <= now():
        return mailer.state in ALIVE | {State.PAUSED}
    return mailer.state in ALIVE and Plan.objects.filter(mailer=mailer, wish=mailer.wish).exists()


def _move(id: int, to: str, by: Principal, expected_version: int | None) -> Mailer:
    with transaction.atomic():
        mailer = access_mailer_for_update(id, by, expected_version)
        mailer.move(to)
        mailer.save()
    _await_stop(mailer)
    return mailer


def _await_stop(mailer: Mailer) -> None:
    """Once the change is committed, which a caller's own transaction (the admin's, a repeatable request's) puts off."""
    transaction.on_commit(partial(stopped, mailer.pk, mailer.version))


def _change_client(client: Client, given: ClientChanges) -> None:
    client.phone = given.get("phone", client.phone)
    code = client.phone[1:4]
    client.operator_code = given.get("operator_code") or code
    client.tag = given.get("tag", client.tag).strip()
    client.timezone = given.get("timezone", client.timezone)
    _clean(client, besides={"phone"})  # whether somebody else has it, only the database can say
    if client.operator_code != code:
        raise Invalid("The operator code is the second to the fourth digit of the phone.", field="operator_code")


@contextmanager
def _phone_is_free() -> Iterator[None]:
    """Turns the database's refusal of a number that another client has into ours, also when both came at once."""
    try:
        yield
    except IntegrityError as error:
        if "phone" not in str(error):
            raise
        raise PhoneTaken(field="phone") from None


def _change_mailer(mailer: Mailer, given: MailerChanges) -> None:
    for name in ("start", "finish", "content", "window_start", "window_end"):
        if name in given:
            setattr(mailer, name, given[name])
    mailer.tag = (given.get("tag", mailer.tag) or "").strip()
    mailer.operator_code = given.get("operator_code", mailer.operator_code) or ""
    if "weekdays" in given:
        mailer.weekdays = mask_of(given["weekdays"] or EVERY_DAY)
    if (mailer.window_start is None) != (mailer.window_end is None):
        raise BadWindow(field="window_end" if mailer.window_end is None else "window_start")
    if mailer.start is not None and mailer.finish is not None and mailer.finish <= mailer.start:
        raise BadSpan(field="finish")
    _clean(mailer)


def _refuse(mailer: Mailer, because: str) -> NoReturn:
    raise IllegalMove(because, current=mailer.state, allowed=list(mailer.allowed))


def _follow_times(mailer: Mailer) -> None:
    """The state that a mailing with this wish has: one whose start was moved ahead waits for it again, one that has
    finished goes on, with more time or with others, while there is time."""
    moment = now()
    if mailer.state == State.SENDING and mailer.start > moment:
        mailer.move(State.PLANNED)
    elif mailer.state == State.FINISHED and mailer.finish > moment:
        mailer.go_on(moment)


def _take_back(client: Client, to: str, reason: str) -> None:
    """What waits for this client, in every mailing. A worker that has taken some of it looks again before it goes."""
    rows = Message.objects.filter(client=client, state__in=sorted(WAITING))
    for mailer in sorted(set(rows.values_list("mailer", flat=True))):
        move_all(rows.filter(mailer=mailer), mailer, to, reason=reason)


def _judge_anew(client: Client) -> None:
    """What waits for this client's window is looked at now. A mailing that has not begun is planned anew at its start
    anyway."""
    rows = Message.objects.filter(client=client, state=MessageState.DEFERRED, mailer__state=State.SENDING)
    for message in rows.select_related("mailer").order_by("mailer"):
        move_all(rows.filter(pk=message.pk), message.mailer.pk, MessageState.DEFERRED, due_at=now())
        set_going(message.mailer)


def _clean(row: Client | Mailer, besides: Collection[str] = ()) -> None:
    """Invalid for the first field that does not fit."""
    try:
        row.clean_fields()
        row.validate_constraints(exclude=set(besides))
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise Invalid(problems[0], field=None if field == "__all__" else field) from None
