"""Pages about how the work goes: messages and why they did not arrive, schedules, workers and queues."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from angarium.engine.console.work.rhythm import in_words
from angarium.engine.console.work.workers import bars, holders
from angarium.engine.delivery.public import Delivery, Recipient, State, move, send, suppress, suppressions
from angarium.engine.identity.public import Person, Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.public import Operation, Report, claim, report, start
from angarium.engine.tasks.public import Process
from angarium.kernel.clock import now

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Person:
    return make_person("ada", Role.STAFF, password=None)


@pytest.fixture
def staff(ada: Person) -> Client:
    return client_signed_in(ada)


def message(key: str = "k", person: UUID | None = None) -> Delivery:
    to = Recipient(kind="student", id="7", name="Анна", address="anna@example.org", language="en", person=person)
    return send(
        to=to,
        template="letters/reset",
        channel="email",
        key=key,
        subject="lessons.lesson:7",
        context={"site": "example.org", "page": "http://example.org/", "link": str(to.person), "purpose": "reset"},
    )


def failed(row: Delivery) -> None:
    """Its one attempt failed for good, as its operation."""
    assert row.operation is not None
    given = claim(row.operation, worker="w", lease_seconds=30)
    move(row, State.SENDING, because="", attempts=1)
    move(row, State.FAILED, because="The mailbox does not exist.", attempts=1, answer="550 no such user")
    report(Report(operation=given.operation, epoch=given.epoch, seq=1, state="failed", message="550"))


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "subject=lessons.lesson:7",
        "recipient=student:7",
        "channel=email",
        "state=queued",
        "subject=lessons.lesson:7&state=",
    ],
)
def test_messages_are_found_by_what_one_knows_of_them(staff: Client, query: str) -> None:
    row = message()
    assert f'id="d-{row.id}"' in text_of(staff, f"/app/deliveries/?{query}")


@pytest.mark.parametrize("query", ["subject=lessons.lesson:8", "recipient=student:8", "channel=log", "state=sent"])
def test_what_does_not_fit_is_not_shown(staff: Client, query: str) -> None:
    message()
    assert "Nothing fits" in text_of(staff, f"/app/deliveries/?{query}")


@pytest.mark.parametrize("query", ["state=nope", "before=x", "subject=%00"])
def test_filters_that_mean_nothing_are_refused(staff: Client, query: str) -> None:
    text_of(staff, f"/app/deliveries/?{query}", 400)


def test_a_member_sees_what_was_sent_to_them_and_no_other(ada: Person) -> None:
    person = make_person("max", password=None)
    client = client_signed_in(person)
    mine, other = message("mine", person.id), message("other")
    text = text_of(client, "/app/deliveries/")
    assert (f'id="d-{mine.id}"' in text, f'id="d-{other.id}"' in text) == (True, False)
    text_of(client, f"/app/deliveries/{other.id}/", 404)
    assert "do-cancel" not in text_of(client, f"/app/deliveries/{mine.id}/")
    assert client.post(f"/app/deliveries/{mine.id}/cancellation/").status_code == 403
    for path in ("/app/deliveries/suppressed/", "/app/schedules/", "/app/workers/"):
        text_of(client, path, 403)


def test_why_she_did_not_get_it(staff: Client) -> None:
    row = message()
    failed(row)
    text = text_of(staff, f"/app/deliveries/{row.id}/")
    for words in ("The mailbox does not exist.", "550 no such user", "attempt 1", "A new password for example.org"):
        assert words in text
    assert "?key=…" in text


def test_open_pages_of_messages_follow_them(staff: Client) -> None:
    row = message()
    path = f"/app/deliveries/{row.id}/"
    assert 'data-live="delivery:*" data-poll' in text_of(staff, "/app/deliveries/")
    assert f'data-live="delivery:{row.id} operation:{row.operation}" data-poll' in text_of(staff, path)
    part = staff.get(path, headers={"hx-request": "true"}).content.decode()
    assert part.startswith('<div id="delivery"')
    failed(row)
    ended = text_of(staff, path)
    assert f'data-live="delivery:{row.id} operation:{row.operation}" hx-get' in ended  # it may be tried again


def test_a_failed_message_is_tried_again_as_a_new_linked_operation(staff: Client) -> None:
    row = message()
    failed(row)
    path = f"/app/deliveries/{row.id}/retry/"
    assert staff.post(path).status_code == 302
    assert staff.post(path).status_code == 302
    retried = Operation.objects.get(retry_of=row.operation)
    assert (retried.kind, retried.state) == ("delivery.deliver", "queued")


def test_a_waiting_message_is_called_back_once(staff: Client) -> None:
    row = message()
    path = f"/app/deliveries/{row.id}/"
    assert "do-cancel" in text_of(staff, path)
    assert "will not be sent" in staff.post(f"{path}cancellation/", follow=True).content.decode()
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    assert 'data-tone="error"' in staff.post(f"{path}cancellation/", follow=True).content.decode()
    assert staff.post(f"{path}retry/").status_code == 404


def test_an_address_is_written_to_no_more_and_again(staff: Client) -> None:
    said = {"channel": "email", "address": "Anna@Example.org", "topic": "", "because": "She asked us."}
    assert staff.post("/app/deliveries/suppressed/", said).status_code == 302
    row = suppressions().get()
    assert (row.address, row.by) == ("anna@example.org", "ada")
    assert "She asked us." in text_of(staff, "/app/deliveries/suppressed/?address=ANNA@example.org")
    assert "She asked us." in text_of(staff, f"/app/deliveries/{message().id}/")
    assert "She asked us." not in text_of(staff, "/app/deliveries/suppressed/?address=other")
    assert staff.post("/app/deliveries/suppressed/", {**said, "because": ""}).status_code == 422
    assert staff.post(f"/app/deliveries/suppressed/{row.id}/removal/").status_code == 302
    assert staff.post(f"/app/deliveries/suppressed/{row.id}/removal/").status_code == 404
    assert not suppressions().exists()


def test_lists_of_messages_and_addresses_go_on(staff: Client) -> None:
    for number in range(26):
        message(f"k{number}")
        suppress("email", f"{number}@example.org", "dead", "ada")
    for path in ("/app/deliveries/", "/app/deliveries/suppressed/"):
        follows = text_of(staff, path).partition('rel="next" href="')[2].partition('"')[0]
        text = text_of(staff, f"{path}{follows.replace('&amp;', '&')}")
        assert 'rel="next"' not in text
        assert "data-live" not in text
        assert text.count("<tr>") == 2


@pytest.mark.parametrize(
    ("every", "words"),
    [
        ("40 3 * * *", "every day at 03:40"),
        ("*/10 * * * *", "every 10 minutes"),
        ("* * * * *", "every minute"),
        ("20 * * * *", "every hour at minute 20"),
        ("0 9 * * 1", "Monday at 09:00"),
        ("30 0 1 * *", "on day 1 of each month at 00:30"),
        ("0 9 * * 1-5", "0 9 * * 1-5"),
        ("0 9 1 6 *", "0 9 1 6 *"),
        ("0 */2 * * *", "0 */2 * * *"),
        ("0:05:00", "every 5 minutes"),
        ("0:00:05", "every 5 seconds"),
        ("1:00:00", "every hour"),
        ("1 day, 0:00:00", "every 24 hours"),
        ("0:01:30", "0:01:30"),
        ("", ""),
        ("sunset", "sunset"),
    ],
)
def test_a_schedule_in_words(every: str, words: str) -> None:
    assert in_words(every) == words


def test_the_timetable_shows_when_what_runs_and_how_it_went(staff: Client) -> None:
    id = start("tasks.prune", slot=now().isoformat())
    text = text_of(staff, "/app/schedules/")
    assert "every day at 03:40" in text
    assert f"/app/operations/{id}/" in text
    assert "<html" not in staff.get("/app/schedules/", headers={"hx-request": "true"}).content.decode()


def test_a_task_is_run_now_in_the_name_of_whoever_asks(staff: Client, ada: Person) -> None:
    assert staff.post("/app/schedules/tasks.prune/run/").status_code == 302
    operation = Operation.objects.get(kind="tasks.prune")
    assert operation.actor == ada.id
    assert "slot" in operation.input
    assert staff.post("/app/schedules/delivery.deliver/run/").status_code == 404
    assert staff.post("/app/schedules/nope/run/").status_code == 404
    assert client_signed_in().post("/app/schedules/tasks.prune/run/").status_code == 403


def test_workers_are_there_or_silent_and_queues_hold_what_they_hold(staff: Client) -> None:
    assert "Nobody is there" in text_of(staff, "/app/workers/")
    Process.objects.create(role="worker", host="one", pid=4711, version="1", queues=["engine"], concurrency=4)
    Process.objects.create(role="beat", host="two", pid=4712, version="1", seen_at=now() - timedelta(minutes=2))
    given = claim(start("tasks.prune"), worker="one:4711:main", lease_seconds=30)
    start("tasks.prune")
    text = text_of(staff, "/app/workers/")
    for words in ("one:4711", "silent", "one:4711:main", "engine: running 1", "engine: waiting 1"):
        assert words in text
    assert f"/app/operations/{given.operation}/" in text
    assert "nobody takes from it" in text  # from the queue of lessons


def test_who_holds_leases_is_told_also_of_workers_elsewhere(staff: Client) -> None:
    assert "Nobody holds one" in text_of(staff, "/app/workers/")
    for worker in ("resizer/1", "resizer/1", "one:4711:main"):
        claim(start("tasks.prune"), worker=worker, lease_seconds=60)
    ended = claim(start("tasks.prune"), worker="gone", lease_seconds=60)
    report(Report(operation=ended.operation, epoch=ended.epoch, seq=1, state="succeeded"))
    held = holders()
    assert [(one.worker, one.number, one.part) for one in held] == [("resizer/1", 2, 100), ("one:4711:main", 1, 50)]
    assert all(one.until and one.since < one.until for one in held)
    text = text_of(staff, "/app/workers/")
    assert '"/app/operations/?worker=resizer/1&amp;state=running"' in text
    assert 'id="w-gone"' not in text


def test_those_who_serve_are_among_the_processes_until_they_leave(staff: Client) -> None:
    for role, pid, left in (("web", 4801, None), ("live", 4802, None), ("web", 4803, now())):
        Process.objects.create(role=role, host="edge", pid=pid, version="1", left_at=left)
    text = text_of(staff, "/app/workers/")
    assert [f"edge:{pid}" in text for pid in (4801, 4802, 4803)] == [True, True, False]


def test_bars_share_a_scale_and_none_is_too_small_to_be_seen() -> None:
    words = {"running": "running", "waiting": "waiting"}
    drawn = bars([("a", {"running": 0, "waiting": 1000}), ("b", {"running": 1, "waiting": 0})], width=354, words=words)
    (a,), (b,) = (bar.boxes for bar in drawn.bars)
    assert (a.width, a.title, b.width, b.shade) == (200, "a: waiting 1000", 2.0, "running")
    assert [bar.total for bar in drawn.bars] == [1000, 1]
    assert bars([], width=354, words=words).bars == []
