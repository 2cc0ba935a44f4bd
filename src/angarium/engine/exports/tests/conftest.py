"""A dataset of the tests: addresses that are not written to, of which staff see all and members the public kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from angarium.engine.api.public import Shape, SingleLineText
from angarium.engine.delivery.public import Suppression
from angarium.engine.exports.public import Column, dataset, forget_dataset
from angarium.engine.identity.public import Person, Principal
from angarium.engine.identity.testing import client_with_token, make_person
from angarium.kernel.clock import now

NAME = "tests.addresses"


class Wanted(Shape):
    """The kind of message."""

    topic = SingleLineText(required=False)


def _fields(by: Principal, filters: dict[str, Any]) -> set[str]:
    return {"address", "because", "by", "at"} if by.is_staff else {"address", "at"}


def _part(by: Principal, filters: dict[str, Any]) -> Any:
    """Members read what is public only, and only when they ask for it."""
    return by.is_staff or (filters.get("topic") == "public" and "public")


@pytest.fixture
def addresses() -> Iterator[str]:
    dataset(
        NAME,
        title="Addresses: all/some",
        columns=[
            Column("address", "Address"),
            Column("because", "Why"),
            Column("by", "By"),
            Column("at", "Since", "moment"),
        ],
        filters=Wanted,
        rows=lambda by, filters: Suppression.objects.filter(**filters).order_by("address"),
        may_read=_part,
        fields=_fields,
    )
    yield NAME
    forget_dataset(NAME)


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> Path:
    """The storage and the workshop of one test."""
    options = {"location": str(tmp_path / "kept")}
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "exports": {"BACKEND": backend, "OPTIONS": options}}
    settings.EXPORTS_WORKSHOP = tmp_path / "under-way"
    (tmp_path / "under-way").mkdir()
    return tmp_path


def fill(number: int, *, because: str = "dead", topic: str = "") -> None:
    """So many more rows."""
    begin = Suppression.objects.count()
    rows = (
        Suppression(
            channel="email", address=f"a{begin + n:07}@example.org", topic=topic, because=because, by="t", at=now()
        )
        for n in range(number)
    )
    Suppression.objects.bulk_create(rows, batch_size=1000)


class Asker:
    """A client that asks for the tests' dataset."""

    def __init__(self, person: Person | None = None, **options: Any) -> None:
        self.person = person
        self.client: Client = client_with_token("*", person=person, **options)

    def ask(self, status: int = 202, **body: Any) -> Any:
        answer = self.client.post("/api/exports/", {"dataset": NAME, **body}, content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    def look(self, id: str) -> Any:
        return self.client.get(f"/api/exports/{id}/").json()

    def fetch(self, id: str) -> Any:
        return self.client.get(f"/api/exports/{id}/file/")


@pytest.fixture
def staff(db: None) -> Asker:
    return Asker()


@pytest.fixture
def member(db: None) -> Asker:
    return Asker(make_person(email="anna@example.org"))
