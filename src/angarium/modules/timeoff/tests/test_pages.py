"""The pages of time off for those who ask: the balance explained, the form that says what it takes, one request."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from angarium.engine.identity.public import SYSTEM, Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.balances import balance
from angarium.modules.timeoff.models import Employee, Request
from angarium.modules.timeoff.rights import today_of

from .looking import MINE, Firm, firm, monday, part_of, plain, queries, text_of, today

#: A week in which no day is free but its weekend.
WEEK = date(today().year + 1, 7, 7)


@pytest.fixture
def team(db: None) -> Firm:
    return firm()


def test_pages_need_a_sign_in(team: Firm) -> None:
    made = team.asked("anna", WEEK)
    paths = ("", "new/", "new/told/", "approvals/", "approvals/decided/", "team/", "employees/", "holidays/")
    hr = ("departments/", "deputies/", "employees/new/", "holidays/new/", f"employees/{team['anna'].pk}/rates/")
    for path in (*paths, *hr, f"requests/{made.pk}/", f"employees/{team['anna'].pk}/"):
        assert Client().get(f"{MINE}{path}")["Location"].startswith("/login/?next="), path


@pytest.mark.parametrize(
    ("role", "sentence"),
    [(Role.MEMBER, "Ask human resources to enter you"), (Role.STAFF, "Enter me as an employee")],
)
def test_hr_b8_who_is_no_employee_is_told_what_to_do(team: Firm, role: Role, sentence: str) -> None:
    client = client_signed_in(make_person("stranger", role, password=None))
    assert sentence in plain(text_of(client))
    for path in ("team/", "holidays/"):
        text_of(client, path)
    text_of(client, "new/", 404 if role == Role.MEMBER else 200)


def test_hr_b8_staff_enter_themselves_from_the_empty_page(team: Firm) -> None:
    client = client_signed_in(make_person("stranger", Role.STAFF, password=None, full_name="Стас Новый"))
    text = text_of(client, "employees/new/?me=1")
    fields = dict(re.findall(r'name="(name|person|hired_on)" value="([^"]+)"', text))
    assert fields == {"name": "Стас Новый", "person": "stranger", "hired_on": today().isoformat()}
    more = {"role": "employee", "vacation_days": 28, "timezone": "Europe/Moscow"}
    answer = client.post(f"{MINE}employees/new/", {**fields, **more})
    made = Employee.objects.get(name="Стас Новый")
    assert answer["Location"] == f"{MINE}employees/{made.pk}/"
    assert "My requests" in text_of(client)


def test_hr_b2_the_number_and_the_lines_whose_sum_it_is(team: Firm) -> None:
    team.approve(team.asked("anna", monday(40)))
    on = today() + timedelta(days=120)
    text = text_of(team.client("anna"), f"?on={on}")
    lines = re.findall(r'<tr data-kind="\w+".*?</tr>', text, re.DOTALL)
    added = [re.search(r'-text">([+−][\d.]+)<', row)[1] for row in lines]  # type: ignore[index]
    total = sum(Decimal(number.replace("−", "-")) for number in added)
    expected = balance(team["anna"], on).days
    assert (total, Decimal(re.search(r'class="value">([\d.]+)<', text)[1])) == (expected, expected)  # type: ignore[index]
    assert sum("ТК РФ, ст. 114, 115, 121" in row for row in lines) >= 3
    used = next(row for row in lines if 'data-kind="use"' in row)
    assert "ТК РФ, ст. 120" in used
    assert f"{MINE}requests/{Request.objects.get().pk}/" in used


def test_hr_b2_a_derivation_names_the_holidays_that_it_left_out(db: None) -> None:
    january = date(2027, 1, 1)
    with time_machine.travel(datetime(2026, 9, 1, 12, tzinfo=UTC)):
        team = firm()
        actions.fill_holidays(by=SYSTEM, years=[2026, 2027])
        team.approve(team.asked("anna", january, 11))
        text = plain(text_of(team.client("anna"), f"?on={january}"))
    assert "not counted: 1–6 January (Новогодние каникулы), 7 January (Рождество Христово)" in text


def test_hr_b8_the_picture_says_the_same_to_who_cannot_see_it(team: Firm) -> None:
    team.asked("anna", monday(30))
    text = text_of(team.client("anna"))
    said = re.findall(r'<svg class="plot balance [\w-]+"[^>]*aria-label="([^"]+)"', text)
    assert len(said) == 2
    year = today_of(team["anna"]).year
    assert re.match(rf"Balance in {year}: [\d.−]+ at the beginning, [\d.]+ on ", said[0])
    assert '"stay waiting"' in text or monday(30).year > year


@pytest.mark.parametrize(
    "query", ["on=x", "on=9999-99-99", "on=0001-01-01", "on=9999-12-31", "before=x", "before=9" * 30]
)
def test_a_date_that_makes_no_sense_is_no_500(team: Firm, query: str) -> None:
    assert 'id="number"' in text_of(team.client("anna"), f"?{query}")


def test_hr_b8_before_one_sends_one_sees_what_it_takes_who_is_away_and_who_decides(team: Firm) -> None:
    team.approve(team.asked("boris", WEEK, 2, kind="day_off"))
    said = f"kind=vacation&start={WEEK}&end={WEEK + timedelta(days=6)}"
    text = text_of(team.client("anna"), f"new/told/?{said}")
    free = balance(team["anna"], WEEK)
    assert part_of(text, "days") == "7"
    assert part_of(text, "before") == f"{free.available:f}".rstrip("0").rstrip(".")
    assert part_of(text, "after") == f"{free.available - 7:f}".rstrip("0").rstrip(".")
    assert part_of(text, "deciders") == "Hanna"
    assert "Boris 7–8 July" in plain(text)
    assert "what is asked for" in text
    assert not Request.objects.filter(employee=team["anna"]).exists()


def test_hr_b8_overlap_and_too_few_days_are_said_before_it_is_sent(team: Firm) -> None:
    start = monday(30)
    team.asked("anna", start, 5)
    client = team.client("anna")
    text = plain(text_of(client, f"new/told/?kind=day_off&start={start}&end={start}"))
    assert "There is another request for some of these days." in text
    text = plain(
        text_of(client, f"new/told/?kind=vacation&start={start + timedelta(days=7)}&end={start + timedelta(days=60)}")
    )
    assert "The balance has not that many days left. Asked for: " in text
    text = plain(text_of(client, f"new/told/?kind=vacation&start={start}&end={start - timedelta(days=1)}"))
    assert "The last day is before the first." in text
    text = plain(text_of(client, f"new/told/?kind=holiday_work&start={WEEK}&end={WEEK}"))
    assert "None of these days is a public holiday or a day off" in text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "kind=x",
        "start=x&end=y",
        "start=0001-01-01&end=9999-12-31",
        "start=2031-07-07",
        "request=x",
        "minutes=-1e9",
        "kind=vacation&start=2199-12-31&end=2199-12-31",
        "employee_id=99999999999999999999999&start=2031-07-07",
    ],
)
def test_half_of_a_form_is_no_500(team: Firm, query: str) -> None:
    for name in ("anna", "greta"):
        assert "Choose the first and the last day" in plain(text_of(team.client(name), f"new/told/?{query}"))
    assert text_of(team.client("anna"), f"new/?{query}")


def test_hr_b8_a_request_is_kept_edited_sent_and_withdrawn_on_its_pages(team: Firm) -> None:
    client = team.client("anna")
    said = {"kind": "vacation", "start": WEEK, "end": WEEK + timedelta(days=6), "minutes": "480", "comment": " море "}
    answer = client.post(f"{MINE}new/", {**said, "keep": "1"})
    made = Request.objects.get()
    assert (answer["Location"], made.status, made.comment) == (f"{MINE}requests/{made.pk}/", "draft", "море")
    path = f"{MINE}requests/{made.pk}/"
    client.post(f"{path}edit/", {**said, "end": WEEK + timedelta(days=7), "version": made.version})
    made.refresh_from_db()
    assert (made.status, made.days) == ("submitted", Decimal(8))
    assert "Withdraw" in plain(text_of(client, f"requests/{made.pk}/"))
    client.post(f"{path}withdrawal/", {"version": made.version})
    made.refresh_from_db()
    assert made.status == "withdrawn"
    text = plain(text_of(client, f"requests/{made.pk}/"))
    assert "Withdrawn; its days are free again." in text
    assert "Nothing can be done about it any more" in text


def test_a_refusal_stands_beside_its_field_and_writes_nothing(team: Firm) -> None:
    client = team.client("anna")
    said = {"kind": "vacation", "start": WEEK, "end": WEEK - timedelta(days=1), "minutes": "480"}
    answer = client.post(f"{MINE}new/", said)
    assert answer.status_code == 422
    assert "The last day is before the first." in answer.content.decode()
    assert 'id="id_end_error"' in answer.content.decode()
    assert client.post(f"{MINE}new/", {**said, "start": "x"}).status_code == 422
    assert client.post(f"{MINE}new/", {"kind": "vacation"}).status_code == 422
    assert not Request.objects.exists()


def test_hr_b3_a_second_request_for_the_last_days_is_refused_in_words(team: Firm) -> None:
    team.asked("anna", WEEK, 20)
    client = team.client("anna")
    start = WEEK + timedelta(days=20)
    said = {"kind": "vacation", "start": start, "end": start + timedelta(days=99), "minutes": ""}
    answer = client.post(f"{MINE}new/", said)
    assert answer.status_code == 422
    assert "The balance has not that many days left." in answer.content.decode()
    assert Request.objects.count() == 1


def test_human_resources_ask_for_somebody_else_and_others_do_not(team: Firm) -> None:
    said = {"kind": "vacation", "start": WEEK, "end": WEEK, "minutes": "", "employee_id": team["boris"].pk}
    team.client("greta").post(f"{MINE}new/", said)
    assert Request.objects.get().employee == team["boris"]
    team.client("anna").post(f"{MINE}new/", said)
    assert list(Request.objects.order_by("id").values_list("employee__name", flat=True)) == ["Boris", "Anna"]


def test_hr_b8_one_request_tells_its_steps_and_keeps_its_parts_for_what_follows(team: Firm) -> None:
    made = team.approve(team.asked("anna", WEEK))
    client = team.client("anna")
    whole = text_of(client, f"requests/{made.pk}/")
    assert f'data-live="request:{made.pk} employee:{team["anna"].pk}"' in whole
    assert "submitted Anna" in plain(whole).replace("anna", "Anna")
    part = text_of(client, f"requests/{made.pk}/", headers={"hx-request": "true"})
    wanted = re.findall(r"#([\w-]+)", " ".join(re.findall(r'hx-(?:select|select-oob)="([^"]+)"', whole)))
    assert len(wanted) >= 6
    for id in wanted:
        assert (whole.count(f'id="{id}"'), part.count(f'id="{id}"')) == (1, 1), id


@pytest.mark.parametrize(
    "path", ["", "edit/", "approval/", "rejection/", "submission/", "withdrawal/", "cancellation/"]
)
def test_requests_of_others_are_not_there(team: Firm, path: str) -> None:
    made = team.asked("anna", WEEK)
    for id in (made.pk, 0, 99_999_999_999_999_999_999):
        client = team.client("boris")
        verb = client.get if path in ("", "edit/") else client.post
        assert verb(f"{MINE}requests/{id}/{path}").status_code == 404, id


def test_one_page_costs_the_same_however_long_somebody_works_here(team: Firm) -> None:
    client = team.client("anna")
    text_of(client)
    with queries(40):
        text_of(client)
    for number in range(8):
        team.asked("anna", WEEK + timedelta(days=7 * number), 1, kind="day_off")
    with queries(40):
        text_of(client)
