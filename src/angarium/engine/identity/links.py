"""Addresses that let somebody in once: to set the installation up, to accept an invitation, to choose a new password.

The database keeps which links there are and what became of them. The key in the address is the row's id signed with the
secret key, made when the address is written down, so neither rows nor backups nor pages hold anything that lets one in.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet

from angarium.kernel.clock import now

from .errors import LinkSpent
from .models import Link, Person
from .principal import Principal

LASTS = {
    Link.Purpose.SETUP: timedelta(hours=24),
    Link.Purpose.INVITATION: timedelta(hours=72),
    Link.Purpose.RESET: timedelta(hours=1),
}


def open_links(purpose: Link.Purpose, person: Person | None = None) -> QuerySet[Link]:
    """Those that still let somebody in."""
    return Link.objects.filter(
        purpose=purpose, person=person, used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now()
    )


def make_link(purpose: Link.Purpose, person: Person | None, by: Principal) -> Link:
    """A new link; earlier ones of this person and purpose let nobody in any more."""
    withdraw_links(purpose, person)
    return Link.objects.create(purpose=purpose, person=person, made_by=by.id, expires_at=now() + LASTS[purpose])


def withdraw_links(purpose: Link.Purpose, person: Person | None) -> int:
    return open_links(purpose, person).update(withdrawn_at=now())


def key_of(id: UUID, purpose: str) -> str:
    """What stands in the address."""
    return _signer(purpose).sign(id.hex)


def link_of(key: str, purpose: str, *, for_update: bool = False) -> Link:
    """The link of a key, if it still lets somebody in. Raises LinkSpent, whatever is wrong with it."""
    try:
        id = UUID(_signer(purpose).unsign(key))
    except (BadSignature, ValueError):
        raise LinkSpent from None
    rows = Link.objects.select_for_update(of=("self",)) if for_update else Link.objects.all()
    link = rows.select_related("person").filter(id=id, purpose=purpose).first()
    if link is None or not link.is_open(now()):
        raise LinkSpent
    return link


def use_link(key: str, purpose: str) -> Link:
    """Spend a link, inside the transaction that does what it is for."""
    link = link_of(key, purpose, for_update=True)
    link.used_at = now()
    link.save(update_fields=["used_at"])
    return link


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"angarium.identity.{purpose}", sep=".")
