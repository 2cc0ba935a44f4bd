"""Who gets a message and when: the first plan, and what each change makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from angarium.engine.identity.public import SYSTEM
from angarium.kernel.clock import now
from angarium.modules.mailings import actions, planning
from angarium.modules.mailings.models import Client, Mailer, Message, Plan
from angarium.modules.mailings.planning import Judged, plan

from .conftest import HOUR, people, values
from .plans import assert_counted, caught_up, dues, everybody, replanned, settle, states

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
WINDOW = {"window_start": time(9), "window_end": time(18)}


@pytest.fixture(autouse=True)
def exact(db: None) -> Iterator[None]:
    """Whatever a test did, the counts are right."""
    yield
    assert_counted()


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """It is Wednesday noon, until the test moves on."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def mailing(**changes: Any) -> Mailer:
    """A mailing that is active now, and planned."""
    made = Mailer.objects.create(**values(**changes))
    plan(made)
    return made


def change(mailer: Mailer, **changes: Any) -> Judged:
    """Change its row, and plan."""
    Mailer.objects.filter(pk=mailer.pk).update(**changes)
    judged = replanned(mailer)
    assert judged is not None
    return judged


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"tag": "", "operator_code": ""}, [0, 1, 2, 3, 4]),
        ({"tag": "A", "operator_code": "900"}, [0]),
        ({"tag": "A"}, [0, 1]),
        ({"operator_code": "900"}, [0, 2, 3, 4]),
        ({"tag": "a"}, [3]),
        ({"tag": "A б"}, [4]),
        ({"tag": "C"}, []),
        ({"tag": "B", "operator_code": "901"}, []),
    ],
    ids=str,
)
def test_mail_09_tag_and_code_choose_who_fits_both(asked: dict[str, str], found: list[int]) -> None:
    clients = people(("A", "900"), ("A", "901"), ("B", "900"), ("a", "900"), ("A б", "900"))
    assert states(mailing(**asked)) == everybody([clients[number] for number in found], "queued")


def test_mail_10_a_plan_makes_one_message_for_each_client_that_fits() -> None:
    clients = people(*[("A", "900")] * 20, ("B", "900"))
    mailer = Mailer.objects.create(**values(tag="A"))
    assert plan(mailer) == Judged(made=20)
    assert states(mailer) == everybody(clients[:-1], "queued")
    assert set(dues(mailer).values()) == {mailer.start}
    row = Message.objects.filter(mailer=mailer).order_by("id")[0]
    assert (row.attempts, row.answer, row.sent_at, row.deferred_until) == (0, "", None, None)
    assert now() - row.created_at < timedelta(minutes=1)


def test_mail_10_a_plan_costs_as_many_statements_for_many_as_for_few() -> None:
    people(*[("A", "900")] * 3)
    taken = []
    for more in (0, 200):
        people(*[("A", "900")] * more)
        mailer = Mailer.objects.create(**values())
        with CaptureQueriesContext(
            connection,
        ) as captured:
            plan(mailer)
        taken.append(len(captured))
    assert taken[0] == taken[1] < 40


def test_mail_10_however_a_mailing_is_made_its_messages_are_planned() -> None:
    clients = people(("A", "900"), ("B", "900"))
    Mailer.objects.create(**values(content="shell"))
    Mailer.objects.bulk_create([Mailer(**values(content="bulk"))])
    actions.add_mailer(by=SYSTEM, **values(content="action"))
    caught_up()
    assert [states(mailer) for mailer in Mailer.objects.all()] == [everybody(clients, "queued")] * 3


class Killed(BaseException):
    """The worker dies here."""


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "RANGE", 2)


def killed_in(number: int, mailer: Mailer) -> None:
    """Plan until the n-th range, which is not committed; nothing after it is done."""
    insert, calls = planning._Range.insert, iter(range(1, 10**6))

    def dying(self: planning._Range, **how: bool) -> int:
        made = insert(self, **how)
        if next(calls) == number:
            raise Killed
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(planning._Range, "insert", dying)
        with pytest.raises(Killed):
            plan(mailer)


@pytest.mark.parametrize("range_number", [1, 2, 5])
def test_mail_10_a_plan_that_is_killed_goes_on_and_doubles_nobody(small_ranges: None, range_number: int) -> None:
    clients = people(*[("A", "900")] * 9)
    mailer = Mailer.objects.create(**values())
    killed_in(range_number, mailer)
    assert len(states(mailer)) == 2 * (range_number - 1)
    assert not Plan.objects.filter(mailer=mailer, at__isnull=False).exists()
    assert_counted()
    assert plan(mailer) == Judged(made=9 - 2 * (range_number - 1))
    assert states(mailer) == everybody(clients, "queued")


def test_mail_19_who_was_planned_before_a_kill_leaves_when_the_filter_changes(small_ranges: None) -> None:
    first, last = people(*[("A", "900")] * 4), people(*[("B", "900")] * 2)
    mailer = Mailer.objects.create(**values(tag="A"))
    killed_in(2, mailer)
    change(mailer, tag="B")
    assert states(mailer) == everybody(first[:2], "cancelled: filter") | everybody(last, "queued")


def test_mail_10_run_twice_a_plan_changes_nothing(small_ranges: None) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        people(*[("A", "900")] * 5)
        people(("A", "901"), timezone="Asia/Kamchatka")
        later = Mailer.objects.create(**values(**WINDOW, start=NOON + HOUR, finish=NOON + 40 * HOUR))
        active = Mailer.objects.create(**values())
        for mailer in (later, active):
            assert plan(mailer) == Judged(made=6)
            before = list(Message.objects.filter(mailer=mailer).order_by("id").values())
            clock.shift(timedelta(minutes=7))
            assert replanned(mailer) == Judged()
            assert list(Message.objects.filter(mailer=mailer).order_by("id").values()) == before


def test_mail_11_clients_enter_and_leave_by_the_next_plan() -> None:
    stays, retagged, ported, deleted, out = clients = people(*[("A", "900")] * 5)
    mailer = mailing(tag="A", operator_code="900")
    assert states(mailer) == everybody(clients, "queued")
    [entered] = people(("A", "900"))
    actions.edit_client(retagged.pk, by=SYSTEM, tag="B")
    actions.edit_client(ported.pk, by=SYSTEM, phone="79017654321")
    Client.objects.filter(pk=deleted.pk).update(deleted_at=now())
    Client.objects.filter(pk=out.pk).update(opted_out_at=now())
    assert replanned(mailer) == Judged(made=1, moved=4)
    assert states(mailer) == {
        stays.pk: "queued",
        retagged.pk: "cancelled: filter",
        ported.pk: "cancelled: filter",
        deleted.pk: "cancelled: client_deleted",
        out.pk: "suppressed: opted_out",
        entered.pk: "queued",
    }
    assert [at for at in dues(mailer).values() if at] == [mailer.start] * 2


def test_mail_11_who_left_may_come_back() -> None:
    retagged, out = people(*[("A", "900")] * 2)
    mailer = mailing(tag="A")
    for tag, at, found in (("B", now(), ["cancelled: filter", "suppressed: opted_out"]), ("A", None, ["queued"] * 2)):
        Client.objects.filter(pk=retagged.pk).update(tag=tag)
        Client.objects.filter(pk=out.pk).update(opted_out_at=at)
        assert replanned(mailer) == Judged(moved=2)
        assert list(states(mailer).values()) == found


def test_mail_b14_a_client_who_has_opted_out_is_suppressed_from_the_beginning() -> None:
    [out] = people(("A", "900"))
    Client.objects.update(opted_out_at=now())
    assert states(mailing()) == {out.pk: "suppressed: opted_out"}


def test_mail_17_at_one_instant_only_those_are_written_to_whose_day_it_is(noon: time_machine.Traveller) -> None:
    noon.move_to(NOON.replace(hour=5))
    [west], [east] = (people(("A", "900"), timezone=zone) for zone in ("Europe/Kaliningrad", "Asia/Kamchatka"))
    mailer = mailing(**WINDOW, finish=NOON + 24 * HOUR)
    assert states(mailer) == {west.pk: "deferred: window", east.pk: "queued"}
    opening = NOON.replace(hour=7)
    assert dues(mailer) == {west.pk: opening, east.pk: mailer.start}
    assert Message.objects.get(client=west).deferred_until == opening


@pytest.mark.parametrize(
    ("hour", "state", "due"), [(1, "queued", None), (7, "deferred: window", NOON.replace(hour=22))]
)
def test_mail_17_over_midnight(noon: time_machine.Traveller, hour: int, state: str, due: datetime | None) -> None:
    noon.move_to(NOON.replace(hour=hour))
    [client] = people(("A", "900"))
    mailer = mailing(window_start=time(22), window_end=time(6), finish=NOON + 40 * HOUR)
    assert states(mailer) == {client.pk: state}
    assert dues(mailer) == {client.pk: due or mailer.start}


def test_mail_17_a_window_that_never_opens_in_time_is_why_a_message_expires(noon: time_machine.Traveller) -> None:
    [west], [east] = (people(("A", "900"), timezone=zone) for zone in ("Europe/London", "Asia/Tokyo"))
    mailer = mailing(**WINDOW, finish=NOON + 3 * HOUR)
    assert states(mailer) == {west.pk: "queued", east.pk: "expired: no_window"}
    change(mailer, finish=NOON + 24 * HOUR)
    assert states(mailer) == {west.pk: "queued", east.pk: "deferred: window"}


def test_mail_17_a_window_comes_and_goes_with_an_edit(noon: time_machine.Traveller) -> None:
    noon.move_to(NOON.replace(hour=20))
    [client] = people(("A", "900"))
    mailer = mailing(finish=NOON + 48 * HOUR)
    for window, state, due in (
        (WINDOW, "deferred: window", NOON.replace(day=2, hour=9)),
        ({"window_start": time(21), "window_end": time(23)}, "deferred: window", NOON.replace(hour=21)),
        ({"window_start": None, "window_end": None}, "queued", mailer.start),
        ({"weekdays": 0b1000}, "deferred: window", NOON.replace(day=2, hour=0)),
    ):
        assert change(mailer, **window).moved == 1
        assert (states(mailer), dues(mailer)) == ({client.pk: state}, {client.pk: due})


@pytest.mark.parametrize("shift", [-30, 45])
def test_mail_18_another_start_is_when_the_messages_are_due(shift: int) -> None:
    start = now() + HOUR
    clients = people(*[("A", "900")] * 3)
    mailer = mailing(start=start, finish=start + 2 * HOUR)
    assert set(dues(mailer).values()) == {start}
    moved = start + timedelta(minutes=shift)
    assert change(mailer, start=moved) == Judged(moved=3)
    assert set(dues(mailer).values()) == {moved}
    assert states(mailer) == everybody(clients, "queued")


def test_mail_19_another_filter_cancels_who_does_not_fit_and_leaves_what_was_sent() -> None:
    clients = people(*[("A", "900")] * 4, *[("B", "901")] * 2)
    mailer = mailing(tag="A")
    for client, state, reason in zip(clients, ("sent", "failed", "sending"), ("", "refused", ""), strict=False):
        settle(mailer, client, state, reason, attempts=1)
    assert change(mailer, tag="B") == Judged(made=2, moved=1)
    assert list(states(mailer).values()) == [
        *("sent", "failed: refused", "sending", "cancelled: filter", "queued", "queued"),
    ]
    assert change(mailer, tag="") == Judged(moved=1)
    assert change(mailer, operator_code="901") == Judged(moved=1)


def test_mail_19_a_finish_before_now_expires_what_waits_and_a_later_one_takes_it_up_again() -> None:
    waits, tried = clients = people(*[("A", "900")] * 2)
    mailer = mailing()
    settle(mailer, tried, "queued", "timeout", attempts=2)
    finish = mailer.finish
    change(mailer, finish=now() - timedelta(minutes=1))
    assert states(mailer) == {waits.pk: "expired: finish", tried.pk: "expired: timeout"}
    assert set(dues(mailer).values()) == {None}
    assert replanned(mailer) == Judged()
    change(mailer, finish=finish)
    assert states(mailer) == everybody(clients, "queued")


def test_mail_15_what_waits_for_another_try_is_not_hurried_by_a_plan(noon: time_machine.Traveller) -> None:
    [client] = people(("A", "900"))
    mailer = mailing(finish=NOON + 48 * HOUR)
    settle(mailer, client, "queued", "timeout", attempts=2, due_at=NOON + timedelta(minutes=4))
    assert replanned(mailer) == Judged()
    change(mailer, window_start=time(13), window_end=time(14))
    assert (states(mailer), dues(mailer)) == ({client.pk: "deferred: window"}, {client.pk: NOON + HOUR})
    change(mailer, window_start=None, window_end=None)
    assert states(mailer) == {client.pk: "queued"}
    settle(mailer, client, "queued", "timeout", attempts=3, due_at=NOON + timedelta(minutes=4))
    change(mailer, tag="B")
    assert states(mailer) == {client.pk: "cancelled: filter"}


def test_mail_16_a_client_with_a_zone_that_nobody_knows_holds_up_nobody() -> None:
    clients = people(*[("A", "900")] * 2)
    Client.objects.filter(pk=clients[0].pk).update(timezone="Mars/Base")
    assert states(mailing(**WINDOW, finish=now() + 48 * HOUR)).keys() == {one.pk for one in clients}


@pytest.mark.parametrize("changes", [{"tag": "B"}, {"state": "paused"}, {"state": "cancelled"}], ids=str)
def test_mail_18_a_plan_is_given_up_when_the_mailing_changes_meanwhile(
    small_ranges: None, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    people(*[("A", "900")] * 6)
    mailer = Mailer.objects.create(**values(tag="A"))
    insert = planning._Range.insert

    def changing(self: planning._Range, **how: bool) -> int:
        made = insert(self, **how)
        Mailer.objects.filter(pk=mailer.pk).update(**changes)
        return made

    monkeypatch.setattr(planning._Range, "insert", changing)
    assert plan(mailer) is None
    assert len(states(mailer)) == 2
    assert not Plan.objects.filter(mailer=mailer, at__isnull=False).exists()


def test_a_plan_for_nobody_is_a_plan() -> None:
    mailer = mailing(tag="Nobody")
    assert states(mailer) == {}
    assert Plan.objects.get(mailer=mailer).wish == mailer.wish
