"""The pages of exports: asking by a form made of the filters, one's own list, what is in the way of a file."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from angarium.engine.exports.public import Export
from angarium.engine.identity.public import Person, Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.public import Operation
from angarium.kernel.clock import now

pytestmark = pytest.mark.django_db
NEW = "/app/exports/new/operations.operations/"


@pytest.fixture
def staff() -> Person:
    return make_person("eva", Role.STAFF, email="eva@example.org")


@pytest.fixture
def client(staff: Person) -> Client:
    return client_signed_in(staff)


def ask(client: Client, **words: Any) -> Any:
    return client.post(NEW, {"format": "csv", "email": "hr@example.org", **words})


def test_hr_b8_nothing_exported_yet_is_said_and_what_there_is_to_export_is_offered(client: Client) -> None:
    page = client.get("/app/exports/").content.decode()
    assert "You have not exported anything yet" in page
    assert NEW in page


def test_hr_b8_a_form_asks_for_an_export_by_its_filters(client: Client) -> None:
    asked = ask(client, **{"filter-kind": "tests.kind", "filter-created_after": "2026-11-01T00:00"})
    row = Export.objects.get()
    assert (asked.status_code, asked["Location"]) == (302, f"/app/exports/{row.id}/")
    assert (row.filters, row.email) == (
        {"kind": "tests.kind", "created_after": "2026-11-01T00:00:00+00:00"},
        "hr@example.org",
    )
    shown = client.get(asked["Location"]).content.decode()
    assert "It waits for a worker." in shown
    assert f'hx-get="/app/exports/{row.id}/"' in shown
    assert f"/app/exports/{row.id}/" in client.get("/app/exports/").content.decode()


def test_hr_b8_the_page_moves_with_the_worker_without_being_loaded_anew(client: Client) -> None:
    ask(client)
    row = Export.objects.get()
    Operation.objects.filter(id=row.operation).update(
        state="running", progress_done=250, progress_total=1000, started_at=now(), stage="writing"
    )
    for path in (f"/app/exports/{row.id}/", "/app/exports/"):
        part = client.get(path, headers={"HX-Request": "true"}).content.decode()
        assert 'value="250.0" max="1000.0"' in part or 'value="250" max="1000"' in part
        assert "<html" not in part


def test_what_is_wrong_stands_beside_its_field(client: Client) -> None:
    refused = client.post(NEW, {"format": "pdf", "email": "nobody", "filter-state": "gone"})
    assert refused.status_code == 422
    assert not Export.objects.exists()
    assert refused.content.decode().count('class="wrong"') == 3


def test_hr_11_a_member_s_address_cannot_be_changed_and_another_s_export_is_not_there(client: Client) -> None:
    ask(client)
    member = client_signed_in(make_person("anna", email="anna@example.org"))
    assert ask(member).status_code == 302
    assert Export.objects.order_by("-id")[0].email == "anna@example.org"
    first = Export.objects.order_by("id")[0]
    for path in ("", "file/"):
        assert member.get(f"/app/exports/{first.id}/{path}").status_code == 404
    assert member.post(f"/app/exports/{first.id}/cancellation/").status_code == 404
    assert Client().get(f"/app/exports/{first.id}/file/").status_code == 302


def test_a_file_that_is_not_there_says_why_on_its_page(client: Client) -> None:
    ask(client)
    row = Export.objects.get()
    early = client.get(f"/app/exports/{row.id}/file/")
    assert (early.status_code, "The file is not there yet." in early.content.decode()) == (409, True)
    client.post(f"/app/exports/{row.id}/cancellation/")
    late = client.get(f"/app/exports/{row.id}/file/").content.decode()
    assert "The file is not kept any more" in late
    assert "Cancelled by eva." in late
