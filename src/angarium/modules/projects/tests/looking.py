"""For tests of the pages: a project of somebody's, who may do what in it, and what stands on a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.modules.projects.models import Member, Project, Task

LIST = "/app/projects/"
NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)


def person(name: str = "", **columns: Any) -> Person:
    return make_person(name, **{"password": None, "timezone": "Europe/Moscow", **columns})


def project(name: str = "Сайт", *, owner: Person | None = None, **roles: Person) -> Project:
    """A project; `roles` are such as `viewer=somebody`."""
    made = Project.objects.create(name=name)
    for role, who in {**roles, **({"owner": owner} if owner else {})}.items():
        Member.objects.create(project=made, person=who.pk, role=role)
    return made


def task(of: Project, title: str = "Макет", **columns: Any) -> Task:
    return Task.objects.create(**{"project": of, "title": title, "due_date": NOON, **columns})


def of(who: Person) -> Client:
    return client_signed_in(who)


def told() -> list[str]:
    """What the log has of the module, in order, by the short names of the types (`task_created`)."""
    types = Event.objects.filter(type__startswith="projects.").order_by("id").values_list("type", flat=True)
    return [name.partition(".")[2].removesuffix(".v1") for name in types]


def forget() -> None:
    """What was made so far is not in the log any more."""
    Event.objects.all().delete()


def text_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def plain(text: str) -> str:
    """What stands on the page, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def row_of(text: str, id: str) -> str:
    """What stands in the row or the list item that has this id in it."""
    pieces = re.findall(r"<(?:tr|li)\b.*?</(?:tr|li)>", text, re.DOTALL)
    return next(plain(piece) for piece in pieces if f'id="{id}"' in piece)


def error_beside(text: str, field: str) -> str:
    found = re.search(rf'id="id_{field}_error".*?<span>(.*?)</span>', text, re.DOTALL)
    return found[1] if found else ""


def days(number: float) -> timedelta:
    return timedelta(days=number)


@contextmanager
def queries(most: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as caught:
        yield
    assert len(caught) <= most, [one["sql"][:200] for one in caught]
