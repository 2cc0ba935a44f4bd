"""Demo data: made once, in a new embedded database, on a loopback address only."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.db import transaction

from angarium.engine.identity.public import Person, Role
from angarium.engine.ledger.public import start
from angarium.kernel.clock import now

ACCOUNTS = (("demo", "demo", Role.STAFF), ("user", "password", Role.MEMBER), ("admin", "admin", Role.ADMIN))


def make() -> None:
    """Accounts `demo`/`demo` (staff), `user`/`password` (member) and `admin`/`admin`, what each module's `demo.py`
    brings, and an audit of it, so that the first page does not have to say that nobody has looked."""
    with transaction.atomic():
        for name, password, role in ACCOUNTS:
            Person.objects.create_user(username=name, password=password, role=role)
        for app in settings.ANGARIUM_MODULES.values():
            if find_spec(f"{app}.demo") is not None:
                import_module(f"{app}.demo").make()
        soon = now() + timedelta(seconds=5)
        start("console.audit", run_at=soon, slot=soon.isoformat())


def credentials_present() -> bool:
    """Does an account still have its demo password?"""
    return any(
        person.check_password(password)
        for name, password, _ in ACCOUNTS
        for person in Person.objects.filter(username=name, is_active=True)
    )
