"""The numbers of mailings: exact, from what is counted as it happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from angarium.engine.events.testing import together
from angarium.kernel.clock import now
from angarium.modules.mailings.counting import counts_of, note_minute, note_moves, reasons_of, recounted
from angarium.modules.mailings.lifecycle import MessageState
from angarium.modules.mailings.models import Count, Mailer, Message
from angarium.modules.mailings.moving import move_all
from angarium.modules.mailings.planning import plan
from angarium.modules.mailings.statistics import minutes_of, stat_of, stats_of, whys_of

from .conftest import people, values
from .plans import assert_counted, states

pytestmark = pytest.mark.django_db
NONE = dict.fromkeys([str(state) for state in MessageState.values], 0)


def test_mail_21_a_mailing_without_messages_has_every_state_at_nought(mailer: Mailer) -> None:
    [found] = stats_of([mailer])
    times = {"start": mailer.start, "finish": mailer.finish}
    assert found == {"mailer": mailer.pk, "state": "planned", **times, **NONE, "total": 0}
    assert stats_of([]) == []


def test_mail_21_moves_are_counted_where_they_go(mailer: Mailer) -> None:
    note_moves(mailer.pk, [(None, ("queued", ""), 10)])
    note_moves(mailer.pk, [(("queued", ""), ("sending", ""), 4), (("sending", ""), ("failed", "refused"), 1)])
    note_moves(mailer.pk, [(("sending", ""), ("sent", ""), 3), (("failed", "refused"), ("failed", "refused"), 1)])
    assert counts_of([mailer.pk]) == {mailer.pk: NONE | {"queued": 6, "failed": 1, "sent": 3}}
    assert reasons_of(mailer.pk) == {("queued", ""): 6, ("failed", "refused"): 1, ("sent", ""): 3}
    assert stat_of(mailer, counts_of([mailer.pk])[mailer.pk])["total"] == 10


def test_mail_22_reasons_are_told_the_most_frequent_first(mailer: Mailer) -> None:
    places = {("failed", "refused"): 2, ("expired", "finish"): 5, ("cancelled", "filter"): 2, ("sent", ""): 9}
    note_moves(mailer.pk, [(None, place, number) for place, number in places.items()])
    assert [(one.status, one.reason, one.number) for one in whys_of(mailer)] == [
        ("expired", "finish", 5),
        ("cancelled", "filter", 2),
        ("failed", "refused", 2),
    ]


def test_mail_22_what_was_done_is_told_by_the_minute_for_a_day(mailer: Mailer) -> None:
    minute = now().replace(second=0, microsecond=0)
    for at, sent in ((minute, 3), (minute + timedelta(seconds=59), 4), (minute - timedelta(minutes=1), 5)):
        note_minute(mailer.pk, at, sent=sent, failed=1)
    note_minute(mailer.pk, minute - timedelta(hours=30), sent=1, failed=0)
    told = [(one.at, one.sent, one.failed) for one in minutes_of(mailer)]
    assert told == [(minute - timedelta(minutes=1), 5, 1), (minute, 7, 2)]
    assert len(minutes_of(mailer, since=minute - timedelta(days=2))) == 3


class Undone(Exception):
    """Raised to roll a transaction back."""


def test_mail_21_what_is_rolled_back_was_never_counted(mailer: Mailer) -> None:
    people(*[("A", "900")] * 3)
    plan(mailer)
    rows = Message.objects.filter(mailer=mailer, state="queued")
    with pytest.raises(Undone):
        _moved_and_undone(rows, mailer)
    assert reasons_of(mailer.pk) == recounted(mailer.pk) == {("queued", ""): 3}


def _moved_and_undone(rows: Any, mailer: Mailer) -> None:
    with transaction.atomic():
        assert move_all(rows, mailer.pk, "cancelled", reason="filter") == 3
        raise Undone


def test_many_are_moved_in_several_transactions_and_each_keeps_its_reason(
    mailer: Mailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("angarium.modules.mailings.moving.TOGETHER", 2)
    clients = people(*[("A", "900")] * 5)
    plan(mailer)
    Message.objects.filter(client=clients[0]).update(reason="timeout")
    note_moves(mailer.pk, [(("queued", ""), ("queued", "timeout"), 1)])
    assert move_all(Message.objects.filter(mailer=mailer, state="queued"), mailer.pk, "expired") == 5
    assert list(states(mailer).values()) == ["expired: timeout", *["expired"] * 4]
    assert_counted()


@pytest.mark.django_db(transaction=True)
def test_mail_21_those_who_count_at_once_lose_nothing() -> None:
    ids = [Mailer.objects.create(**values()).pk for _ in range(2)]

    def count(places: list[str]) -> Callable[[], None]:
        def often() -> None:
            for id in ids * 10:
                note_moves(id, [(None, (place, ""), 1) for place in places])

        return often

    assert together(count(["sent", "queued"]), count(["queued", "sent"]), count(["sent"])) == [None] * 3
    for id in ids:
        assert reasons_of(id) == {("queued", ""): 20, ("sent", ""): 30}
    assert Count.objects.count() == 4
