"""Filled tables go back and forth; addresses that several people share are for an administrator to part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from angarium.engine.identity.models import Person
from angarium.engine.identity.testing import make_person

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("identity", "0002_language_may_be_unchosen")]


def newest() -> list[tuple[str, str]]:
    return MigrationExecutor(connection).loader.graph.leaf_nodes("identity")


def migrate(to: list[tuple[str, str]]) -> None:
    MigrationExecutor(connection).migrate(to)


@pytest.fixture(autouse=True)
def _newest_afterwards() -> Iterator[None]:
    yield
    Person.objects.update(email="")
    migrate(newest())


def test_people_stay_as_they_were() -> None:
    make_person("ann", email="ann@example.org")
    make_person("bob")
    make_person("zoe")
    migrate(BEFORE)
    migrate(newest())
    assert dict(Person.objects.values_list("username", "email")) == {"ann": "ann@example.org", "bob": "", "zoe": ""}


def test_a_shared_address_is_named_and_nothing_is_changed() -> None:
    make_person("ann", email="ann@example.org")
    make_person("bob")
    migrate(BEFORE)
    Person.objects.filter(username="bob").update(email="Ann@Example.org")
    with pytest.raises(ImproperlyConfigured, match=r"share an e-mail address: ann@example\.org\."):
        migrate(newest())
    assert Person.objects.get(username="bob").email == "Ann@Example.org"
