"""Reads and locks, each through what the asking principal may see."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from angarium.engine.identity.public import Principal
from angarium.kernel.errors import AngariumError, Stale

from .errors import NoClient, NoMailer, NoMessage, NotYours
from .lifecycle import State
from .models import Client, Mailer, Message

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
    row = rows.filter(pk=id).first()
    if row is None:
        raise refusal
    return row
