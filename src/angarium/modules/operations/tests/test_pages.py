"""Operations for people: the list, one operation, and what its buttons do."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person, Principal, Role, acting_as, of_person
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.ledger.public import Operation, Report, cancel, claim, report, start
from angarium.kernel.clock import now
from angarium.modules.operations.pages.listing import PAGE
from angarium.modules.operations.pages.one import LINES

pytestmark = pytest.mark.django_db
LIST, KIND = "/app/operations/", "tasks.prune"


@pytest.fixture
def ada() -> Person:
    return make_person("ada", Role.STAFF, password=None)


@pytest.fixture
def staff(ada: Person) -> Client:
    return client_signed_in(ada)


def begin(by: Principal, **input: Any) -> UUID:
    with acting_as(by), transaction.atomic():
        return start(KIND, **input)


def run(id: UUID, **said: Any) -> None:
    """Claim it and report once."""
    given = claim(id, worker="worker-1", lease_seconds=30)
    report(Report(operation=id, epoch=given.epoch, seq=1, **said))


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def shown(text: str) -> list[str]:
    return re.findall(r'id="o-([\w-]+)"', text)


def buttons(text: str) -> list[str]:
    return re.findall(r'id="do-(\w+)"', text)


def test_pages_need_a_sign_in(ada: Person) -> None:
    id = begin(of_person(ada))
    assert Client().get(LIST).status_code == 302
    assert Client().get(f"{LIST}{id}/").status_code == 302
    assert Client().post(f"{LIST}{id}/cancellation/").status_code == 302
    assert Operation.objects.get().state == "queued"


def test_staff_see_every_operation_and_members_what_they_started(ada: Person, staff: Client) -> None:
    max_ = make_person("max", password=None)
    theirs, mine = begin(of_person(ada)), begin(of_person(max_))
    assert shown(text_of(staff, LIST)) == [str(mine), str(theirs)]
    member = client_signed_in(max_)
    assert shown(text_of(member, LIST)) == [str(mine)]
    assert member.get(f"{LIST}{mine}/").status_code == 200
    assert member.get(f"{LIST}{theirs}/").status_code == 404
    assert member.post(f"{LIST}{theirs}/cancellation/").status_code == 404
    assert Operation.objects.get(id=theirs).state == "queued"


def test_the_list_is_narrowed_by_kind_state_and_identifier(ada: Person, staff: Client) -> None:
    waiting, ended = begin(of_person(ada)), begin(of_person(ada))
    cancel(ended, of_person(ada))
    for query, expected in {
        "state=open": [waiting],
        "state=queued": [waiting],
        "state=cancelled": [ended],
        "state=failed": [],
        f"q={KIND}": [ended, waiting],
        "q=TASKS.": [ended, waiting],
        "q=lessons": [],
        f"q={waiting}": [waiting],
        f"q={KIND}&state=cancelled": [ended],
    }.items():
        assert shown(text_of(staff, f"{LIST}?{query}")) == [str(id) for id in expected], query


@pytest.mark.parametrize("query", ["state=nonsense", "before=x", "q=%00", "q=" + "x" * 300])
def test_a_filter_that_makes_no_sense_is_told_and_is_no_500(staff: Client, query: str) -> None:
    assert 'class="wrong"' in text_of(staff, f"{LIST}?{query}", 400)


def test_pages_go_on_without_losing_or_repeating_an_operation(ada: Person, staff: Client) -> None:
    ids = [str(begin(of_person(ada))) for _ in range(PAGE + 2)]
    first = text_of(staff, f"{LIST}?state=open")
    follows = re.search(r'rel="next" href="(\?[^"]+)"', first)
    assert follows
    second = text_of(staff, LIST + follows[1].replace("&amp;", "&"))
    assert shown(first) + shown(second) == ids[::-1]
    assert 'rel="next"' not in second
    assert "data-poll" in first
    assert 'data-live="operation:*"' in first
    assert "data-poll" not in second.partition('id="operations"')[2]
    assert "data-live" not in second.partition('id="operations"')[2]


def test_empty_lists_say_why(staff: Client) -> None:
    assert "The road is clear" in text_of(staff, LIST)
    assert "Nothing fits" in text_of(staff, f"{LIST}?state=failed")


def test_one_operation_shows_its_course_and_what_went_in_and_out(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada), title="Алгебра", html="<script>alert(1)</script>")
    run(id, state="succeeded", output={"told": "Анна"}, progress=(3, 4), stage="sending", message="all told")
    text = text_of(staff, f"{LIST}{id}/")
    assert "Алгебра" in text
    assert "Анна" in text
    assert "<script>alert" not in text
    assert 'value="3.0" max="4.0"' in text
    assert "worker-1" in text
    lines = text.partition('id="history"')[2].partition('id="data"')[0]
    assert re.findall(r'class="pill" data-state="(\w+)"', lines) == ["queued", "running", "succeeded"]
    assert text.count('<svg class="lane') == 1
    assert buttons(text) == []
    assert "data-poll" not in text.partition('id="operation"')[2]
    assert 'hx-trigger="live"' in text
    assert staff.get(f"{LIST}{id}/", headers={"hx-request": "true"}).status_code == 286


def test_an_open_operation_is_asked_for_again_and_answers_with_itself_alone(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    text = text_of(staff, f"{LIST}{id}/")
    assert 'hx-trigger="every 5s, live"' in text
    assert f'data-live="operation:{id}"' in text
    response = staff.get(f"{LIST}{id}/", headers={"hx-request": "true"})
    part = response.content.decode()
    assert (response.status_code, part.count("<html")) == (200, 0)
    for name in ("status", "verbs", "course", "facts", "history", "data"):
        assert part.count(f'id="{name}"') == 1
        assert name == "course" or f"#{name}" in text.partition('hx-select-oob="')[2].partition('"')[0]
    assert staff.get(LIST, headers={"hx-request": "true"}).content.decode().count("<html") == 0


def test_a_failed_operation_says_why_and_can_be_retried_once(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada), n=1)
    run(id, state="failed", error={"code": "timeout", "message": "No answer within 5 s."})
    text = text_of(staff, f"{LIST}{id}/")
    assert "No answer within 5 s." in text
    assert buttons(text) == ["retry"]
    response = staff.post(f"{LIST}{id}/retry/")
    new = Operation.objects.get(retry_of=id)
    assert response["Location"] == f"{LIST}{new.id}/"
    assert new.input == {"n": 1}
    assert f"{LIST}{id}/" in text_of(staff, f"{LIST}{new.id}/")
    assert f"{LIST}{new.id}/" in text_of(staff, f"{LIST}{id}/")
    assert staff.post(f"{LIST}{id}/retry/")["Location"] == f"{LIST}{new.id}/"
    assert Operation.objects.filter(retry_of=id).count() == 1


def test_op_b9_an_open_operation_is_paused_resumed_and_cancelled(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    path = f"{LIST}{id}/"
    assert buttons(text_of(staff, path)) == ["pause", "cancel"]
    staff.post(f"{path}pause/")
    assert buttons(text_of(staff, path)) == ["resume", "cancel"]
    staff.post(f"{path}resumption/")
    assert Operation.objects.get().state == "queued"
    staff.post(f"{path}cancellation/")
    assert Operation.objects.get().state == "cancelled"
    assert buttons(text_of(staff, path)) == ["retry"]


def test_what_the_present_state_does_not_allow_is_told_in_words(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    cancel(id, of_person(ada))
    for verb in ("cancellation", "pause", "resumption"):
        response = staff.post(f"{LIST}{id}/{verb}/", follow=True)
        assert 'data-tone="error"' in response.content.decode()
    open_one = begin(of_person(ada))
    response = staff.post(f"{LIST}{open_one}/retry/", follow=True)
    assert "only an ended one can be retried" in response.content.decode()


def test_it_says_which_event_caused_it_and_what_else_that_started(ada: Person, staff: Client) -> None:
    event = Event.objects.create(type="lessons.lesson_completed.v1", subject="lessons.lesson:7", data={})
    one, other = begin(of_person(ada)), begin(of_person(ada))
    Operation.objects.update(event_id=event.uid)
    text = text_of(staff, f"{LIST}{one}/")
    assert '<a href="/app/lessons/7/">lessons.lesson:7</a>' in text
    assert f"{LIST}{other}/" in text
    assert f'data-live="operation:{one} operation:{other}"' in text
    Event.objects.all().delete()  # as retention does
    assert text_of(staff, f"{LIST}{one}/")


def test_of_a_long_history_the_last_lines_are_shown(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    given = claim(id, worker="w", lease_seconds=30)
    for seq in range(1, LINES + 5):
        report(Report(operation=id, epoch=given.epoch, seq=seq, progress=(seq, None)))
    assert "6 earlier lines are left out" in text_of(staff, f"{LIST}{id}/")


def test_clocks_that_disagree_do_not_break_the_picture(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    run(id, state="succeeded")
    Operation.objects.filter(id=id).update(created_at=now() + timedelta(hours=1))
    assert '<svg class="lane' in text_of(staff, f"{LIST}{id}/")


@pytest.mark.parametrize("id", ["00000000-0000-0000-0000-000000000000", "not-a-uuid", "1"])
def test_unknown_operations_are_404(staff: Client, id: str) -> None:
    assert staff.get(f"{LIST}{id}/").status_code == 404
    assert staff.post(f"{LIST}{id}/cancellation/").status_code == 404


def test_what_changes_an_operation_takes_a_post(ada: Person, staff: Client) -> None:
    id = begin(of_person(ada))
    for verb in ("cancellation", "pause", "resumption", "retry"):
        assert staff.get(f"{LIST}{id}/{verb}/").status_code == 405


def dead(by: Principal, why: str = "No such file.") -> UUID:
    id = begin(by)
    run(id, state="failed", error={"message": why})
    return id


def test_op_b7_dead_letters_say_why_and_are_found_by_kind_and_reason(staff: Client, ada: Person) -> None:
    assert "Nothing lies here" in text_of(staff, f"{LIST}dead-letters/")
    id = dead(of_person(ada))
    for query in ("", f"?kind={KIND}", "?reason=such", f"?kind={KIND}&reason=FILE"):
        text = text_of(staff, f"{LIST}dead-letters/{query}")
        assert (str(id) in text, "No such file." in text, "1 of" in text) == (True, True, True)
    assert "Nothing fits" in text_of(staff, f"{LIST}dead-letters/?kind=other")
    text_of(staff, f"{LIST}dead-letters/?before=x", 400)


def test_the_chosen_dead_letters_are_retried_as_new_linked_operations(staff: Client, ada: Person) -> None:
    chosen, left = [dead(of_person(ada)) for _ in range(2)], dead(of_person(ada))
    path = f"{LIST}dead-letters/retry/"
    assert "2 are tried again." in staff.post(path, {"id": chosen}, follow=True).content.decode()
    assert set(Operation.objects.filter(retry_of__isnull=False).values_list("retry_of", flat=True)) == set(chosen)
    text = text_of(staff, f"{LIST}dead-letters/")
    assert [str(id) in text for id in (*chosen, left)] == [False, False, True]
    for nothing in ({}, {"id": ["x"]}):
        assert "Tick at least one" in staff.post(path, nothing, follow=True).content.decode()
    assert Operation.objects.filter(retry_of__isnull=False).count() == 2


def test_members_see_and_retry_their_own_dead_letters_alone(ada: Person) -> None:
    person = make_person(password=None)
    client = client_signed_in(person)
    mine, other = dead(of_person(person)), dead(of_person(ada))
    text = text_of(client, f"{LIST}dead-letters/")
    assert (str(mine) in text, str(other) in text) == (True, False)
    assert client.post(f"{LIST}dead-letters/retry/", {"id": [mine, other]}).status_code == 404
    assert not Operation.objects.filter(retry_of__isnull=False).exists()
    assert client.post(f"{LIST}dead-letters/retry/", {"id": [mine]}).status_code == 302
    assert Operation.objects.filter(retry_of=mine).exists()
