"""Letters with numbers: one for a visit, at most one a minute, and one for each day, whoever asks and however often."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from angarium.engine.delivery.public import Delivery, Message, TemporaryFailure
from angarium.engine.delivery.testing import FakeChannel, channel_replaced
from angarium.engine.delivery.tests.mailing import use_smtp
from angarium.engine.identity.testing import client_with_token, make_person
from angarium.engine.tasks.public import tasks
from angarium.engine.tasks.slots import enqueue_slots
from angarium.engine.tasks.testing import settled, until, working
from angarium.kernel.clock import now
from angarium.modules.mailings.counting import note_minute, note_moves
from angarium.modules.mailings.days import Day, ended_within, told_of
from angarium.modules.mailings.letters import MOST, write_days
from angarium.modules.mailings.models import Attempt, Client, Mailer
from angarium.modules.mailings.models import Message as Row
from tests.servers.environment import free_port
from tests.servers.smtp import smtp_server

pytestmark = pytest.mark.django_db(transaction=True)
STAT = "/api/mailings/message/stat/"
ADDRESS = "numbers@example.org"


@pytest.fixture(autouse=True)
def address(settings: Any) -> None:
    settings.STATS_EMAIL = ADDRESS
    settings.TIME_ZONE = "Europe/Moscow"


@pytest.fixture
def post() -> Iterator[FakeChannel]:
    """A real worker, and a post office that takes every letter."""
    channel = FakeChannel()
    with channel_replaced("email", channel), working():
        yield channel


def mailer(**counts: int) -> Mailer:
    """One that is not sent meanwhile, with so many messages in these states."""
    row = Mailer.objects.create(start=now() + timedelta(hours=1), finish=now() + timedelta(hours=2), content="Скидка")
    note_moves(row.pk, [(None, (state, ""), number) for state, number in counts.items()])
    return row


def stat(times: int = 1, person: Any = None) -> None:
    for _ in range(times):
        assert client_with_token("mailings:read", person=person).get(STAT).status_code == 200


def letters(post: FakeChannel) -> list[Message]:
    settled(within=30)
    return [message for message in post.taken if message.to.kind == "statistics"]


def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the clock shows, both visits are in one minute."""
    moment = now().replace(second=1)
    monkeypatch.setattr("angarium.modules.mailings.letters.now", lambda: moment)


def test_mail_23_a_visit_to_the_statistics_sends_the_numbers(
    post: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_minute(monkeypatch)
    row = mailer(sent=3, failed=1)
    stat(times=3)
    [letter] = letters(post)
    assert letter.to.address == ADDRESS
    assert letter.subject.startswith("Mailings: where they stand, ")
    assert f"Mailing {row.pk}, planned: sent 3, failed 1, in all 4" in letter.body
    assert "All of them: queued 0, deferred 0, sending 0, sent 3, failed 1" in letter.body
    assert "Europe/Moscow" in letter.body
    assert 'bgcolor="#1f4a8a"' in letter.html
    assert 'width="75%"' in letter.html


def test_mail_23_another_minute_is_another_letter(post: FakeChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = now()
    for minutes in (0, 0, 1):
        monkeypatch.setattr("angarium.modules.mailings.letters.now", lambda at=minutes: moment + timedelta(minutes=at))
        stat()
    assert len(letters(post)) == 2
    assert len(set(Delivery.objects.values_list("key", flat=True))) == 2


def test_mail_23_nothing_is_sent_where_nobody_asked_for_it(post: FakeChannel, settings: Any) -> None:
    settings.STATS_EMAIL = ""
    stat()
    assert write_days(now()) == []
    assert letters(post) == []


def test_mail_23_who_may_not_see_the_numbers_has_none_sent(post: FakeChannel) -> None:
    mailer(sent=1)
    assert client_with_token("mailings:read", person=make_person()).get(STAT).json() == []
    assert letters(post) == []


def test_mail_23_of_ten_visits_at_once_one_sends_it(post: FakeChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    one_minute(monkeypatch)
    client, together = client_with_token("mailings:read"), threading.Barrier(10)
    answers: list[int] = []

    def visit() -> None:
        together.wait(10)
        answers.append(client.get(STAT).status_code)
        connection.close()

    visitors = [threading.Thread(target=visit) for _ in range(10)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join(30)
    assert answers == [200] * 10
    assert len(letters(post)) == 1


def test_mail_23_the_list_is_answered_while_letters_cannot_be_sent() -> None:
    with channel_replaced("email", FakeChannel(always=TemporaryFailure("down"))), working():
        stat()
        settled()
    [row] = Delivery.objects.filter(key__startswith="mailings.stat:")
    assert row.state in ("queued", "deferred")


def test_mail_23_it_comes_from_the_configured_sender(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "School <school@example.org>"
    with smtp_server() as server, working():
        use_smtp(settings, server.port)
        stat()
        settled()
        [letter] = server.letters
    assert (str(letter.message["From"]), letter.recipients) == ("School <school@example.org>", (ADDRESS,))


def test_mail_23_the_mail_server_is_not_there_and_the_list_is_answered_at_once(settings: Any) -> None:
    use_smtp(settings, free_port())
    with working():
        stat()
        until(lambda: Delivery.objects.filter(state="deferred").exists())
    assert "Connection refused" in Delivery.objects.get().because


def test_mail_23_a_letter_tells_of_the_newest_and_how_many_more_there_are(post: FakeChannel) -> None:
    for _ in range(MOST + 2):
        mailer(sent=1)
    stat()
    [letter] = letters(post)
    assert letter.body.count("in all 1") == MOST
    assert "And 2 earlier ones." in letter.body
    assert f"sent {MOST + 2}," in letter.body


def test_mail_29_a_letter_is_in_the_language_of_the_instance(post: FakeChannel, settings: Any) -> None:
    settings.LANGUAGE_CODE = "ru"
    mailer(sent=2)
    stat()
    write_days(at("2026-03-05T08:00"))
    of_day, of_visit = sorted(letters(post), key=lambda letter: letter.subject)
    assert of_visit.subject.startswith("Рассылки: где они сейчас, ")
    assert "Всего по всем:" in of_visit.body
    assert of_day.subject == "Рассылки за 4 марта 2026 г.: отправлено 0 сообщений"
    assert "В этот день ничего не отправлено, и ничего не сорвалось." in of_day.body


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def did(row: Mailer, text: str, *, sent: int, failed: int = 0) -> None:
    """What a mailing did at this time on the wall of Moscow."""
    note_minute(row.pk, at(text, "Europe/Moscow"), sent=sent, failed=failed)


def failed(row: Mailer, text: str, *reasons: str) -> None:
    """Calls that failed then, of messages that no plan touches any more."""
    for number, reason in enumerate(reasons):
        client = Client.objects.create(phone=f"7900{number:07}", operator_code="900", deleted_at=now())
        message = Row.objects.create(mailer=row, client=client, state="sent")
        Attempt.objects.create(message=message, number=1, at=at(text, "Europe/Moscow"), reason=reason)


def test_mail_29_the_day_before_is_told_with_a_picture(post: FakeChannel) -> None:
    busy, quiet = mailer(sent=9, queued=1), mailer(sent=1)
    for text, sent, bad in (("03T23:59", 5, 0), ("04T00:00", 4, 3), ("04T23:59", 5, 0), ("05T00:00", 7, 0)):
        did(busy, f"2026-03-{text}", sent=sent, failed=bad)
    did(quiet, "2026-03-04T12:00", sent=1)
    failed(busy, "2026-03-04T00:00", "timeout", "timeout", "refused")
    failed(quiet, "2026-03-03T00:00", "garbage")
    [row] = write_days(at("2026-03-05T08:00"))
    [letter] = letters(post)
    assert (letter.to.address, row.key) == (ADDRESS, "mailings.day:2026-03-04")
    assert letter.subject == "Mailings on March 4, 2026: 10 messages sent"
    assert "The day from 4.03.2026 00:00 to 5.03.2026 00:00 by the clock of Europe/Moscow." in letter.body
    assert "Sent: 10. Calls that failed: 3." in letter.body
    assert f"Mailing {busy.pk}: sent 9, calls that failed 3; now 1 of 10 wait" in letter.body
    assert letter.body.index(f"Mailing {busy.pk}") < letter.body.index(f"Mailing {quiet.pk}")
    assert "2 × the sender did not answer in time\n1 × the sender refused it for good" in unescape(letter.body)
    [picture] = letter.attachments
    assert (picture.name, picture.media_type) == ("mailings-2026-03-04.png", "image/png")
    assert bytes(picture.content).startswith(b"\x89PNG")  # type: ignore[arg-type]
    assert f'src="cid:{picture.cid}"' in letter.html


def test_mail_29_asked_twice_for_one_day_one_letter_is_sent(post: FakeChannel) -> None:
    for _ in range(3):
        write_days(at("2026-03-05T08:00"))
    assert len(letters(post)) == 1


def test_mail_29_three_beats_and_a_day_s_outage_make_one_letter_for_each_day(post: FakeChannel) -> None:
    daily = tasks()["mailings.write_daily_statistics"]
    enqueue_slots(daily, daily.every, at("2026-03-03T09:00"))
    together = threading.Barrier(3)

    def beat() -> None:
        together.wait(10)
        enqueue_slots(daily, daily.every, at("2026-03-05T08:20"))
        connection.close()

    beats = [threading.Thread(target=beat) for _ in range(3)]
    for thread in beats:
        thread.start()
    for thread in beats:
        thread.join(20)
    assert sorted(letter.subject for letter in letters(post)) == [
        "Mailings on March 3, 2026: 0 messages sent",
        "Mailings on March 4, 2026: 0 messages sent",
    ]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Anchorage", "Asia/Beirut"])
def test_mail_29_each_day_of_a_year_is_told_once_wherever_clocks_change(zone: str) -> None:
    slots = [at("2025-12-31T08:00") + timedelta(days=number) for number in range(400)]
    days = [day.date for slot in slots for day in ended_within(slot - timedelta(days=1), slot, zone)]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert {date(2026, 1, 1), date(2026, 12, 31)} <= set(days)


def test_mail_29_an_hour_that_comes_twice_is_one_bar(settings: Any) -> None:
    row = mailer()
    for moment in (at("2026-10-25T00:30"), at("2026-10-25T01:30")):
        note_minute(row.pk, moment, sent=1, failed=0)
    assert told_of(Day(date(2026, 10, 25), "Europe/Berlin")).hours[2] == (2, 0)
