"""Nobody hears of what they may not read, and who may not any more stops hearing of it within a second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.contrib.auth import logout
from django.test import Client, RequestFactory

from angarium.engine.events.public import heads, stamp
from angarium.engine.identity.public import (
    SYSTEM,
    Principal,
    change_role,
    create_token,
    deactivate_person,
    revoke_token,
)
from angarium.engine.ledger.public import start
from angarium.engine.live import hub as hubs
from angarium.engine.live import station as stations
from angarium.engine.live.closing import Close
from angarium.engine.live.tests.client import Listener
from angarium.engine.live.tests.serving import relay
from angarium.engine.live.topics import Grant
from angarium.modules.lessons.models import Student
from tests.servers import polling

Listen = Callable[..., Listener]
Make = Callable[..., Any]


def edit(lesson: Any, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(lesson, name, value)
    lesson.save()
    relay()


def test_a_member_hears_of_their_own_lessons_alone(listen: Listen, person: Make, lesson: Make) -> None:
    ann, secret = person("ann", "member")
    mine, others = lesson(ann.id), lesson()
    listener = listen(token=secret, hello={"topics": ["lesson:*", f"lesson:{mine.id}", f"lesson:{others.id}"]})
    assert listener.welcome["topics"] == ["lesson:*", f"lesson:{mine.id}"]
    assert listener.welcome["refused"] == [f"lesson:{others.id}"]
    edit(others, title="Чужая")
    edit(mine, title="Своя")
    (frame,) = listener.frames(1, "events")
    assert (frame["topic"], frame["data"]["title"]) == (f"lesson:{mine.id}", "Своя")


def test_a_member_who_comes_back_gets_the_gap_without_what_is_others(
    listen: Listen, person: Make, lesson: Make
) -> None:
    ann, secret = person("ann", "member")
    mine, others = lesson(ann.id), lesson()
    before = listen(token=secret)
    edit(others, title="Чужая")
    edit(mine, title="Своя")
    positions = before.welcome["positions"]
    again = listen(token=secret, hello={"generation": before.welcome["generation"], "positions": positions})
    assert {frame["topic"] for frame in again.frames(1, "events")} == {f"lesson:{mine.id}"}


def test_a_lesson_that_is_handed_over_or_deleted_is_gone_for_who_had_it(
    listen: Listen, person: Make, lesson: Make
) -> None:
    ann, secret = person("ann", "member")
    _, all_of_them = person("staff")
    handed, deleted = lesson(ann.id), lesson(ann.id)
    listener, staff = listen(token=secret), listen(token=all_of_them, hello={"topics": ["lesson:*"]})
    edit(handed, student=Student.objects.create(name="Борис", email="boris@example.org"))
    gone = deleted.id
    deleted.delete()
    relay()
    heard = listener.frames(2, "events")
    assert [(frame["type"], frame["topic"]) for frame in heard] == [
        ("gone", f"lesson:{handed.id}"),
        ("gone", f"lesson:{gone}"),
    ]
    assert all("data" not in frame for frame in heard), "and not who has it now"
    assert [frame["type"] for frame in staff.frames(2, "events")] == ["lesson.updated", "lesson.deleted"]
    edit(handed, title="Чужая")
    assert listener.silent()


def test_who_signs_in_as_another_student_hears_of_their_lessons(listen: Listen, person: Make, lesson: Make) -> None:
    ann, secret = person("ann", "member")
    mine, others = lesson(ann.id), lesson()
    listener = listen(token=secret, hello={"topics": [f"lesson:{mine.id}"]})
    student = mine.student
    student.person = None
    student.save()
    stamp()
    assert listener.next("unsubscribed", within=1)["topics"] == [f"lesson:{mine.id}"]
    edit(mine, title="Не моя")
    edit(others, title="Чужая")
    assert listener.silent()


def test_who_may_read_more_than_before_is_told_to_load_anew(listen: Listen, person: Make, lesson: Make) -> None:
    ann, secret = person("ann", "member")
    others = lesson()
    listener = listen(token=secret, hello={"topics": ["lesson:*"]})
    student = others.student
    student.person = ann.id
    student.save()
    stamp()
    listener.next("reset", within=1)
    edit(others, title="Теперь своя")
    assert listener.frames(1, "events")[0]["topic"] == f"lesson:{others.id}"


def test_another_role_is_another_right(listen: Listen, person: Make, lesson: Make) -> None:
    ann, secret = person("ann", "staff")
    person("root", "admin")
    made = lesson()
    listener = listen(token=secret, hello={"topics": ["lesson:*", f"lesson:{made.id}"]})
    change_role(ann.id, "member", by=SYSTEM)
    stamp()
    assert listener.next("unsubscribed", within=1)["topics"] == [f"lesson:{made.id}"]
    listener.next("reset", within=1)
    edit(made, title="Чужая")
    assert listener.silent()
    change_role(ann.id, "staff", by=SYSTEM)
    stamp()
    listener.next("reset", within=1)
    edit(made, title="Снова")
    assert listener.frames(1, "events")[0]["data"]["title"] == "Снова"


def test_who_is_deactivated_is_let_go(listen: Listen, person: Make) -> None:
    ann, secret = person("ann")
    _, other = person("ben")
    listener, stays = listen(token=secret), listen(token=other)
    deactivate_person(ann.id, by=SYSTEM)
    stamp()
    assert listener.closed(within=1) == Close.ENDED
    assert stays.silent()


def test_a_token_that_is_revoked_ends_what_was_opened_with_it(listen: Listen, person: Make) -> None:
    ann, first = person("ann")
    second = create_token("second", ["*"], person=ann)[1]
    ended, stays = listen(token=first), listen(token=second)
    revoke_token("of ann")
    stamp()
    assert ended.closed(within=1) == Close.ENDED
    assert stays.silent()


def test_a_token_that_is_revoked_while_its_bearer_is_let_in_ends_as_soon(
    listen: Listen, person: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, secret = person("ann")
    listen(token=person("ben")[1])  # so that the hub reads on meanwhile
    known, revoked, real = threading.Event(), threading.Event(), hubs.grant

    def grant(principal: Principal, names: Iterable[str]) -> Grant:
        if principal.id == ann.id:
            known.set()
            assert revoked.wait(5)
        return real(principal, names)

    monkeypatch.setattr(hubs, "grant", grant)
    listener = listen(token=secret, wait=False)
    assert known.wait(5)
    revoke_token("of ann")
    stamp()
    polling.eventually(lambda: heads()[1] in [one._hub.place.events for one in stations._stations.values() if one._hub])
    revoked.set()
    assert listener.closed(within=1) == Close.ENDED


def test_of_many_with_one_token_each_hears_what_it_may_not_any_more(listen: Listen, person: Make, lesson: Make) -> None:
    ann, secret = person("ann", "staff")
    person("root", "admin")
    one, other = lesson(), lesson()
    all_of_them = [listen(token=secret, hello={"topics": ["lesson:*"]}) for _ in range(3)]
    all_of_them += [listen(token=secret, hello={"topics": [f"lesson:{id}"]}) for id in (one.id, other.id, other.id)]
    change_role(ann.id, "member", by=SYSTEM)
    stamp()
    lost = [each.next("unsubscribed", within=1)["topics"] for each in all_of_them[3:]]
    assert lost == [[f"lesson:{one.id}"], [f"lesson:{other.id}"], [f"lesson:{other.id}"]]
    for each in all_of_them:
        each.next("reset", within=1)
    edit(one, title="Чужая")
    assert all(each.silent() for each in all_of_them)


def test_a_token_hears_what_its_scopes_let_it_read(listen: Listen, person: Make, lesson: Make) -> None:
    secret = create_token("narrow", ["lessons:read"])[1]
    made = lesson()
    id = start("delivery.deliver", delivery="1")
    relay()
    listener = listen(
        token=secret, hello={"topics": ["lesson:*", "operation:*", f"operation:{id}", f"lesson:{made.id}"]}
    )
    assert listener.welcome["refused"] == [f"operation:{id}"]
    start("delivery.deliver", delivery="2")
    edit(made, title="Видно")
    assert listener.frames(1)[0]["topic"] == f"lesson:{made.id}"


def test_who_signs_out_in_one_window_is_signed_out_in_all(listen: Listen, person: Make) -> None:
    ann, _ = person("ann")
    browser = Client()
    browser.force_login(ann)
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    listener = listen(headers=cookie)
    request = RequestFactory().post("/logout/")
    request.session, request.user = browser.session, ann
    logout(request)
    stamp()
    assert listener.closed(within=1) == Close.ENDED


def test_a_session_that_ended_by_itself_is_seen_at_the_next_round(
    listen: Listen, person: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from angarium.engine.live import station

    monkeypatch.setattr(station, "ROUND", 0.3)
    ann, _ = person("ann")
    browser = Client()
    browser.force_login(ann)
    listener = listen(headers={"Cookie": f"sessionid={browser.cookies['sessionid'].value}"})
    browser.session.flush()
    assert listener.closed() == Close.ENDED
