"""The pages of importing clients, and of one message's story."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client as Browser

from angarium.engine.identity.public import Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.modules.mailings.importing import running
from angarium.modules.mailings.models import Attempt, Client, Import, Mailer, Message

from .conftest import people

pytestmark = pytest.mark.django_db
PAGE = "/app/mailings/import/"
TEXT = "телефон;тег;зона\n8 900 1234567;вип;Europe/Moscow\nnobody;;\n"


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> None:
    settings.ANGARIUM_HOME = tmp_path


@pytest.fixture
def staff(db: None) -> Browser:
    return client_signed_in(make_person(role=Role.STAFF, password=None))


def uploaded(staff: Browser, text: str = TEXT) -> Import:
    answer = staff.post(PAGE, {"file": SimpleUploadedFile("clients.csv", text.encode())})
    row = Import.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}{row.pk}/")
    return row


def text_of(staff: Browser, path: str, **headers: str) -> str:
    answer = staff.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def read(row: Import) -> None:
    row.refresh_from_db()
    assert row.operation is not None
    running.read_on(row, lambda done, total: None)
    with transaction.atomic():
        running.end(row.pk, row.operation)


def chosen(**columns: str) -> dict[str, str]:
    return {f"column-{name[1:]}": field for name, field in columns.items()}


def test_import_page_shows_the_first_rows_and_the_guessed_columns(staff: Browser) -> None:
    row = uploaded(staff)
    text = text_of(staff, f"{PAGE}{row.pk}/")
    assert "8 900 1234567" in text
    assert '<option value="phone" selected>' in text
    assert '<option value="timezone" selected>' in text
    assert 'hx-trigger="every' not in text


def test_import_page_checks_and_then_writes_by_the_chosen_columns(staff: Browser) -> None:
    row = uploaded(staff)
    staff.post(f"{PAGE}{row.pk}/run/", {"verb": "check", **chosen(c0="phone", c1="", c2="timezone")})
    assert 'hx-trigger="every 1s, live"' in text_of(staff, f"{PAGE}{row.pk}/")
    read(row)
    assert Client.objects.count() == 0
    part = text_of(staff, f"{PAGE}{row.pk}/", **{"HX-Request": "true"})
    assert part.startswith('<div id="import"')
    assert 'id="to-errors"' in part
    staff.post(f"{PAGE}{row.pk}/run/", {"verb": "run", **chosen(c0="phone", c1="", c2="timezone")})
    read(row)
    client = Client.objects.get()
    assert (client.phone, client.tag, client.timezone) == ("79001234567", "", "Europe/Moscow")
    errors = b"".join(staff.get(f"{PAGE}{row.pk}/errors/").streaming_content)  # type: ignore[arg-type]
    assert "nobody" in errors.decode("utf-8-sig")


@pytest.mark.parametrize("columns", [{}, {"c1": "tag"}, {"c0": "phone", "c1": "phone"}, {"c0": "colour"}])
def test_import_page_refuses_columns_that_make_no_sense(staff: Browser, columns: dict[str, str]) -> None:
    row = uploaded(staff)
    answer = staff.post(f"{PAGE}{row.pk}/run/", {"verb": "run", **chosen(**columns)}, follow=True)
    assert 'data-tone="error"' in answer.content.decode()
    row.refresh_from_db()
    assert (row.state, row.operation) == ("uploaded", None)


def test_import_page_stops_an_import(staff: Browser) -> None:
    row = uploaded(staff)
    staff.post(f"{PAGE}{row.pk}/run/", {"verb": "run", **chosen(c0="phone")})
    staff.post(f"{PAGE}{row.pk}/cancellation/")
    row.refresh_from_db()
    assert row.state == "cancelled"
    assert 'id="do-run"' in text_of(staff, f"{PAGE}{row.pk}/")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"a\x00b"])
def test_import_page_says_beside_the_field_what_is_wrong_with_a_file(staff: Browser, content: bytes) -> None:
    answer = staff.post(PAGE, {"file": SimpleUploadedFile("clients.csv", content)})
    assert answer.status_code == 422
    assert 'id="id_file_error"' in answer.content.decode()
    assert not Import.objects.exists()


def test_import_pages_are_the_staff_s(staff: Browser) -> None:
    row = uploaded(staff)
    member = client_signed_in(make_person(password=None))
    for path in (PAGE, f"{PAGE}{row.pk}/", f"{PAGE}{row.pk}/errors/"):
        assert member.get(path).status_code == 403
    assert member.post(f"{PAGE}{row.pk}/run/", {"verb": "run"}).status_code == 403
    assert staff.get(f"{PAGE}{row.pk + 1}/").status_code == 404


def test_import_page_shows_cells_as_text(staff: Browser) -> None:
    row = uploaded(staff, 'phone,tag\n79001234567,"<script>alert(1)</script>"\n')
    assert "<script>alert" not in text_of(staff, f"{PAGE}{row.pk}/")


def test_timeline_page_tells_each_try_in_words_and_no_number(staff: Browser, mailer: Mailer) -> None:
    [client] = people(("вип", "900"))
    mailer.content = "{tag}, вам скидка"
    mailer.save()
    message = Message.objects.create(mailer=mailer, client=client, state="expired", reason="timeout", attempts=1)
    Attempt.objects.create(message=message, number=1, reason="timeout", answer="504 slow", seconds=10.0)
    text = text_of(staff, f"/app/mailings/message/{message.pk}/")
    assert "Tried in vain" in text
    assert "504 slow" in text
    assert "вип, вам скидка" in text
    assert client.phone not in text
    assert client_signed_in(make_person(password=None)).get(f"/app/mailings/message/{message.pk}/").status_code == 403
