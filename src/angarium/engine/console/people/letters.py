"""The letters that let somebody in. Their links are signed when they are written, in a worker, and nowhere kept."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from angarium.engine.delivery.public import Recipient, send
from angarium.engine.identity.public import Link, Person

PAGES = {Link.Purpose.INVITATION: "console:welcome", Link.Purpose.RESET: "console:new_password"}


def send_link(link: Link, request: HttpRequest) -> None:
    """Have the letter with this link written and sent, once, by night as well."""
    person = link.person
    assert person is not None
    send(
        to=Recipient(
            kind="person",
            id=str(person.id),
            name=person.name,
            address=person.email,
            language=person.language or settings.LANGUAGE_CODE,
            timezone=person.timezone,
            person=person.id,
        ),
        template=f"letters/{link.purpose}",
        channel="email",
        key=f"link:{link.id}",
        subject=f"identity.person:{person.id}",
        context={
            "link": str(link.id),
            "purpose": link.purpose,
            "page": request.build_absolute_uri(reverse(PAGES[Link.Purpose(link.purpose)])),
            "site": request.get_host(),
            "expires_at": link.expires_at.isoformat(),
            "by": _maker(link),
        },
        not_after=link.expires_at,
        urgent=True,
    )


def _maker(link: Link) -> str:
    maker = Person.objects.filter(id=link.made_by).first() if link.made_by else None
    return str(maker) if maker else ""


def letters_stay_here() -> bool:
    """Is there no mail server, so that letters become files in ANGARIUM_HOME/letters?"""
    return bool(settings.EMAIL_BACKEND.endswith(".LetterFolder"))
