"""Importing clients: upload, preview, dry run, the real run, what was wrong as a file, stopping and going on."""

from __future__ import annotations

import json
import threading
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client as Browser

from angarium.engine.identity.public import SYSTEM
from angarium.engine.identity.testing import client_with_token
from angarium.engine.ledger.public import LeaseLost, Operation, cancel
from angarium.engine.tasks.testing import settled, working
from angarium.kernel.clock import now
from angarium.kernel.errors import Forbidden, Invalid
from angarium.kernel.transitions import IllegalMove
from angarium.modules.mailings.importing import comparing, files, running
from angarium.modules.mailings.importing.asking import (
    accept_file,
    cancel_import,
    forget_old,
    import_seen_by,
    start_import,
)
from angarium.modules.mailings.importing.files import errors_of, upload_of, written_wrongs
from angarium.modules.mailings.importing.reading import BrokenFile
from angarium.modules.mailings.models import Client, Import

from .deeds import STAFF

API = "/api/mailings/client/import/"
COUNTS = ("rows", "new", "changed", "unchanged", "wrong")


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.ANGARIUM_HOME = tmp_path
    return tmp_path


@pytest.fixture
def api(db: None) -> Browser:
    return client_with_token("*")


def upload(text: str | bytes, name: str = "clients.csv") -> Import:
    body = text if isinstance(text, bytes) else text.encode()
    pieces = iter([body])
    return accept_file(name, lambda _size: next(pieces, b""), by=STAFF)


def lines(number: int, tag: str = "vip", first: int = 0) -> str:
    rows = (f"7900{first + one:07},{tag}" for one in range(number))
    return "\n".join(["phone,tag", *rows])


def read(row: Import, *, dry_run: bool = False) -> Import:
    """Begin, and read to the end as the worker does."""
    row = start_import(row.pk, by=STAFF, dry_run=dry_run)
    assert row.operation is not None
    assert running.read_on(row, lambda done, total: None)
    with transaction.atomic():
        running.end(row.pk, row.operation)
    row.refresh_from_db()
    return row


def counts(row: Import) -> tuple[int, ...]:
    row.refresh_from_db()
    return tuple(getattr(row, name) for name in COUNTS)


def wrongs(row: Import) -> list[str]:
    row.refresh_from_db()
    return b"".join(written_wrongs(row.file, row.errors_size)).decode("utf-8-sig").splitlines()


pytestmark = pytest.mark.django_db


def test_mail_b09_import_new_changed_unchanged_and_wrong_rows_are_counted_and_only_then_written() -> None:
    kept = Client.objects.create(phone="79001111111", operator_code="900", tag="old", timezone="Europe/Moscow")
    Client.objects.create(phone="79002222222", operator_code="900", tag="vip")
    row = upload(
        "телефон;тег;зона\n8 (900) 111-11-11;vip;\n+79002222222;vip;UTC\n79003333333;;Asia/Omsk\nnobody;vip;\n"
        "79003333333;vip;\n\n79004444444;vip;Mars\n"
    )
    assert row.mapping == {"phone": 0, "tag": 1, "timezone": 2}
    checked = read(row, dry_run=True)
    assert (checked.state, counts(checked)) == ("checked", (8, 1, 1, 1, 3))
    assert Client.objects.count() == 2
    done = read(row)
    assert (done.state, counts(done)) == ("done", (8, 1, 1, 1, 3))
    kept.refresh_from_db()
    assert (kept.tag, kept.timezone) == ("vip", "Europe/Moscow")
    new = Client.objects.get(phone="79003333333")
    assert (new.tag, new.timezone, new.operator_code) == ("", "Asia/Omsk", "900")
    assert wrongs(row) == [
        "row;value;reason",
        "5;nobody;A phone number has 11 digits and begins with 7, +7 or 8.",
        "6;79003333333;This number stood in row 4 already.",
        '8;Mars;"This is not an IANA time zone; write one such as Europe/Moscow."',
    ]


def test_mail_b09_import_a_number_of_a_deleted_client_is_free() -> None:
    gone = Client.objects.create(phone="79001111111", operator_code="900", deleted_at=now())
    assert counts(read(upload("phone\n79001111111\n"))) == (2, 1, 0, 0, 0)
    assert Client.objects.filter(phone="79001111111").exclude(pk=gone.pk).count() == 1


def test_mail_b09_import_twice_changes_nothing_the_second_time() -> None:
    text = lines(2500)
    assert counts(read(upload(text))) == (2501, 2500, 0, 0, 0)
    before = list(Client.objects.values_list("id", "updated_at"))
    assert counts(read(upload(text))) == (2501, 0, 0, 2500, 0)
    assert list(Client.objects.values_list("id", "updated_at")) == before


def test_mail_b09_import_changes_many_at_once() -> None:
    read(upload(lines(1200, "old")))
    assert counts(read(upload(lines(1500, "new"))))[1:] == (300, 1200, 0, 0)
    assert Client.objects.filter(tag="new").count() == 1500


@pytest.mark.parametrize("stops_after", [0, 1, 2])
def test_mail_b09_import_killed_anywhere_goes_on_after_the_last_batch_that_was_committed(stops_after: int) -> None:
    text = lines(3500) + "\n79000000000,again\nwrong,x\n"
    row = start_import(upload(text).pk, by=STAFF)
    told: list[int] = []

    def die(done: int, total: int) -> None:
        told.append(done)
        if len(told) > stops_after:
            raise SystemExit

    with pytest.raises(SystemExit):
        running.read_on(row, die)
    assert counts(row)[0] == told[-1] == 1000 * (stops_after + 1)
    left = errors_of(row.file)
    left.write_bytes((left.read_bytes() if left.exists() else b"") + b"999,written but never committed\r\n")
    running.read_on(row, lambda done, total: told.append(done))
    assert told == sorted(set(told))
    assert counts(row) == (3503, 3500, 0, 0, 2)
    assert wrongs(row) == [
        "row,value,reason",
        "3502,79000000000,This number stood in row 2 already.",
        '3503,wrong,"A phone number has 11 digits and begins with 7, +7 or 8."',
    ]


def test_mail_b09_import_of_a_worker_that_stops_pauses_between_two_batches_and_goes_on() -> None:
    row = start_import(upload(lines(2500)).pk, by=STAFF)
    told: list[int] = []
    assert not running.read_on(row, lambda done, total: told.append(done), pauses=lambda: len(told) == 2)
    assert counts(row)[0] == 2000
    assert running.read_on(row, lambda done, total: told.append(done))
    assert (told, counts(row)) == ([1000, 2000, 2501], (2501, 2500, 0, 0, 0))


def test_mail_b09_import_holds_no_more_than_a_batch_in_memory(home: Path) -> None:
    row = upload(lines(100_000, "т" * 100))
    assert row.size > 20_000_000
    tracemalloc.start()
    with running.seen() as known:
        for batch in running._batches(row, known):
            last = batch.last
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert last == 100_001
    assert peak < 4_000_000


def test_mail_b09_import_two_workers_at_once_write_each_batch_once() -> None:
    row = start_import(upload(lines(2500)).pk, by=STAFF)
    stale = Import.objects.get(pk=row.pk)
    running.read_on(row, lambda done, total: None)
    with pytest.raises(LeaseLost):
        running.read_on(stale, lambda done, total: None)
    assert counts(row) == (2501, 2500, 0, 0, 0)


def test_mail_b09_import_that_was_cancelled_writes_nothing_more_and_begins_anew_when_asked() -> None:
    row = start_import(upload(lines(2500)).pk, by=STAFF)

    def cancelled(done: int, total: int) -> None:
        if done == 1000:
            cancel_import(row.pk, by=STAFF)

    with pytest.raises(LeaseLost):
        running.read_on(row, cancelled)
    assert Import.objects.get(pk=row.pk).state == "cancelled"
    assert Operation.objects.get(pk=row.operation).state == "cancelled"
    assert Client.objects.count() == 999
    assert counts(read(row)) == (2501, 1501, 0, 999, 0)


def test_mail_b09_import_whose_operation_was_ended_by_others_says_so() -> None:
    row = start_import(upload(lines(5)).pk, by=STAFF)
    assert row.operation is not None
    cancel(row.operation, SYSTEM, because="Not now.")
    shown = import_seen_by(STAFF, row.pk)
    assert (shown.state, shown.because) == ("cancelled", "Not now.")


def test_mail_b09_import_of_a_broken_file_leaves_what_was_committed_and_says_where() -> None:
    row = start_import(upload(lines(2500) + '\n79990000000,"never closed\n').pk, by=STAFF)
    with pytest.raises(BrokenFile, match="Line 2502"):
        running.read_on(row, lambda done, total: None)
    assert counts(row)[0] == 2000


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_mail_b09_import_somebody_enters_one_of_the_numbers_at_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    there, entered = comparing._there, []

    def enter() -> None:
        entered.append(Client.objects.create(phone="79000000001", operator_code="900", tag="mine"))
        connection.close()

    def late(phones: Any, *, lock: bool) -> Any:
        found = there(phones, lock=lock)
        if not entered:
            other = threading.Thread(target=enter)
            other.start()
            other.join()
        return found

    monkeypatch.setattr(comparing, "_there", late)
    assert counts(read(upload(lines(3))))[1:] == (2, 1, 0, 0)


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({"tag": 0}, "mapping.phone"),
        ({"phone": 7}, "mapping.phone"),
        ({"phone": 0, "tag": 0}, "mapping"),
        ({"phone": 0, "colour": 1}, "mapping.colour"),
        ({"phone": -1}, "mapping.phone"),
    ],
)
def test_mail_b09_import_by_a_mapping_that_makes_no_sense_is_refused(mapping: dict[str, int], field: str) -> None:
    row = upload(lines(2))
    with pytest.raises(Invalid) as refusal:
        start_import(row.pk, by=STAFF, mapping=mapping)
    assert refusal.value.field == field
    row.refresh_from_db()
    assert (row.state, row.operation) == ("uploaded", None)


def test_mail_b09_import_without_phones_that_could_be_recognised_asks_for_them() -> None:
    row = upload("a,b\nc,d\n")
    assert row.mapping == {}
    with pytest.raises(Invalid, match="Say which column"):
        start_import(row.pk, by=STAFF)


def test_mail_b09_import_that_is_being_read_is_not_begun_twice() -> None:
    row = upload(lines(2))
    start_import(row.pk, by=STAFF)
    with pytest.raises(IllegalMove):
        start_import(row.pk, by=STAFF)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04...", b"\xff\xfea\x00", b"a\x00b"])
def test_mail_b09_import_of_what_is_no_table_is_refused_and_nothing_is_kept(content: bytes, home: Path) -> None:
    with pytest.raises(BrokenFile):
        upload(content)
    assert list((home / "imports").iterdir()) == []
    assert not Import.objects.exists()


def test_mail_b09_import_of_too_large_a_file_is_refused_and_nothing_is_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch, api: Browser
) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1000)
    answer = api.post(API, data=lines(100), content_type="text/csv")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (413, "too_large", "file")
    assert list((home / "imports").iterdir()) == []


def test_mail_b09_import_formulas_in_the_file_of_errors_stay_text() -> None:
    row = read(upload('phone\n"=1+1"\n@x\n-5\n'))
    assert [line.split(",")[1] for line in wrongs(row)[1:]] == ["'=1+1", "'@x", "'-5"]


def test_mail_b09_import_forgets_the_upload_when_it_is_done(django_capture_on_commit_callbacks: Any) -> None:
    row = upload(lines(2))
    with django_capture_on_commit_callbacks(execute=True):
        read(row)
    assert not upload_of(row.file).exists()


def test_mail_b09_import_that_nobody_has_touched_for_long_is_forgotten_with_its_files(
    settings: Any, home: Path
) -> None:
    old, fresh = upload(lines(2)), upload(lines(2))
    Import.objects.filter(pk=old.pk).update(created_at=now() - timedelta(days=settings.RETENTION_DAYS + 1))
    assert forget_old() == 1
    assert list(Import.objects.all()) == [fresh]
    assert [path.name for path in (home / "imports").iterdir()] == [f"{fresh.file}.csv"]


# --- over HTTP


def post(api: Browser, path: str, body: object) -> Any:
    return api.post(path, data=json.dumps(body), content_type="application/json")


def test_mail_b09_import_over_http_shows_the_first_twenty_rows_and_what_the_columns_seem_to_be(api: Browser) -> None:
    answer = api.post(API, {"file": SimpleUploadedFile("мои.csv", ("\ufeff" + lines(30)).encode())})
    told = answer.json()
    assert (answer.status_code, answer["Location"]) == (202, f"{API}{told['id']}/")
    assert (told["status"], told["name"], told["encoding"], told["delimiter"]) == (
        "uploaded",
        "мои.csv",
        "utf-8-sig",
        ",",
    )
    assert (told["mapping"], told["has_header"], told["lines"]) == ({"phone": 0, "tag": 1}, True, 31)
    assert told["columns"] == [
        {"index": 0, "title": "phone", "field": "phone"},
        {"index": 1, "title": "tag", "field": "tag"},
    ]
    assert told["preview"] == [[f"7900{number:07}", "vip"] for number in range(20)]
    assert api.get(f"{API}{told['id']}/").json() == told


def test_mail_b09_import_over_http_takes_a_bare_body_of_the_cyrillic_windows(api: Browser) -> None:
    body = "телефон\tтег\n79001234567\tвип\n".encode("cp1251")
    told = api.post(API, data=body, content_type="text/csv").json()
    assert (told["encoding"], told["delimiter"], told["preview"]) == ("cp1251", "\t", [["79001234567", "вип"]])


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "text/csv", 400),
        (b'{"file": 1}', "application/json", 415),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400),
        (b"x", "multipart/form-data", 400),
    ],
)
def test_mail_b09_import_over_http_of_no_file_is_refused(api: Browser, body: bytes, kind: str, status: int) -> None:
    answer = api.generic("POST", API, body, content_type=kind)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert not Import.objects.exists()


def test_mail_b09_import_over_http_refuses_a_text_where_the_file_should_be(api: Browser) -> None:
    answer = api.post(API, {"file": "phone\n79001234567"})
    assert (answer.status_code, answer.json()["field"]) == (400, "file")


def test_mail_b09_import_over_http_is_for_those_who_may_change_clients() -> None:
    reader, stranger = client_with_token("mailings:read"), client_with_token("lessons:write")
    row = upload(lines(2))
    for path in (API, f"{API}{row.pk}/run/", f"{API}{row.pk}/cancellation/"):
        assert reader.post(path, data="{}", content_type="application/json").status_code == 403
    assert reader.get(f"{API}{row.pk}/").status_code == 200
    assert stranger.get(f"{API}{row.pk}/").status_code == 403
    with pytest.raises(Forbidden):
        accept_file("x.csv", lambda size: b"", by=replace(STAFF, scopes=frozenset({"mailings:read"})))
    assert client_with_token("*").get(f"{API}{row.pk + 1}/errors/").status_code == 404


@pytest.mark.parametrize("body", [{"mapping": {"phone": "0"}}, {"mapping": [0]}, {"dry_run": "yes"}, {"colour": 1}])
def test_mail_b09_import_over_http_runs_by_a_sound_body_only(api: Browser, body: dict[str, Any]) -> None:
    row = upload(lines(2))
    assert post(api, f"{API}{row.pk}/run/", body).status_code == 400
    assert Import.objects.get().state == "uploaded"


def test_mail_b09_import_over_http_answers_with_a_header_alone_when_nothing_is_wrong(api: Browser) -> None:
    answer = api.get(f"{API}{upload(lines(2)).pk}/errors/")
    assert answer.content.decode("utf-8-sig") == "row,value,reason\r\n"
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


# --- with a worker


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    with working():
        yield


@pytest.mark.django_db(transaction=True)
def test_mail_b09_import_is_an_operation_with_progress(api: Browser, worker: None) -> None:
    id = api.post(API, data=lines(2500) + "\nwrong,x\n", content_type="text/csv").json()["id"]
    run, show = partial(post, api, f"{API}{id}/run/"), partial(api.get, f"{API}{id}/")
    assert run({"dry_run": True, "mapping": {"phone": 0}}).status_code == 202
    settled(within=30)
    told = show().json()
    assert (told["status"], told["new"], told["wrong"], Client.objects.count()) == ("checked", 2500, 1, 0)
    assert run({"mapping": {"phone": 0, "tag": 1}}).json()["status"] == "running"
    settled(within=30)
    told = show().json()
    assert [told[name] for name in ("status", *COUNTS)] == ["done", 2502, 2500, 0, 0, 1]
    operation = Operation.objects.get(pk=told["operation"])
    assert (operation.kind, operation.state) == ("mailings.import_clients", "succeeded")
    assert (operation.progress_done, operation.progress_total) == (2502, 2502)
    assert Client.objects.filter(tag="vip").count() == 2500
    errors = b"".join(api.get(f"{API}{id}/errors/").streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]
    assert len(errors) == 2
    assert run({}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_mail_b09_import_of_a_file_that_is_gone_fails_with_a_sentence(api: Browser) -> None:
    row = upload(lines(2))
    start_import(row.pk, by=STAFF)
    upload_of(row.file).unlink()
    with working():
        settled(within=30)
    told = api.get(f"{API}{row.pk}/").json()
    assert (told["status"], told["because"], told["preview"]) == ("failed", "The file is gone.", [])
