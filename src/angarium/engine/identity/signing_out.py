"""Whoever signs out is told of as everybody who goes: what is open in other windows ends with the session."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db import transaction

from angarium.contracts.identity import PersonSignedOut

from .models import Person
from .principal import of_person
from .record import record


def connect() -> None:
    user_logged_out.connect(_signed_out, dispatch_uid="identity.signed_out")


def _signed_out(user: Any = None, **_: Any) -> None:
    if isinstance(user, Person):
        with transaction.atomic():
            record(of_person(user), PersonSignedOut(person_id=user.id))
