"""Mailings for people: who sees them, and what the list and one mailing tell."""

from __future__ import annotations

import re
from datetime import time, timedelta

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from angarium.engine.delivery.public import providers
from angarium.engine.identity.public import Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.kernel.clock import now
from angarium.modules.mailings.counting import note_minute, note_moves
from angarium.modules.mailings.models import Client, Mailer, Message
from angarium.modules.mailings.pages.listing import PAGE
from angarium.modules.mailings.sending.provider import NAME

from .looking import LIST, START, client, mailing, message, plain, queries, text_of


@pytest.fixture
def staff(db: None) -> Browser:
    cache.clear()  # what was slow to count is kept for a while
    return client_signed_in(make_person(role=Role.STAFF, timezone="Europe/Moscow", password=None))


@pytest.fixture
def member(db: None) -> Browser:
    return client_signed_in(make_person(password=None))


# -- who may look ------------------------------------------------------------------------------------------------------


def test_pages_need_a_sign_in(db: None) -> None:
    for path in (LIST, f"{LIST}new/", f"{LIST}{mailing().pk}/", f"{LIST}clients/"):
        assert Browser().get(path)["Location"].startswith("/login/?next=")


def test_members_see_neither_the_section_nor_its_pages(member: Browser, staff: Browser) -> None:
    one, somebody = mailing(), client()
    for path in ("", "new/", "matching/", "clients/", "clients/new/"):
        assert member.get(f"{LIST}{path}").status_code == 403
    for path in (f"{one.pk}/", f"{one.pk}/edit/", f"{one.pk}/pause/", f"clients/{somebody.pk}/"):
        assert member.get(f"{LIST}{path}").status_code == 404
    assert member.post(f"{LIST}{one.pk}/pause/").status_code == 404
    assert member.post(f"{LIST}clients/{somebody.pk}/deletion/").status_code == 404
    assert LIST not in text_of(member, "/")
    assert LIST in text_of(staff, "/")
    assert Mailer.objects.get().state == "planned"
    assert Client.objects.get().deleted_at is None


@pytest.mark.parametrize("id", ["0", "99999", "99999999999999999999999"])
def test_unknown_mailings_and_clients_are_404(staff: Browser, id: str) -> None:
    for path in (f"{id}/", f"{id}/edit/", f"{id}/pause/", f"clients/{id}/"):
        assert staff.get(f"{LIST}{path}").status_code == 404


# -- the list ----------------------------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do(staff: Browser) -> None:
    text = text_of(staff, LIST)
    assert "No mailing yet" in text
    assert text.count(f'href="{LIST}new/"') == 2


def test_mail_b13_the_list_shows_states_as_a_bar_and_how_many_were_sent(staff: Browser) -> None:
    one = mailing(tag="gold", operator_code="900", window_start=time(9), window_end=time(18))
    for number, state in enumerate(["sent"] * 3 + ["queued"] * 4 + ["failed"]):
        message(one, client(number), state)
    text = text_of(staff, LIST)
    assert 'aria-label="sent: 3, queued: 4, failed: 1"' in text
    assert "3/8 · 50 % 1 failed" in plain(text)
    assert "tag gold, operator code 900 · 09:00–18:00" in plain(text)
    assert "starts 4 March 2030, 15:00" in plain(text)
    assert 'data-live="mailer:*" data-poll="always"' in text


def test_mail_b10_the_rate_is_that_of_the_last_full_minute_and_tells_how_long_it_will_take(staff: Browser) -> None:
    one = mailing(start=now() - timedelta(minutes=9), finish=now() + timedelta(hours=1), state="planned")
    Mailer.objects.filter(pk=one.pk).update(state="sending")
    note_minute(one.pk, now() - timedelta(minutes=1), sent=60, failed=0)
    note_moves(one.pk, [(None, ("queued", ""), 240), (None, ("sent", ""), 60)])
    text = plain(text_of(staff, LIST))
    assert "60/300" in text
    assert "60 about 4 min 0 s left" in text
    Mailer.objects.filter(pk=one.pk).update(finish=now() + timedelta(minutes=2))
    assert re.search(r"1[12]\d will not make it", plain(text_of(staff, LIST)))


def test_the_list_tells_when_the_next_window_opens(staff: Browser) -> None:
    one = mailing(start=now() - timedelta(days=1), finish=START)
    Mailer.objects.filter(pk=one.pk).update(state="sending")
    opens = now() + timedelta(minutes=20)
    message(one, client(1), "deferred", "window", due_at=opens + timedelta(hours=1))
    message(one, client(2), "deferred", "window", due_at=opens)
    assert "next window in 20 min" in plain(text_of(staff, LIST))


def test_the_list_is_narrowed_by_state_words_and_tag(staff: Browser) -> None:
    first, second = mailing(), mailing(content="Скидки", tag="gold")
    Mailer.objects.filter(pk=second.pk).update(state="paused")
    for query, shown in {
        "": {first.pk, second.pk},
        "?state=paused": {second.pk},
        "?q=скид": {second.pk},
        "?q=gold": {second.pk},
        "?q=прив&state=planned": {first.pk},
        "?state=cancelled": set(),
    }.items():
        text = text_of(staff, f"{LIST}{query}")
        assert {int(id) for id in re.findall(r'id="m-(\d+)"', text)} == shown, query
    numbers = dict(re.findall(r'id="c-(\w+)">[^<]*<span class="number">(\d+)', text_of(staff, LIST)))
    assert {name: number for name, number in numbers.items() if number != "0"} == {
        "any": "2",
        "planned": "1",
        "paused": "1",
    }


@pytest.mark.parametrize("query", ["state=nonsense", "state=deleted", "before=x", "q=%00", "q=" + "x" * 300])
def test_a_filter_that_makes_no_sense_is_told_and_is_no_500(staff: Browser, query: str) -> None:
    assert 'class="wrong"' in text_of(staff, f"{LIST}?{query}", 400)


def test_pages_go_on_without_losing_or_repeating_a_mailing(staff: Browser) -> None:
    for _number in range(PAGE * 2 + 3):
        mailing()
    seen: list[str] = []
    path = LIST
    while path:
        text = text_of(staff, path)
        seen += re.findall(r'id="m-(\d+)"', text)
        follows = re.search(r'rel="next" href="(\?[^"]+)"', text)
        path = f"{LIST}{follows[1]}".replace("&amp;", "&") if follows else ""
    assert len(seen) == len(set(seen)) == PAGE * 2 + 3


def test_a_list_of_any_length_takes_the_same_queries(staff: Browser) -> None:
    for number in range(20):
        one = mailing(start=now(), finish=START)
        Mailer.objects.filter(pk=one.pk).update(state="sending")
        message(one, client(number), "deferred", "window", due_at=START)
    staff.get(LIST)
    with queries(9):
        staff.get(LIST, headers={"hx-request": "true"})


def test_an_open_list_asks_for_its_rows_alone(staff: Browser) -> None:
    one = mailing()
    text = staff.get(f"{LIST}?q=прив", headers={"hx-request": "true"}).content.decode()
    assert f'id="m-{one.pk}"' in text
    assert "<html" not in text
    assert "<form" not in text


# -- one mailing -------------------------------------------------------------------------------------------------------


def test_mail_b13_one_mailing_tells_of_its_states_minutes_zones_and_reasons(staff: Browser) -> None:
    one = mailing(start=now() - timedelta(minutes=30), finish=START, window_start=time(9), window_end=time(18))
    Mailer.objects.filter(pk=one.pk).update(state="sending")
    opens = now() + timedelta(hours=3)
    for number, zone in enumerate(["Europe/Moscow"] * 2 + ["Asia/Tokyo"]):
        message(one, client(number, timezone=zone), "deferred", "window", due_at=opens)
    message(one, client(10), "failed", "refused", attempts=1, answer="code 7: unknown number")
    message(one, client(11), "sent", sent_at=now(), attempts=2)
    note_minute(one.pk, now() - timedelta(minutes=1), sent=1, failed=1)
    text = text_of(staff, f"{LIST}{one.pk}/")
    assert 'aria-label="Sent per minute. In all 1 sent, 1 failed."' in text
    said = plain(text)
    assert re.search(r"Europe/Moscow \d\d:\d\d 2 opens .* Asia/Tokyo \d\d:\d\d 1 opens", said)
    assert "the sender refused it for good 1 failed" in said
    assert "waits for the window of the client&#x27;s day 3 deferred" in said
    assert "1 of 5 sent" in said
    assert "79000000010" in text
    refused = Message.objects.get(state="failed")
    assert f'id="r-{refused.pk}" href="{LIST}message/{refused.pk}/"' in text
    assert "code 7: unknown number" in said


def test_an_open_mailing_asks_for_all_that_changes_alone(staff: Browser) -> None:
    one = mailing()
    whole = text_of(staff, f"{LIST}{one.pk}/?state=sent")
    assert f'data-live="mailer:{one.pk}"' in whole
    assert f'hx-get="{LIST}{one.pk}/?state=sent"' in whole
    part = staff.get(f"{LIST}{one.pk}/", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    wanted = re.findall(r"#(\w+)", re.findall(r'hx-select-oob="([^"]+)"', whole)[0])
    assert wanted == ["crumbs", "heading", "actions", "facts", "table", "story"]
    for id in ("numbers", *wanted):
        assert (whole.count(f'id="{id}"'), part.count(f'id="{id}"')) == (1, 1), id


def test_mail_b13_the_recipients_are_narrowed_by_state_and_phone_and_paged(staff: Browser) -> None:
    one = mailing()
    for number in range(60):
        message(one, client(number), "failed" if number % 2 else "sent", "refused" if number % 2 else "")
    seen: list[str] = []
    path = f"{LIST}{one.pk}/?state=failed"
    while path:
        text = text_of(staff, path)
        seen += re.findall(r'id="r-(\d+)"', text)
        follows = re.search(r'rel="next" href="(\?[^"#]+)', text)
        path = f"{LIST}{one.pk}/{follows[1]}".replace("&amp;", "&") if follows else ""
    failed = Message.objects.filter(state="failed").order_by("id").values_list("id", flat=True)
    assert [int(id) for id in seen] == list(failed)
    assert re.findall(r'mono" id="r-\d+"[^>]*>(\d+)', text_of(staff, f"{LIST}{one.pk}/?phone=0059")) == ["79000000059"]
    assert 'class="wrong"' in text_of(staff, f"{LIST}{one.pk}/?phone=7x", 400)
    assert "Nobody fits this filter." in text_of(staff, f"{LIST}{one.pk}/?phone=79990000000")


def test_one_mailing_takes_few_queries_however_many_messages_it_has(staff: Browser) -> None:
    one = mailing(start=now(), finish=START)
    Mailer.objects.filter(pk=one.pk).update(state="sending")
    for number in range(40):
        message(one, client(number, timezone="Asia/Tokyo"), "deferred", "window", due_at=START)
    staff.get(f"{LIST}{one.pk}/")
    with queries(17):
        staff.get(f"{LIST}{one.pk}/", headers={"hx-request": "true"})


def test_mail_b08_a_sender_that_is_away_is_told_with_its_reason_and_the_next_try(staff: Browser) -> None:
    one = mailing(start=now(), finish=START)
    Mailer.objects.filter(pk=one.pk).update(state="sending")
    note_minute(one.pk, now() - timedelta(minutes=7), sent=3, failed=0)
    providers.rest(NAME, now() + timedelta(minutes=10), "The sender asks for less. 429 Too Many Requests")
    for path in (LIST, f"{LIST}{one.pk}/"):
        said = plain(text_of(staff, path))
        assert "The sender is away: the sender asks for less. 429 Too Many Requests" in said
        assert re.search(r"It took the last message [78] min ago \. Next try: in 10 min \.", said)
    providers.worked(NAME)
    assert "The sender is away" not in text_of(staff, LIST)
