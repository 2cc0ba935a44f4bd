"""The migrations are complete, and go back and forward again."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection


@pytest.mark.django_db
def test_mail_26_the_migrations_are_complete() -> None:
    call_command("makemigrations", "mailings", check_changes=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_the_migrations_go_back_and_forward_again() -> None:
    def tables() -> set[str]:
        return {name for name in connection.introspection.table_names() if name.startswith("mailings_")}

    there = tables()
    assert {"mailings_client", "mailings_mailer", "mailings_message", "mailings_count", "mailings_plan"} <= there
    try:
        call_command("migrate", "mailings", "zero", verbosity=0)
        assert tables() == set()
    finally:
        call_command("migrate", "mailings", verbosity=0)
    assert tables() == there
