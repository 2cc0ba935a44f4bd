"""The forms of mailings and clients, what the buttons ask before they do it, and whom a mailing would reach."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from angarium.engine.delivery.public import Delivery
from angarium.engine.events.public import Event
from angarium.engine.identity.public import Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.kernel.clock import now
from angarium.modules.mailings.models import Client, Mailer, Message

from .looking import LIST, START, WRITTEN, client, error_beside, mailing, message, plain, queries, sent, text_of

CLIENTS = f"{LIST}clients/"


@pytest.fixture
def staff(db: None) -> Browser:
    cache.clear()  # what was slow to count is kept for a while
    return client_signed_in(make_person(role=Role.STAFF, timezone="Europe/Moscow", password=None))


def told(since: int = 0) -> list[str]:
    """The module's events in the log after this one, by the short names of their types."""
    types = Event.objects.filter(type__startswith="mailings.", id__gt=since).order_by("id")
    return [one.type.removeprefix("mailings.mailer_").removesuffix(".v1") for one in types]


def last_event() -> int:
    return Event.objects.order_by("id").values_list("id", flat=True).last() or 0


# -- entering and editing ----------------------------------------------------------------------------------------------


def test_mail_05_a_mailing_is_entered_from_the_form_on_the_writers_clock(staff: Browser) -> None:
    form = {**WRITTEN, "content": "Привет,\r\nмир", "tag": " gold ", "operator_code": "900"}
    form |= {"window_start": "22:00", "window_end": "06:00", "weekdays": ["1", "5"]}
    response = staff.post(f"{LIST}new/", form)
    one = Mailer.objects.get()
    assert response["Location"] == f"{LIST}{one.pk}/"
    assert (one.content, one.tag, one.operator_code) == ("Привет,\nмир", "gold", "900")
    assert (one.start, one.finish) == (START, START + timedelta(days=1))
    assert (one.window_start, one.window_end, one.weekdays) == (time(22), time(6), 0b10001)
    assert told() == ["created"]


@pytest.mark.parametrize(
    ("field", "value", "beside"),
    [
        ("content", "", "content"),
        ("content", "x" * 10_001, "content"),
        ("content", "a\x00b", "content"),
        ("start", "", "start"),
        ("start", "soon", "start"),
        ("start", "1900-01-01T10:00", "start"),
        ("start", "9999-12-31T10:00", "start"),
        ("finish", "2030-03-04T15:00", "finish"),
        ("finish", "2020-03-04T15:00", "finish"),
        ("operator_code", "90", "operator_code"),
        ("operator_code", "٩٠٠", "operator_code"),
        ("tag", "x" * 101, "tag"),
        ("window_start", "09:00", "window_end"),
        ("window_end", "25:00", "window_end"),
        ("weekdays", [], "weekdays"),
        ("weekdays", ["8"], "weekdays"),
    ],
)
def test_mail_05_what_does_not_fit_is_told_beside_its_field_and_nothing_is_lost_or_written(
    staff: Browser, field: str, value: Any, beside: str
) -> None:
    response = staff.post(f"{LIST}new/", {**WRITTEN, "tag": "kept as it was", field: value})
    text = response.content.decode()
    assert response.status_code == 422
    assert error_beside(text, beside)
    assert field == "tag" or 'value="kept as it was"' in text
    assert field == "content" or ">\nПривет</textarea>" in text
    assert not Mailer.objects.exists()
    assert told() == []


def test_an_hour_that_the_clocks_jump_over_is_refused_in_words(db: None) -> None:
    berlin = client_signed_in(make_person(role=Role.STAFF, timezone="Europe/Berlin", password=None))
    response = berlin.post(f"{LIST}new/", {**WRITTEN, "start": "2030-03-31T02:30", "finish": "2030-04-02T10:00"})
    assert "the clocks jump over it" in error_beside(response.content.decode(), "start")


def test_mail_19_the_form_shows_a_mailing_as_it_is_and_saving_it_unchanged_writes_nothing(staff: Browser) -> None:
    exact = {"start": START + timedelta(seconds=17), "window_start": time(9, 0, 30), "window_end": time(18)}
    one = mailing(tag="gold", **exact)
    before = last_event()
    text = text_of(staff, f"{LIST}{one.pk}/edit/")
    assert 'value="2030-03-04T15:00"' in text
    form = sent(one, tag="gold", window_start="09:00:30", window_end="18:00")
    assert staff.post(f"{LIST}{one.pk}/edit/", form).status_code == 302
    assert told(before) == []
    staff.post(f"{LIST}{one.pk}/edit/", {**form, "content": "Иначе"})
    one.refresh_from_db()
    assert (one.content, one.start) == ("Иначе", exact["start"])
    assert told(before) == ["updated"]


def test_mail_18_who_edits_what_somebody_changed_meanwhile_is_told_so(staff: Browser) -> None:
    one = mailing()
    form = sent(one, content="Mine")
    assert staff.post(f"{LIST}{one.pk}/edit/", sent(one, content="Theirs")).status_code == 302
    response = staff.post(f"{LIST}{one.pk}/edit/", form)
    assert response.status_code == 422
    assert "Somebody changed this since you read it" in response.content.decode()
    assert Mailer.objects.get().content == "Theirs"


def test_mail_19_the_form_says_who_has_got_it_already(staff: Browser) -> None:
    one = mailing()
    message(one, client(1), "sent")
    text = text_of(staff, f"{LIST}{one.pk}/edit/")
    assert "1 client has got it already and does not get it again" in text
    assert "1 has had it already" in plain(text)


def test_a_cancelled_mailing_is_not_edited(staff: Browser) -> None:
    one = mailing()
    Mailer.objects.filter(pk=one.pk).update(state="cancelled")
    one.refresh_from_db()
    response = staff.post(f"{LIST}{one.pk}/edit/", sent(one, content="Still"))
    assert response.status_code == 422
    assert 'data-tone="error"' in response.content.decode()
    assert Mailer.objects.get().content == "Привет"


# -- whom it reaches ---------------------------------------------------------------------------------------------------


def test_mail_b05_the_form_counts_who_fits_while_one_writes_and_shows_ten_of_them_masked(staff: Browser) -> None:
    for number in range(12):
        client(number, tag="gold", opted_out_at=now() if number == 11 else None)
    client(50, tag="silver")
    text = text_of(staff, f"{LIST}matching/?tag=gold")
    assert "12 clients fit" in plain(text)
    assert "1 is not to be written to" in plain(text)
    assert re.findall(r'mono">(\S+)</span>', text) == [f"7900***{number:04}" for number in range(10)]
    assert "7900000" not in text
    assert "<html" not in text
    assert "13 clients fit" in plain(text_of(staff, f"{LIST}new/"))
    assert "0 clients fit" in plain(text_of(staff, f"{LIST}matching/?tag=gold&operator_code=901"))


def test_the_form_tells_when_they_get_it_by_their_own_clocks(staff: Browser) -> None:
    for number, zone in enumerate(["Europe/Moscow", "Asia/Tokyo", "UTC"]):
        client(number, timezone=zone)
    query = "start=2030-03-04T12:00&finish=2030-03-05T02:00&window_start=09:00&window_end=18:00"
    text = plain(text_of(staff, f"{LIST}matching/?{query}"))
    assert "2 go at the start" in text  # 12:00 in Moscow, 9:00 in UTC
    assert "1 will not get it: there is no window before the finish" in text  # 18:00 in Tokyo
    text = plain(text_of(staff, f"{LIST}matching/?{query.replace('05T02', '05T09')}"))
    assert "1 goes at 09:00 on their clock" in text


@pytest.mark.parametrize(
    "query",
    ["operator_code=9", "tag=%00", "start=soon", "finish=1000-01-01T00:00", "window_start=9", "weekdays=9", "mailer=x"],
)
def test_what_makes_no_sense_yet_is_no_500(staff: Browser, query: str) -> None:
    client()
    text = text_of(staff, f"{LIST}matching/?{query}")
    assert ("1 client fits" in plain(text)) is (query[0] in "sfwm")


def test_mail_b05_the_live_count_takes_few_queries(staff: Browser) -> None:
    for number in range(30):
        client(number, timezone="UTC" if number % 2 else "Asia/Tokyo")
    with queries(5):
        staff.get(f"{LIST}matching/?tag=")


# -- buttons -----------------------------------------------------------------------------------------------------------


def counted() -> Mailer:
    """One that is being sent: 2 were sent, 3 wait, 1 is on its way, 1 failed."""
    one = mailing(start=now() - timedelta(minutes=5), finish=START)
    Mailer.objects.filter(pk=one.pk).update(state="sending")
    states = ["sent", "sent", "queued", "deferred", "queued", "sending", "failed"]
    for number, state in enumerate(states):
        message(one, client(number), state, "refused" if state == "failed" else "")
    one.refresh_from_db()
    return one


@pytest.mark.parametrize(
    ("verb", "says"),
    [
        ("pause", "3 clients are still to get it, and wait until the mailing is resumed."),
        ("cancellation", "3 clients who were still to get it will not get it."),
        ("deletion", "3 clients who were still to get it will not get it."),
        ("retry", "1 client whom the sender refused is tried again."),
    ],
)
def test_mail_b06_before_a_button_does_it_the_page_says_how_many_get_it_and_none_twice(
    staff: Browser, verb: str, says: str
) -> None:
    one = counted()
    said = plain(text_of(staff, f"{LIST}{one.pk}/{verb}/"))
    assert says in said
    assert "2 clients have got it already and do not get it a second time." in said
    assert "1 call is under way at this moment; it may still arrive, once." in said
    one.refresh_from_db()
    assert one.state == "sending"


def test_mail_b06_a_mailing_is_paused_resumed_cancelled_and_deleted(staff: Browser) -> None:
    one = mailing()
    path = f"{LIST}{one.pk}/"
    for verb, state in (("pause", "paused"), ("resumption", "planned"), ("cancellation", "cancelled")):
        one.refresh_from_db()
        response = staff.post(f"{path}{verb}/", {"version": one.version}, follow=True)
        assert response.redirect_chain == [(path, 302)]
        assert 'data-tone="success"' in response.content.decode()
        one.refresh_from_db()
        assert one.state == state
    assert staff.post(f"{path}deletion/", {"version": one.version})["Location"] == LIST
    assert staff.get(path).status_code == 404
    assert told() == ["created", "paused", "resumed", "cancelled", "deleted"]


def test_a_button_of_a_page_that_is_out_of_date_does_nothing_and_says_so(staff: Browser) -> None:
    one = mailing()
    staff.post(f"{LIST}{one.pk}/edit/", sent(one, content="Anders"))
    response = staff.post(f"{LIST}{one.pk}/cancellation/", {"version": one.version}, follow=True)
    assert "Somebody changed this since you read it" in response.content.decode()
    assert Mailer.objects.get().state == "planned"


def test_the_page_offers_the_buttons_that_fit(staff: Browser) -> None:
    one = counted()
    offered = re.compile(r'id="to-([\w-]+)"')
    path = f"{LIST}{one.pk}/"
    assert offered.findall(text_of(staff, path)) == ["edit", "trial", "pause", "retry", "cancellation", "deletion"]
    Mailer.objects.filter(pk=one.pk).update(state="paused")
    assert offered.findall(text_of(staff, path)) == ["edit", "trial", "resumption", "retry", "cancellation", "deletion"]
    Mailer.objects.filter(pk=one.pk).update(state="cancelled")
    assert offered.findall(text_of(staff, path)) == ["trial", "deletion"]
    assert "there is nothing to do" in text_of(staff, f"{path}pause/")


def test_mail_b06_what_failed_is_asked_for_again(staff: Browser) -> None:
    one = counted()
    response = staff.post(f"{LIST}{one.pk}/retry/", {"version": one.version}, follow=True)
    assert "What failed is being tried again." in response.content.decode()
    Message.objects.filter(mailer=one, state="failed").update(state="queued")
    response = staff.post(f"{LIST}{one.pk}/retry/", follow=True)
    assert "Nothing of this mailing has failed." in response.content.decode()


# -- preview and test --------------------------------------------------------------------------------------------------


def test_a_real_client_is_shown_the_text_and_what_is_missing_is_told(staff: Browser) -> None:
    one = mailing(content="Hello {tag}, {name}!", tag="gold")
    client(1, tag="gold")
    other = client(2, tag="")
    text = plain(text_of(staff, f"{LIST}{one.pk}/test/"))
    assert "As 7900***0001 reads it" in text
    assert "Hello gold, {name}!" in text
    assert "{name} is not filled in: only {tag}, {phone} and {operator_code} are." in text
    text = plain(text_of(staff, f"{LIST}{one.pk}/test/?as={other.phone}"))
    assert "Hello , {name}!" in text
    assert "The mailing does not go to this client" in text
    assert staff.get(f"{LIST}{one.pk}/test/?as=%00").status_code == 200


def test_a_test_goes_to_one_number_and_changes_no_numbers_of_the_mailing(staff: Browser) -> None:
    one = mailing(content="Hello {phone}")
    client(1, opted_out_at=now())
    for phone in ("123", "79000000001"):
        response = staff.post(f"{LIST}{one.pk}/test/", {"phone": phone})
        assert response.status_code == 422
        assert error_beside(response.content.decode(), "phone")
    response = staff.post(f"{LIST}{one.pk}/test/", {"phone": "79261234567"})
    made = Delivery.objects.get()
    assert response["Location"] == f"/app/deliveries/{made.id}/"
    assert (made.channel, made.address) == ("sms", "79261234567")
    assert not Message.objects.exists()


# -- clients -----------------------------------------------------------------------------------------------------------


def test_clients_are_found_by_a_part_of_the_phone_tag_code_and_standing(staff: Browser) -> None:
    for number in range(3):
        client(number, tag="gold" if number else "")
    other = client(7, phone="79261234567", operator_code="926", opted_out_at=now())
    client(9, deleted_at=now())
    for query, phones in {
        "": {"79000000000", "79000000001", "79000000002", other.phone},
        "?phone=1234": {other.phone},
        "?phone=79000000001": {"79000000001"},
        "?tag=gold": {"79000000001", "79000000002"},
        "?operator_code=926": {other.phone},
        "?written=no": {other.phone},
        "?written=yes&tag=gold&phone=02": {"79000000002"},
        "?tag=nobody": set(),
    }.items():
        text = text_of(staff, f"{CLIENTS}{query}")
        assert set(re.findall(r'id="k-\d+"[^>]*>(\d+)', text)) == phones, query
    assert "Nobody fits" in text_of(staff, f"{CLIENTS}?tag=nobody")


@pytest.mark.parametrize("query", ["phone=x", "phone=%00", "operator_code=9", "written=perhaps", "after=x"])
def test_a_filter_of_clients_that_makes_no_sense_is_told(staff: Browser, query: str) -> None:
    assert 'class="wrong"' in text_of(staff, f"{CLIENTS}?{query}", 400)


def test_mail_01_a_client_is_entered_edited_and_deleted(staff: Browser) -> None:
    assert "No client yet" in text_of(staff, CLIENTS)
    form = {"phone": "79001234567", "tag": " gold ", "timezone": "Europe/Moscow"}
    response = staff.post(f"{CLIENTS}new/", form)
    one = Client.objects.get()
    assert response["Location"] == f"{CLIENTS}{one.pk}/"
    assert (one.phone, one.operator_code, one.tag, one.timezone) == ("79001234567", "900", "gold", "Europe/Moscow")
    staff.post(f"{CLIENTS}{one.pk}/", {**form, "phone": "79261234567"})
    one.refresh_from_db()
    assert (one.phone, one.operator_code) == ("79261234567", "926")
    assert staff.post(f"{CLIENTS}{one.pk}/deletion/")["Location"] == CLIENTS
    assert staff.get(f"{CLIENTS}{one.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "89001234567"),
        ("phone", "+79001234567"),
        ("phone", "7900123456"),
        ("phone", "7٩٠٠١٢٣٤٥٦٧"),
        ("phone", "79000000001"),
        ("timezone", "Mars/Olympus"),
        ("tag", "x" * 101),
    ],
)
def test_mail_01_a_client_that_does_not_fit_is_told_beside_the_field(staff: Browser, field: str, value: str) -> None:
    client(1)
    form = {"phone": "79001234567", "tag": "", "timezone": "UTC", field: value}
    response = staff.post(f"{CLIENTS}new/", form)
    assert response.status_code == 422
    assert error_beside(response.content.decode(), field)
    assert Client.objects.count() == 1


def test_mail_b14_a_client_is_written_to_no_more_and_again(staff: Browser) -> None:
    one = client(1)
    waits = message(mailing(), one, "queued")
    text = staff.post(f"{CLIENTS}{one.pk}/opt-out/", follow=True).content.decode()
    assert "not to be written to" in text
    assert "the client is not to be written to" in text  # the message that waited, with its reason
    waits.refresh_from_db()
    assert (waits.state, waits.reason) == ("suppressed", "opted_out")
    text = staff.post(f"{CLIENTS}{one.pk}/opt-in/", follow=True).content.decode()
    assert "Written to again" in text
    assert staff.get(f"{CLIENTS}{one.pk}/opt-in/").status_code == 405


def test_pages_of_clients_go_on_without_losing_or_repeating_one(staff: Browser) -> None:
    for number in range(53):
        client(number)
    seen: list[str] = []
    path = CLIENTS
    while path:
        text = text_of(staff, path)
        seen += re.findall(r'id="k-(\d+)"', text)
        follows = re.search(r'rel="next" href="(\?[^"]+)"', text)
        path = f"{CLIENTS}{follows[1]}".replace("&amp;", "&") if follows else ""
    assert len(seen) == len(set(seen)) == 53


def test_both_languages_say_it(staff: Browser) -> None:
    one = counted()
    for path, words in {
        LIST: "Рассылки",
        f"{LIST}{one.pk}/": "Получатели",
        f"{LIST}{one.pk}/pause/": "второй раз",
        f"{LIST}new/": "Кому",
        CLIENTS: "Клиенты",
    }.items():
        answer = staff.get(path, headers={"accept-language": "ru"})
        assert words in answer.content.decode(), path


def test_times_of_the_form_are_those_of_the_readers_clock(db: None) -> None:
    tokyo = client_signed_in(make_person(role=Role.STAFF, timezone="Asia/Tokyo", password=None))
    tokyo.post(f"{LIST}new/", {**WRITTEN, "start": "2030-03-04T09:00"})
    assert Mailer.objects.get().start == datetime(2030, 3, 4, 0, tzinfo=UTC)
