"""An export from the asking to the letter, by a real worker."""

from __future__ import annotations

import csv
import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.storage import storages
from django.db import connection, connections

from angarium.engine.delivery.public import Delivery, Suppression, message_of
from angarium.engine.exports import building
from angarium.engine.exports.models import Export
from angarium.engine.exports.public import Snapshot, snapshot
from angarium.engine.exports.retention import answer_too_large, end_files
from angarium.engine.exports.tests.conftest import NAME, Asker, fill
from angarium.engine.identity.public import Person, Role
from angarium.engine.identity.testing import make_person
from angarium.engine.ledger.public import Operation, claim
from angarium.engine.tasks.activity import idle
from angarium.engine.tasks.testing import bring_forward, settled, until, working
from angarium.kernel.clock import now

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("addresses")]


def built(asker: Asker, **body: Any) -> Any:
    """What became of an export."""
    with working():
        id = asker.ask(**body)["id"]
        settled(within=30)
    return asker.look(id)


def letter(id: str) -> Delivery:
    return Delivery.objects.get(key=f"export:{id}")


def test_hr_06_what_is_asked_for_is_built_and_sent_with_as_many_rows_as_there_are(staff: Asker, folders: Path) -> None:
    fill(30)
    found = built(staff, format="csv", email="hr@example.org")
    assert (found["state"], found["rows"], found["total"], found["error"]) == ("succeeded", 30, 30, None)
    answer = staff.fetch(found["id"])
    body = b"".join(answer.streaming_content)
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert (len(rows), rows[1][0]) == (31, "a0000000@example.org")
    assert (found["bytes"], found["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert answer["Content-Disposition"].endswith('.csv"')
    sent = letter(found["id"])
    assert (sent.address, sent.context["rows"], sent.context["sha256"]) == ("hr@example.org", 30, found["sha256"])
    assert sent.enclosed[0].content == body
    assert list((folders / "under-way").iterdir()) == []


@pytest.mark.parametrize(("language", "words"), [("en", "Rows: 3,"), ("ru", "Строк: 3,")])
def test_hr_06_the_letter_is_in_the_asker_s_language_and_states_its_proof(language: str, words: str) -> None:
    person = make_person(role=Role.STAFF, email="hr@example.org", language=language)
    fill(3)
    found = built(Asker(person))

    body = message_of(letter(found["id"])).body
    assert (words in body, found["sha256"] in body, f"/app/exports/{found['id']}/" in body) == (True, True, True)


def test_hr_06_a_file_that_no_letter_takes_is_a_link_that_asks_for_rights(staff: Asker, settings: Any) -> None:
    settings.EXPORTS_ATTACH_BYTES = 10
    fill(3)
    found = built(staff, email="hr@example.org")
    sent = letter(found["id"])
    assert (sent.attachments, sent.context["attached"]) == ([], False)
    assert Asker().fetch(found["id"]).status_code == 404
    assert staff.client.get(f"/app/exports/{found['id']}/file/", headers={"authorization": ""}).status_code == 302


def test_hr_06_a_letter_that_a_mail_server_finds_too_large_goes_once_more_with_a_link(staff: Asker) -> None:
    found = built(staff, email="hr@example.org")
    because = "The mail server refused it: 552 5.3.4 Message size exceeds fixed limit"
    Delivery.objects.filter(key=f"export:{found['id']}").update(state="failed", because=because)
    answer_too_large(now())
    answer_too_large(now())
    again = Delivery.objects.get(key=f"export:{found['id']}:link")
    assert (again.attachments, again.context["attached"], Delivery.objects.count()) == ([], False, 2)


def test_hr_06_without_an_address_nobody_is_written_to(staff: Asker) -> None:
    assert built(staff, email="")["state"] == "succeeded"
    assert not Delivery.objects.exists()


def test_hr_10_the_same_asked_again_and_at_once_is_one_export_and_one_letter(staff: Asker) -> None:
    fill(3)
    ready = threading.Barrier(4)

    def ask(_: int) -> str:
        ready.wait()
        try:
            return str(staff.ask(email="hr@example.org")["id"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(ask, range(4)))
    assert len(ids) == 1
    assert staff.ask(email="hr@example.org")["id"] in ids
    assert staff.ask(format="csv", email="hr@example.org")["id"] not in ids
    with working():
        settled(within=30)
    assert Delivery.objects.count() == 2
    assert staff.ask(email="hr@example.org")["id"] not in ids


def test_hr_10_one_has_so_many_under_way_and_no_more(staff: Asker, settings: Any) -> None:
    settings.EXPORTS_PER_PERSON = 2
    first = staff.ask(filters={"topic": "a"})
    staff.ask(filters={"topic": "b"})
    assert staff.ask(409, filters={"topic": "c"})["code"] == "too_many_exports"
    assert staff.client.post(f"/api/exports/{first['id']}/cancellation/").json()["state"] == "cancelled"
    staff.ask(filters={"topic": "c"})


def test_hr_10_after_a_worker_s_death_it_is_built_anew_and_nothing_is_left_of_it(staff: Asker, folders: Path) -> None:
    fill(5)
    asked = staff.ask(email="hr@example.org")
    dead = claim(UUID(asked["operation"]), worker="dead", lease_seconds=-1)
    (folders / "under-way" / f"{asked['id']}.{dead.epoch}.xlsx").write_bytes(b"half")
    storages["exports"].save(f"{asked['id']}.{dead.epoch}.xlsx", io.BytesIO(b"whole, and never told"))
    with working():
        until(lambda: staff.look(asked["id"])["state"] == "succeeded", within=30)
        settled()
    assert Operation.objects.get(id=asked["operation"]).claims == 2
    assert list((folders / "under-way").iterdir()) == []
    assert [path.name for path in (folders / "kept").iterdir()] == [Export.objects.get().file]
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("by_page", [True, False])
def test_hr_b7_a_cancelled_export_stands_at_once_and_leaves_nothing(
    staff: Asker, folders: Path, monkeypatch: pytest.MonkeyPatch, by_page: bool
) -> None:
    fill(50)
    writing, go = threading.Event(), threading.Event()
    rows = Snapshot.rows

    def held(self: Snapshot, *words: Any) -> Any:
        for number, row in enumerate(rows(self, *words)):
            if number == 10:
                writing.set()
                go.wait(10)
            yield row

    monkeypatch.setattr(Snapshot, "rows", held)
    with working():
        asked = staff.ask(email="hr@example.org")
        assert writing.wait(10)
        until(lambda: staff.look(asked["id"])["rows"] == 10)
        if by_page:
            assert staff.client.post(f"/api/exports/{asked['id']}/cancellation/").status_code == 200
        else:
            from angarium.engine.identity.public import SYSTEM
            from angarium.engine.ledger.public import cancel

            cancel(UUID(asked["operation"]), SYSTEM)
        found = staff.look(asked["id"])
        assert idle(2), "the worker goes on"
        go.set()
        until(lambda: not list((folders / "under-way").iterdir()))
    assert (found["state"], found["url"]) == ("cancelled", None)
    assert not Delivery.objects.exists()
    assert not (folders / "kept").exists() or not list((folders / "kept").iterdir())
    staff.ask(email="hr@example.org")


def test_hr_b7_rows_that_come_and_go_meanwhile_change_neither_the_count_nor_the_file(staff: Asker) -> None:
    fill(10)
    query = Suppression.objects.order_by("address")
    with snapshot() as at:
        assert at.count(query) == 10
        fill(5)
        Suppression.objects.filter(address__startswith="a0000001").delete()
        assert (at.count(query), len(list(at.rows(query, "address")))) == (10, 10)
        assert at.count(query.none()) == len(list(at.rows(query.none(), "address"))) == 0


def test_hr_b7_a_file_with_other_rows_than_were_counted_is_never_sent(
    staff: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(3)
    monkeypatch.setattr(building, "_count", lambda *words: 4)
    with working():
        asked = staff.ask(email="hr@example.org")
        until(lambda: Operation.objects.get(id=asked["operation"]).claims == 1)
        for _ in range(5):
            until(lambda: bool(bring_forward("exports.build")) or staff.look(asked["id"])["state"] == "failed")
            settled()
    found = staff.look(asked["id"])
    assert (found["state"], found["error"]) == ("failed", "NotAsCounted: 4 rows were counted and 3 written.")
    assert not Delivery.objects.exists()


def test_hr_11_who_may_not_read_is_refused_when_asking(member: Asker) -> None:
    assert member.ask(403)["code"] == "may_not_read"
    assert member.ask(403, filters={"topic": "secret"})["field"] == "filters"
    assert member.ask(403, filters={"topic": "public"}, columns=["because"])["field"] == "columns"
    assert member.ask(403, filters={"topic": "public"}, email="eve@example.org")["code"] == "foreign_address"
    assert not Operation.objects.filter(kind="exports.build").exists()


def test_hr_11_a_column_that_one_may_not_see_is_not_in_the_file(member: Asker) -> None:
    fill(2, topic="public", because="a secret")
    found = built(member, format="csv", filters={"topic": "public"})
    body = b"".join(member.fetch(found["id"]).streaming_content).decode("utf-8-sig")
    assert (body.splitlines()[0], "secret" in body, found["rows"]) == ("Address,Since (UTC)", False, 2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"role": Role.MEMBER}, "You may not read these rows."),
        ({"is_active": False}, "The token that asked for it was revoked or has expired."),
    ],
)
def test_hr_11_rights_that_are_taken_while_it_waits_end_it_and_nothing_is_sent(
    change: dict[str, Any], reason: str
) -> None:
    person = make_person(role=Role.STAFF, email="hr@example.org")
    asked = Asker(person).ask()
    Person.objects.filter(id=person.id).update(**change)
    with working():
        settled(within=30)
    row = Export.objects.get(id=asked["id"])
    assert (row.state, row.because, row.file) == ("failed", reason, "")
    assert Operation.objects.get(id=row.operation).state == "failed"
    assert not Delivery.objects.exists()


def test_hr_11_rights_are_asked_again_when_the_file_is_fetched(staff: Asker) -> None:
    person = make_person(role=Role.STAFF, email="hr@example.org")
    asker = Asker(person)
    fill(2, topic="public")
    found = built(asker, filters={"topic": "public"})
    assert asker.fetch(found["id"]).status_code == 200
    Person.objects.filter(id=person.id).update(role=Role.MEMBER)
    assert asker.fetch(found["id"]).json()["code"] == "rights_changed"
    assert staff.fetch(found["id"]).status_code == 404


def test_hr_11_a_link_is_taken_back_or_its_time_is_over(staff: Asker, folders: Path) -> None:
    fill(2)
    first, second = built(staff), built(staff)
    assert staff.client.post(f"/api/exports/{first['id']}/revocation/").json()["url"] is None
    assert staff.client.post(f"/api/exports/{first['id']}/revocation/").status_code == 404
    Export.objects.filter(id=second["id"]).update(expires_at="2026-01-01T00:00:00Z")
    assert [staff.fetch(one["id"]).json()["code"] for one in (first, second)] == ["export_gone"] * 2

    assert end_files(now()) == 1
    assert list((folders / "kept").iterdir()) == []


def test_a_snapshot_takes_no_write_lock() -> None:
    with snapshot() as at:
        at.count(Suppression.objects.all())
        fill(1)
        if connection.vendor == "postgresql":
            with pytest.raises(Exception, match="read-only"), at._connection.cursor() as cursor:
                cursor.execute("DELETE FROM delivery_suppression")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"dataset": "tests.nothing"}, "dataset"),
        ({"format": "pdf"}, "format"),
        ({"columns": ["salary"]}, "columns"),
        ({"columns": "address"}, "columns"),
        ({"filters": {"salary": 1}}, "filters.salary"),
        ({"filters": {"topic": 5}}, "filters.topic"),
        ({"filters": []}, "filters"),
        ({"email": "nobody"}, "email"),
        ({"rows": 5}, "rows"),
    ],
)
def test_hr_06_what_is_not_known_is_refused_by_its_field(staff: Asker, body: dict[str, Any], field: str) -> None:
    refused = staff.ask(400, **body)
    assert refused["field"] == field
    assert refused["detail"]
    assert NAME in str(staff.client.get("/api/exports/datasets/").json())
