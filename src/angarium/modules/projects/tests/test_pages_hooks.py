"""Webhooks as pages: the list, a new one whose secret is shown once, its messages, and who sees them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from angarium.engine.delivery.public import Delivery, DeliveryStep, State
from angarium.engine.identity.public import Person, Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.modules.projects import hooks
from angarium.modules.projects.models import Hook, Member, Project

from .deeds import STAFF, project

pytestmark = pytest.mark.django_db
LIST = "/app/projects/hooks/"
URL = "https://hooks.example.org/angarium"


@pytest.fixture
def made(db: None) -> Project:
    return project(hers=False)


@pytest.fixture
def owner(made: Project) -> Client:
    person: Person = make_person(password=None)
    Member.objects.create(project=made, person=person.pk, role="owner")
    return client_signed_in(person)


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


def test_an_owner_enters_one_and_sees_its_secret_in_that_answer_alone(owner: Client, made: Project) -> None:
    assert "No webhook yet" in text_of(owner.get(LIST))
    assert f'value="{made.pk}"' in text_of(owner.get(f"{LIST}new/"))
    answer = owner.post(f"{LIST}new/", {"url": URL, "project": made.pk, "events": ["task.created"]})
    row = Hook.objects.get()
    [secret] = re.findall(r"whsec_[A-Za-z0-9+/=]+", text_of(answer))
    assert answer["Cache-Control"] == "no-store"
    assert secret == hooks.secret_from(row.seed)
    for path in (LIST, f"{LIST}{row.pk}/", f"{LIST}{row.pk}/edit/"):
        page = text_of(owner.get(path))
        assert "hooks.example.org" in page
        assert "whsec_" not in page
    renewed = text_of(owner.post(f"{LIST}{row.pk}/secret/"))
    assert secret not in renewed
    assert "whsec_" in renewed


@pytest.mark.parametrize("url", ["", "https://127.0.0.1", "http://example.org", "nonsense"])
def test_what_is_refused_stands_beside_its_field(owner: Client, made: Project, url: str) -> None:
    page = text_of(owner.post(f"{LIST}new/", {"url": url, "project": made.pk}), 422)
    assert 'id="id_url_error"' in page
    assert not Hook.objects.exists()


def test_pm_b9_its_page_shows_messages_sends_them_again_and_pings(owner: Client, made: Project) -> None:
    row, _secret = hooks.create_hook(by=STAFF, url=URL, project=made.pk, note="Чат")
    here = f"{LIST}{row.pk}/"
    assert "Nothing was sent yet" in text_of(owner.get(here))
    assert owner.post(f"{here}ping/").status_code == 302
    sent = Delivery.objects.get()
    assert f"again-{sent.pk}" not in text_of(owner.get(here))
    Delivery.objects.update(state=State.FAILED, because="The receiver did not take it (500).")
    DeliveryStep.objects.create(delivery=sent.pk, state=State.FAILED, answer="500 <b>oops</b>")
    page = text_of(owner.get(here))
    assert "The receiver did not take it (500)." in page
    assert "500 &lt;b&gt;oops&lt;/b&gt;" in page
    assert '<summary class="mono">ping</summary>' in page
    assert f"again-{sent.pk}" in page
    assert owner.post(f"{here}deliveries/{sent.pk}/replay/").status_code == 302
    assert Delivery.objects.count() == 2
    part = text_of(owner.get(here, headers={"hx-request": "true"}))
    assert "<html" not in part
    assert part.count("<summary") == 2


def test_it_is_switched_off_and_on_edited_and_deleted(owner: Client, made: Project) -> None:
    row, _secret = hooks.create_hook(by=STAFF, url=URL, project=made.pk)
    here = f"{LIST}{row.pk}/"
    owner.post(f"{here}off/")
    page = text_of(owner.get(here))
    assert "Switched off by" in page
    assert 'id="do-on"' in page
    assert "do-ping" not in page
    assert "switched off" in text_of(owner.post(f"{here}ping/", follow=True))
    owner.post(f"{here}on/")
    assert owner.post(f"{here}edit/", {"url": f"{URL}/2", "note": "Новая"}).status_code == 302
    row.refresh_from_db()
    assert (row.url, row.note, row.events, row.enabled) == (f"{URL}/2", "Новая", [], True)
    owner.post(f"{here}deletion/")
    assert not Hook.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_who_does_not_own_the_project_finds_none(made: Project, role: str) -> None:
    row, _secret = hooks.create_hook(by=STAFF, url=URL, project=made.pk)
    person = make_person(password=None)
    Member.objects.create(project=made, person=person.pk, role=role)
    client = client_signed_in(person)
    assert "The owners of a project enter them." in text_of(client.get(LIST))
    assert client.get(f"{LIST}{row.pk}/").status_code == 404
    for verb in ("edit", "secret", "on", "off", "ping", "deletion"):
        assert client.post(f"{LIST}{row.pk}/{verb}/", {"url": URL}).status_code == 404
    row.refresh_from_db()
    assert row.enabled


def test_staff_have_one_for_all_projects(made: Project) -> None:
    client = client_signed_in(make_person(role=Role.STAFF, password=None))
    text_of(client.post(f"{LIST}new/", {"url": URL, "project": ""}))
    assert Hook.objects.get().project_id is None
    assert "all projects" in text_of(client.get(LIST))
