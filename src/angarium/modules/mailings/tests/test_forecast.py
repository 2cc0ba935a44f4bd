"""The forecast: what it says, and that it says what the plan then writes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from angarium.engine.identity.testing import client_with_token
from angarium.modules.mailings.errors import BadSpan, BadWindow
from angarium.modules.mailings.forecast import draft, forecast
from angarium.modules.mailings.lifecycle import MessageState, Reason
from angarium.modules.mailings.models import Client, Mailer, Message
from angarium.modules.mailings.moving import move_all
from angarium.modules.mailings.pace import Lot, pace
from angarium.modules.mailings.planning import plan
from angarium.modules.mailings.windows import EVERY_DAY, Window, mask_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
API = "/api/mailings/mailer/"
ZONES = (
    *("UTC", "Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka", "Asia/Kolkata", "America/New_York"),
    *("Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "America/Sao_Paulo"),
)


def clients(number: int, zone: str = "UTC", tag: str = "", **columns: Any) -> None:
    first = Client.objects.count()
    Client.objects.bulk_create(
        Client(phone=f"7900{first + one:07}", operator_code="900", timezone=zone, tag=tag, **columns)
        for one in range(number)
    )


def mailing(**changes: Any) -> Mailer:
    return draft(**{"start": NOON, "finish": NOON + 24 * HOUR, **changes})


def nine_to_six(**changes: Any) -> Mailer:
    return mailing(window_start=time(9), window_end=time(18), **changes)


def test_mail_b04_forecast_tells_who_gets_it_now_later_never_and_who_does_not_want_it() -> None:
    clients(34, "Europe/Moscow")  # 15:00 there
    clients(50, "Asia/Kamchatka")  # midnight there, nine hours until 09:00
    clients(40, "America/New_York")  # 07:00 there, two hours until 09:00
    clients(12, "Pacific/Honolulu")  # 02:00 there, seven hours until 09:00
    clients(3, "Europe/Moscow", opted_out_at=NOON)
    clients(5, "Europe/Moscow", deleted_at=NOON)
    told = forecast(nine_to_six(finish=NOON + 8 * HOUR), NOON)
    assert (told.matching, told.at_once, told.expires, told.opted_out, told.handed_over) == (139, 34, 50, 3, 0)
    assert told.first_at == NOON
    assert [(one.local, one.number, one.zones) for one in told.later] == [("09:00", 52, 2)]
    assert (told.later[0].first_at, told.later[0].last_at) == (NOON + 2 * HOUR, NOON + 7 * HOUR)
    assert told.pace.last_at == NOON + 7 * HOUR


def test_mail_b04_forecast_of_a_mailing_that_starts_later_is_told_from_its_start() -> None:
    clients(2, "Europe/Moscow")
    told = forecast(nine_to_six(), NOON - 24 * HOUR)
    assert (told.at_once, told.first_at, told.pace.last_at) == (2, NOON, NOON)


def test_mail_b04_forecast_counts_only_those_who_fit_both_tag_and_code() -> None:
    clients(2, tag="vip")
    clients(3, tag="new")
    Client.objects.create(phone="79010000000", operator_code="901", tag="vip")
    found = [
        forecast(mailing(**whom), NOON).matching
        for whom in ({}, {"tag": "vip"}, {"tag": "vip", "operator_code": "900"})
    ]
    assert found == [6, 3, 2]


def test_mail_b04_forecast_asks_the_database_once_however_many_zones_there_are() -> None:
    for zone in ZONES:
        clients(2, zone)
    with CaptureQueriesContext(connection) as asked:
        forecast(nine_to_six(), NOON)
    assert len(asked) == 1


def test_mail_b04_forecast_leaves_out_whoever_has_got_it_already() -> None:
    clients(4)
    mailer = Mailer.objects.create(start=NOON, finish=NOON + HOUR, content="x")
    with time_machine.travel(NOON, tick=False):
        plan(mailer)
    with transaction.atomic():
        one = Message.objects.filter(mailer=mailer).order_by("id")[:1]
        move_all(Message.objects.filter(pk=one.get().pk), mailer.pk, MessageState.SENDING)
    told = forecast(mailer, NOON)
    assert (told.matching, told.at_once, told.handed_over) == (4, 3, 1)


def test_mail_b04_forecast_of_nobody_is_zeros() -> None:
    told = forecast(nine_to_six(), NOON)
    assert (told.matching, told.at_once, told.later, told.expires, told.pace.last_at) == (0, 0, [], 0, None)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"start": NOON, "finish": NOON}, BadSpan),
        ({"window_start": time(9)}, BadWindow),
        ({"window_end": time(9)}, BadWindow),
    ],
)
def test_mail_b04_forecast_of_what_makes_no_mailing_is_refused(said: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        draft(**said)


#: --- with a rate


def test_mail_b04_forecast_by_the_rate_says_when_the_last_one_goes() -> None:
    lots = [Lot(100, "UTC", NOON), Lot(50, "Europe/Moscow", NOON)]
    told = pace(lots, Window(), finish=NOON + HOUR, per_second=10)
    assert (told.last_at, told.late) == (NOON + timedelta(seconds=14.9), 0)


def test_mail_b04_forecast_by_the_rate_says_for_whom_the_time_is_too_short() -> None:
    told = pace([Lot(1000, "UTC", NOON)], Window(), finish=NOON + timedelta(seconds=10), per_second=10)
    assert (told.last_at, told.late) == (NOON + timedelta(seconds=9.9), 900)


def test_mail_b04_forecast_by_the_rate_puts_off_whose_window_closes_meanwhile() -> None:
    window = Window(time(9), time(12, 0, 10))  # ten seconds are left of it
    told = pace([Lot(150, "UTC", NOON)], window, finish=NOON + 24 * HOUR, per_second=10)
    tomorrow = NOON.replace(hour=9) + timedelta(days=1)
    assert (told.last_at, told.late) == (tomorrow + timedelta(seconds=4.9), 0)


def test_mail_b04_forecast_by_a_rate_that_never_ends_says_that_it_cannot_tell() -> None:
    window = Window(time(9), time(9, 0, 1))
    told = pace([Lot(10**6, "UTC", NOON)], window, finish=datetime(9998, 1, 1, tzinfo=UTC), per_second=0.001)
    assert told.last_at is None


def test_mail_b04_forecast_uses_the_sender_s_rate() -> None:
    clients(30)
    with override_settings(SENDER_PER_SECOND=10):
        told = forecast(mailing(finish=NOON + timedelta(seconds=2)), NOON)
    assert (told.at_once, told.pace.late, told.pace.per_second) == (30, 10, 10)


#: --- over HTTP


def test_mail_b04_forecast_over_http_of_a_mailing() -> None:
    clients(2, "Europe/Moscow")
    clients(1, opted_out_at=NOON)
    start = datetime.now(UTC).replace(microsecond=0) + HOUR
    mailer = Mailer.objects.create(start=start, finish=start + HOUR, content="x")
    told = client_with_token("*").get(f"{API}{mailer.pk}/forecast/").json()
    assert (told["matching"], told["now"], told["opted_out"], told["expired"], told["late"]) == (3, 2, 1, 0, 0)
    assert told["first_at"] == start.strftime("%Y-%m-%dT%H:%M:%SZ") == told["last_at"]
    assert [(one["zone"], one["number"]) for one in told["zones"]] == [("Europe/Moscow", 2)]


def test_mail_b04_forecast_over_http_of_a_form_with_ten_masked_examples() -> None:
    clients(15, tag="vip")
    clients(2, tag="new")
    query = "tag=vip&operator_code=900&window_start=00:00&window_end=00:00&weekdays=1,2,3,4,5,6,7"
    told = client_with_token("mailings:read").get(f"{API}forecast/?{query}").json()
    assert (told["matching"], told["now"], len(told["examples"])) == (15, 15, 10)
    assert told["examples"][0]["phone"] == "7900***0000"
    assert "79000000000" not in str(told)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("weekdays=8", "weekdays"),
        ("weekdays=1,1", "weekdays"),
        ("weekdays=", "weekdays"),
        ("start=tomorrow", "start"),
        ("start=2026-03-04T12:00:00Z&finish=2026-03-04T12:00:00Z", "finish"),
        ("window_start=09:00", "window_end"),
        ("window_start=25:00&window_end=09:00", "window_start"),
        ("operator_code=90", "operator_code"),
        ("colour=red", "colour"),
    ],
)
def test_mail_b04_forecast_over_http_refuses_what_makes_no_sense(query: str, field: str) -> None:
    answer = client_with_token("*").get(f"{API}forecast/?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["field"] == field


def test_mail_b04_forecast_is_nothing_for_strangers() -> None:
    mailer = Mailer.objects.create(start=NOON, finish=NOON + HOUR, content="x")
    stranger = client_with_token("lessons:read")
    assert stranger.get(f"{API}{mailer.pk}/forecast/").status_code == 403
    assert stranger.get(f"{API}forecast/").status_code == 403
    assert client_with_token("*").get(f"{API}{mailer.pk + 1}/forecast/").status_code == 404


#: --- and the plan


def _within(days: int, first: datetime) -> st.SearchStrategy[datetime]:
    return st.timedeltas(timedelta(), timedelta(days=days)).map(lambda later: first + later)


#: Around the days on which clocks are put forward and back, and any others.
_moment = st.one_of(
    _within(2, datetime(2026, 3, 7, tzinfo=UTC)),
    _within(2, datetime(2026, 10, 31, tzinfo=UTC)),
    _within(700, datetime(2026, 1, 1, tzinfo=UTC)),
)
_client = st.tuples(
    st.sampled_from(ZONES), st.sampled_from(["", "vip", "new"]), st.sampled_from(["", "", "", "out", "gone"])
)


@dataclass(frozen=True)
class Scene:
    """When it is asked, what the mailing says, and who there is: zone, tag, and what became of them."""

    at: datetime
    columns: dict[str, Any]
    people: list[tuple[str, str, str]]


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Bounds and starts often lie close to the moment at which it is asked, where it is easiest to be wrong."""
    at = draw(_moment)
    local = at.astimezone(ZoneInfo(draw(st.sampled_from(ZONES))))
    near = st.integers(-60, 60).map(lambda minutes: (local + timedelta(minutes=minutes)).time())
    bound = st.one_of(near, st.times()).map(lambda clock: clock.replace(second=0, microsecond=0))
    window = draw(st.one_of(st.none(), st.tuples(bound, bound), st.tuples(bound, bound))) or (None, None)
    hours = st.one_of(st.integers(-2, 2), st.integers(-72, 72))
    start = at + draw(hours) * HOUR
    days = draw(st.one_of(st.just(EVERY_DAY), st.sets(st.sampled_from(sorted(EVERY_DAY)), min_size=1)))
    columns = {
        "start": start,
        "finish": start + draw(st.timedeltas(timedelta(minutes=1), timedelta(days=9))),
        "window_start": window[0],
        "window_end": window[1],
        "weekdays": mask_of(days),
        "tag": draw(st.sampled_from(["", "vip"])),
    }
    return Scene(at, columns, draw(st.lists(_client, min_size=1, max_size=12)))


@given(scenes())
@settings(max_examples=150, deadline=None)
def test_mail_b04_forecast_and_plan_say_the_same(scene: Scene) -> None:
    before = transaction.savepoint()
    with time_machine.travel(scene.at, tick=False):
        for zone, tag, fate in scene.people:
            what = {"out": {"opted_out_at": scene.at}, "gone": {"deleted_at": scene.at}}.get(fate, {})
            clients(1, zone, tag, **what)
        mailer = Mailer.objects.create(content="x", **scene.columns)
        foreseen = forecast(mailer)
        plan(mailer)
    written = Counter(Message.objects.filter(mailer=mailer).values_list("state", "reason", "due_at"))
    transaction.savepoint_rollback(before)
    assert written == _places(foreseen)


def _places(told: Any) -> Counter[tuple[str, str, datetime | None]]:
    """(state, reason, due) of the messages that are foreseen; what waits for nothing is due from the start."""
    found: Counter[tuple[str, str, datetime | None]] = Counter()
    found[(MessageState.SUPPRESSED, Reason.OPTED_OUT, None)] = told.opted_out
    for group in told.groups:
        one = group.chance
        if one.at is None:
            found[(MessageState.EXPIRED, Reason.NO_WINDOW if one.waits else Reason.FINISH, None)] += group.number
        elif one.waits:
            found[(MessageState.DEFERRED, Reason.WINDOW, one.at)] += group.number
        else:
            found[(MessageState.QUEUED, Reason.NONE, told.start)] += group.number
    return +found
