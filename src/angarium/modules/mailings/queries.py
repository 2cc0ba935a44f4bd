"""Reads and locks, each through what the asking principal may see."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from angarium.engine.events.public import Event, events_of_subject
from angarium.engine.identity.public import Principal
from angarium.engine.observability.public import note
from angarium.kernel.errors import AngariumError, Stale

from .errors import NoClient, NoMailer, NoMessage, NotYours
from .lifecycle import State
from .models import Client, Mailer, Message
from .timeline import Facts, Told, Try

M = TypeVar("M", bound=Model)


def writes_all(by: Principal) -> bool:
    """May this principal change mailings and clients? Staff and services, within their scopes, and the open form."""
    return by.is_open or (by.is_staff and by.may("mailings:write"))


def reads_all(by: Principal) -> bool:
    """Mailings and clients are the staff's: nobody else sees any of them."""
    return writes_all(by) or (by.is_staff and by.may("mailings:read"))


def clients_seen_by(by: Principal) -> QuerySet[Client]:
    """Those that were not deleted."""
    return Client.objects.filter(deleted_at__isnull=True) if reads_all(by) else Client.objects.none()


def mailers_seen_by(by: Principal) -> QuerySet[Mailer]:
    """Those that were not deleted."""
    return Mailer.objects.exclude(state=State.DELETED) if reads_all(by) else Mailer.objects.none()


def messages_seen_by(by: Principal) -> QuerySet[Message]:
    """Messages of every mailing, also of those that were deleted: what was sent was sent."""
    return Message.objects.select_related("client") if reads_all(by) else Message.objects.none()


def messages_found(by: Principal, **wanted: Any) -> QuerySet[Message]:
    """Those that fit all that is given; what is empty asks for nothing."""
    return messages_seen_by(by).filter(**{name: value for name, value in wanted.items() if value not in ("", None)})


def mailers_counted(by: Principal, *, deleted: bool = False) -> QuerySet[Mailer]:
    """The mailings that statistics tell of, the oldest first."""
    rows = mailers_seen_by(by)
    return (Mailer.objects.all() if deleted and reads_all(by) else rows).order_by("id")


def client_seen_by(by: Principal, id: int) -> Client:
    return _only(clients_seen_by(by), id, NoClient)


def mailer_seen_by(by: Principal, id: int) -> Mailer:
    return _only(mailers_seen_by(by), id, NoMailer)


def message_seen_by(by: Principal, id: int) -> Message:
    return _only(messages_seen_by(by), id, NoMessage)


def messages_to(by: Principal, client: int) -> QuerySet[Message]:
    """All messages to one client, who may be deleted by now. NoClient."""
    if not reads_all(by):
        raise NoClient
    return messages_seen_by(by).filter(client=_only(Client.objects.all(), client, NoClient))


def facts_of(message: Message) -> Facts:
    """What the rows and the log say of one message, for its timeline. Four queries."""
    mailer, client = message.mailer, message.client
    columns = ("state", "reason", "created_at", "attempts", "answer", "due_at", "deferred_until", "sent_at")
    rows = message.failures.order_by("at", "id").values_list("number", "at", "reason", "answer", "seconds")
    return Facts(
        **{name: getattr(message, name) for name in columns},
        tag=mailer.tag,
        operator_code=mailer.operator_code,
        finish=mailer.finish,
        opted_out_at=client.opted_out_at,
        client_deleted_at=client.deleted_at,
        tries=tuple(Try(*row) for row in rows),
        events=tuple(_told(event) for event in events_of_subject(f"mailings.mailer:{mailer.pk}")),
    )


def _told(event: Event) -> Told:
    said = event.data
    changed = tuple(said.get("changed", ()))
    return Told(event.type, event.at, said.get("tag", ""), said.get("operator_code", ""), changed)


def access_client_for_update(id: int, by: Principal) -> Client:
    """The client, locked, for somebody who may change it. NoClient, NotYours."""
    client = _only(clients_seen_by(by).select_for_update(), id, NoClient)
    if not writes_all(by):
        raise NotYours
    return client


def access_mailer_for_update(id: int, by: Principal, expected_version: int | None = None) -> Mailer:
    """The mailing, locked, for somebody who may change it. NoMailer, NotYours, or Stale when it has another version
    than the one expected."""
    mailer = _only(mailers_seen_by(by).select_for_update(), id, NoMailer)
    if not writes_all(by):
        raise NotYours
    if expected_version is not None and expected_version != mailer.version:
        raise Stale(current=mailer.version, given=expected_version)
    return mailer


def matching(*, tag: str = "", operator_code: str = "") -> QuerySet[Client]:
    """The clients that fit both of these; what is empty asks for nothing."""
    return Client.objects.filter(fits(tag=tag, operator_code=operator_code))


def fits(*, tag: str = "", operator_code: str = "") -> Q:
    """A condition on clients: not deleted, and with this tag and this operator code where they are given."""
    wanted = {"tag": tag, "operator_code": operator_code}
    return Q(deleted_at__isnull=True, **{name: value for name, value in wanted.items() if value})


def _only(rows: QuerySet[M], id: int, refusal: type[AngariumError]) -> M:
    note(**{f"{rows.model._meta.model_name}_id": id})  # the request's line in the log is found by it
    row = rows.filter(pk=id).first()
    if row is None:
        raise refusal
    return row
