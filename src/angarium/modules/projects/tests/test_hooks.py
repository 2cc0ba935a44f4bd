"""Webhooks from a change in a project to a receiver on a real socket, which verifies what it gets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction

from angarium.contracts import projects as told
from angarium.engine.delivery.public import Delivery
from angarium.engine.events.public import Event
from angarium.engine.ledger.public import Operation
from angarium.engine.live.public import kind_of
from angarium.engine.tasks.public import Slot
from angarium.engine.tasks.testing import bring_forward, settled
from angarium.kernel.clock import now
from angarium.modules.projects import actions, hooks
from angarium.modules.projects.hooking import FACTS, endpoint, forget_hooks
from angarium.modules.projects.lifecycle import HOOK_EVENTS
from angarium.modules.projects.models import Hook, Member, Task
from angarium.modules.projects.tests.deeds import ANN, NOON, STAFF, project, task
from tests.servers.http import HttpServer, http_server

from .hooking import allow_loopback, got, receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    allow_loopback(settings)


@pytest.fixture
def server(transactional_db: None) -> Iterator[HttpServer]:
    with receiver() as server:
        yield server


def hook(server: HttpServer, **wishes: Any) -> tuple[Hook, str]:
    return hooks.create_hook(by=STAFF, url=f"{server.url}/hooks", **wishes)


def types(server: HttpServer, secret: str) -> list[str]:
    return sorted(one["type"] for one in got(server, secret))


def test_every_event_can_be_asked_for() -> None:
    assert {kind_of(fact.type) for fact in FACTS} | {"task.gone"} == set(HOOK_EVENTS)


def test_pm_b9_a_change_is_told_as_live_frames_tell_it_and_once(server: HttpServer) -> None:
    made = project()
    settled()
    _, secret = hook(server, project=made.pk)
    new = actions.create_task(by=STAFF, project=made.pk, title="Макет", due_date=NOON)
    settled()
    [payload] = got(server, secret)
    event = Event.objects.get(type=told.TaskCreated.type)
    assert payload == {
        "type": "task.created",
        "timestamp": msgspec.to_builtins(event.at),
        "data": {
            "id": new.pk,
            "project": made.pk,
            "title": "Макет",
            "status": "pending",
            "due_date": "2030-03-04T12:00:00Z",
            "rank": None,
            "assignee": None,
        },
    }
    delivery = Delivery.objects.get()
    assert server.asked[0].headers["webhook-id"] == str(delivery.id)
    assert (delivery.event_id, delivery.address, delivery.person) == (event.uid, server.url, None)


def test_it_hears_what_it_asked_for_of_its_project_and_one_of_staff_s_of_all(server: HttpServer) -> None:
    mine, other = project(), project("Чужой")
    settled()
    _, secret = hook(server, project=mine.pk, events=["task.commented", "task.deleted"])
    with http_server() as second:
        _, all_s = hook(second)
        one, two = task(mine), task(other)
        for made in (one, two):
            actions.add_comment(made.pk, by=STAFF, author="Ира", content="Готово")
        actions.delete_task(one.pk, by=STAFF)
        settled()
        every = ["comment.deleted", *["task.commented"] * 2, *["task.created"] * 2, "task.deleted"]
        assert types(second, all_s) == every
    assert types(server, secret) == ["task.commented", "task.deleted"]


def test_a_task_that_goes_elsewhere_is_gone_for_whom_it_leaves(server: HttpServer) -> None:
    here, there = project(), project("Другой")
    moved = task(here)
    settled()
    _, secret = hook(server, project=here.pk)
    actions.edit_task(moved.pk, by=STAFF, project=there.pk, title="Секрет")
    settled()
    [payload] = got(server, secret)
    assert (payload["type"], payload["data"]) == ("task.gone", {"id": moved.pk, "project": here.pk})


def test_a_deleted_project_is_told_to_the_end_and_its_hooks_go_a_day_later(server: HttpServer) -> None:
    made = project()
    task(made)
    settled()
    row, secret = hook(server, project=made.pk)
    actions.delete_project(made.pk, by=STAFF)
    settled()
    assert types(server, secret) == ["project.deleted", "task.deleted"]
    row.refresh_from_db()
    assert row.ended_at is not None

    assert forget_hooks(Slot(now())).output == {"hooks": 0}
    assert forget_hooks(Slot(now() + timedelta(days=1, minutes=1))).output == {"hooks": 1}


def test_where_nobody_listens_there_is_no_work(server: HttpServer) -> None:
    row, _ = hook(server)
    hooks.change_hook(row.pk, by=STAFF, enabled=False)
    task()
    settled()
    assert not Operation.objects.filter(kind="projects.tell_hooks").exists()
    assert (server.asked, Delivery.objects.filter(channel="webhook").count()) == ([], 0)


def test_a_rolled_back_change_is_not_told(server: HttpServer) -> None:
    hook(server)
    with transaction.atomic():
        task()
        transaction.set_rollback(True)
    settled()
    assert server.asked == []


def test_pm_b9_a_receiver_that_is_gone_switches_its_hook_off_and_the_rest_is_not_sent(server: HttpServer) -> None:
    row, _ = hook(server)
    server.status = 410
    made = task()
    settled()
    row.refresh_from_db()
    assert (row.enabled, row.because) == (False, "Its receiver answered that it wants no more (410).")
    before = len(server.asked)
    actions.add_comment(made.pk, by=STAFF, author="Ира", content="Готово")
    settled()
    assert len(server.asked) == before


def test_a_message_that_waits_is_not_sent_once_its_hook_is_off_or_deleted(server: HttpServer) -> None:
    row, _ = hook(server)
    server.status = 500
    hooks.ping(row.pk, by=STAFF)
    settled()
    hooks.change_hook(row.pk, by=STAFF, enabled=False)
    bring_forward("delivery.deliver_patiently")
    settled()
    delivery = Delivery.objects.get()
    assert (delivery.state, len(server.asked)) == ("failed", 1)
    assert delivery.because.startswith("The webhook is switched off. Switched off by staff.")


def test_pm_b9_a_new_secret_signs_beside_the_one_before_for_a_day(server: HttpServer) -> None:
    row, first = hook(server)
    _, second = hooks.renew_secret(row.pk, by=STAFF)
    hooks.ping(row.pk, by=STAFF)
    settled()
    [asked] = server.asked
    assert asked.headers["webhook-signature"].count("v1,") == 2
    assert got(server, first) == got(server, second)
    Hook.objects.update(old_until=now() - timedelta(seconds=1))
    found = endpoint(str(row.pk))
    assert found is not None
    assert found.secrets == (second,)


def test_a_secret_is_in_no_column(server: HttpServer) -> None:
    row, secret = hook(server)
    hooks.ping(row.pk, by=STAFF)
    settled()
    kept = [str(Hook.objects.values()), str(Delivery.objects.values()), str(Operation.objects.values())]
    assert secret.removeprefix("whsec_") not in "".join(kept)
    assert secret not in repr(endpoint(str(row.pk)))


def test_a_secret_whose_key_is_gone_signs_nothing_and_says_so(server: HttpServer, settings: Any) -> None:
    row, _ = hook(server)
    settings.SECRET_KEY = "another"
    hooks.ping(row.pk, by=STAFF)
    settled()
    assert server.asked == []
    assert "former SECRET_KEY" in Delivery.objects.get().because


def test_pm_b9_a_message_is_sent_again_with_its_first_id(server: HttpServer) -> None:
    row, secret = hook(server)
    first = hooks.ping(row.pk, by=STAFF)
    settled()
    for _ in range(2):
        newest = hooks.deliveries_to(row)[0]
        hooks.replay(row.pk, newest.pk, by=STAFF)
        settled()
    assert {asked.headers["webhook-id"] for asked in server.asked} == {str(first.id)}
    assert [one["type"] for one in got(server, secret)] == ["ping"] * 3
    assert Delivery.objects.filter(state="sent").count() == 3


def test_a_changed_address_holds_for_what_waits(server: HttpServer) -> None:
    row, secret = hook(server)
    server.status = 500
    hooks.ping(row.pk, by=STAFF)
    settled()
    with http_server() as elsewhere:
        hooks.change_hook(row.pk, by=STAFF, url=elsewhere.url)
        bring_forward("delivery.deliver_patiently")
        settled()
        assert types(elsewhere, secret) == ["ping"]


def test_pm_b9_a_private_address_is_not_called_where_no_network_is_named(server: HttpServer, settings: Any) -> None:
    row, _ = hook(server)
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    hooks.ping(row.pk, by=STAFF)
    settled()
    delivery = Delivery.objects.get()
    assert (server.asked, delivery.state) == ([], "failed")
    assert "network that webhooks may not call" in delivery.because


def test_a_member_who_left_has_no_say_and_the_hook_stays_its_project_s(server: HttpServer) -> None:
    made = project()
    settled()
    Member.objects.filter(person=ANN).update(role="owner")
    row, secret = hook(server, project=made.pk)
    Member.objects.filter(person=ANN).delete()
    Task.objects.create(project=made, title="А", due_date=NOON)
    settled()
    assert types(server, secret) == ["task.created"]
    assert hooks.hooks_seen_by(STAFF).get() == row
