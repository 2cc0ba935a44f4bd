"""The pages of those who decide and of human resources: approvals, the team's calendar, people, rates, holidays."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from angarium.engine.identity.public import SYSTEM
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.balances import balance
from angarium.modules.timeoff.models import Delegation, Department, Employee, Holiday, Rate

from .looking import MINE, Firm, firm, monday, plain, queries, text_of, today

WEEK = date(today().year + 1, 7, 7)


@pytest.fixture
def team(db: None) -> Firm:
    return firm()


def test_hr_b8_approvals_come_oldest_first_with_what_they_depend_on(team: Firm) -> None:
    first, second = team.asked("boris", WEEK), team.asked("anna", WEEK + timedelta(days=2), 3)
    text = text_of(team.client("hanna"), "approvals/")
    assert re.findall(r'id="ask-(\d+)"', text) == [str(first.pk), str(second.pk)]
    card = plain(text[text.index(f'id="ask-{second.pk}"') :])
    free = balance(team["anna"], WEEK)
    number = f"{free.available + 3:f}".rstrip("0").rstrip(".")
    assert f"Takes 3 days of vacation Balance before and after {number} → " in card
    assert "Away then Boris 7–13 July" in card
    assert 'class="count">2<' in text


def test_hr_b8_a_decision_leads_back_and_stands_among_those_decided(team: Firm) -> None:
    one, other = team.asked("anna", WEEK), team.asked("boris", WEEK)
    client = team.client("hanna")
    back = {"next": f"{MINE}approvals/"}
    answer = client.post(f"{MINE}requests/{one.pk}/approval/", {**back, "version": one.version})
    assert answer["Location"] == f"{MINE}approvals/"
    client.post(f"{MINE}requests/{other.pk}/rejection/", {**back, "comment": "Отчёт", "version": other.version})
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.status, other.status, other.decision) == ("approved", "rejected", "Отчёт")
    assert "Nothing waits for you" in plain(text_of(client, "approvals/"))
    assert "Boris vacation rejected 7–13 July" in plain(text_of(client, "approvals/decided/"))
    stranger = client.post(f"{MINE}requests/{one.pk}/approval/", {"next": "https://example.org/"})
    assert stranger["Location"] == "/"


def test_hr_15_nobody_finds_their_own_request_among_those_to_decide(team: Firm) -> None:
    own = team.asked("hanna", WEEK)
    client = team.client("hanna")
    assert f"ask-{own.pk}" not in text_of(client, "approvals/")
    assert "do-approve" not in text_of(client, f"requests/{own.pk}/")
    assert client.post(f"{MINE}requests/{own.pk}/approval/").status_code == 403
    own.refresh_from_db()
    assert own.status == "submitted"


def test_a_stale_approval_is_refused_in_words(team: Firm) -> None:
    made = team.asked("anna", WEEK)
    client = team.client("hanna")
    client.post(f"{MINE}requests/{made.pk}/approval/", {"version": made.version + 7})
    assert "Somebody changed this since you read it" in plain(text_of(client, f"requests/{made.pk}/"))


def test_many_approvals_cost_as_much_as_one(team: Firm) -> None:
    client = team.client("hanna")
    for number in range(2):
        team.asked("anna", WEEK + timedelta(days=number), 1, kind="day_off")
    text_of(client, "approvals/")
    with queries(45):
        text_of(client, "approvals/")
    for number in range(10):
        team.asked("boris", WEEK + timedelta(days=number), 1, kind="day_off")
    with queries(45):
        text_of(client, "approvals/")


def test_hr_b6_the_teams_calendar_tells_colleagues_when_and_not_why(team: Firm) -> None:
    team.approve(team.asked("boris", WEEK, kind="unpaid"))
    team.asked("anna", WEEK, 3)
    path = f"team/?date={WEEK}"
    text = text_of(team.client("anna"), path)
    assert 'aria-label="Boris: away, 7–13 July' in text
    assert 'aria-label="Anna: vacation, 7–9 July' in text
    assert "unpaid" not in re.sub(r'<ul class="legend.*?</ul>', "", text, flags=re.DOTALL)
    boris = text_of(team.client("boris"), path)
    assert 'aria-label="Boris: unpaid leave, 7–13 July' in boris
    assert 'aria-label="Anna:' not in boris
    assert 'aria-label="Boris: unpaid leave' in text_of(team.client("hanna"), path)
    assert "Greta" not in text


@pytest.mark.parametrize(
    "query", ["view=x", "date=x", "date=0001-01-01", "date=9999-12-31", "view=quarter&date=2199-12-31"]
)
def test_a_calendar_that_there_is_not_is_no_500(team: Firm, query: str) -> None:
    assert 'id="team"' in text_of(team.client("anna"), f"team/?{query}")
    text_of(team.client("anna"), "team/?department=x", 400)


SALARY = Decimal("123456")


@pytest.mark.parametrize(
    ("who", "email", "number", "salary"),
    [("boris", False, False, 403), ("hanna", True, True, 403), ("anna", True, True, 200), ("greta", True, True, 200)],
)
def test_hr_b6_an_employees_page_shows_what_the_viewer_may_see(
    team: Firm, who: str, email: bool, number: bool, salary: int
) -> None:
    anna, since = team["anna"], today() - timedelta(days=10)
    actions.record_rate(anna.pk, by=SYSTEM, share=Decimal(1), salary=SALARY, valid_from=since)
    client = team.client(who)
    text = text_of(client, f"employees/{anna.pk}/")
    assert ("anna@example.org" in text, 'id="number"' in text) == (email, number)
    assert ("/rates/" in text) is (salary == 200)
    rates = text_of(client, f"employees/{anna.pk}/rates/", salary)
    assert ("123,456" in rates) is (salary == 200)
    assert "123,456" not in text
    people = text_of(client, "employees/")
    assert "123,456" not in people
    assert 'id="e-' in people


def test_who_sees_nothing_of_somebody_finds_nobody_there(team: Firm) -> None:
    assert text_of(team.client("anna"), f"employees/{team['greta'].pk}/", 404)
    assert "Greta" not in text_of(team.client("anna"), "employees/")


def test_hr_b4_rates_are_shown_as_they_were_known(team: Firm) -> None:
    anna, client = team["anna"], team.client("greta")
    path = f"{MINE}employees/{anna.pk}/rates/"
    first = today() - timedelta(days=100)
    said = {"share": "1", "salary": "100000", "valid_from": first, "valid_to": "", "because": "приём"}
    assert client.post(f"{path}new/", said)["Location"] == path
    client.post(f"{path}new/", {**said, "salary": "110000", "valid_from": first + timedelta(days=50)})
    text = text_of(client, f"employees/{anna.pk}/rates/")
    assert plain(text).count("replaced") >= 2
    assert re.findall(r'class="rate-lane( was)?"', text) == ["", " was"]
    before = text_of(client, f"employees/{anna.pk}/rates/?known_on={today() - timedelta(days=1)}")
    assert "Nothing had been recorded by that day." in before
    wrong = client.post(f"{path}new/", {**said, "share": "-1"})
    assert wrong.status_code == 422
    assert Rate.objects.filter(superseded_at=None).count() == 2


def test_hr_b8_human_resources_enter_edit_and_dismiss(team: Firm) -> None:
    client, anna = team.client("greta"), team["anna"]
    path = f"{MINE}employees/{anna.pk}/"
    said: dict[str, Any] = {
        "name": "Anna Ким",
        "person": "anna",
        "email": "",
        "hired_on": anna.hired_on,
        "role": "employee",
        "vacation_days": 30,
        "timezone": "Europe/Moscow",
        "department_id": team.department.pk,
    }
    answer = client.post(f"{path}edit/", {**said, "version": anna.version, "manager_id": team["boris"].pk})
    assert answer["Location"] == path
    anna = Employee.objects.get(pk=anna.pk)
    assert (anna.name, anna.vacation_days, anna.manager) == ("Anna Ким", 30, team["boris"])
    for wrong, field in (
        ({"person": "nobody"}, "person"),
        ({"vacation_days": 3}, "vacation_days"),
        ({"person": "boris"}, "person"),
    ):
        answer = client.post(f"{path}edit/", {**said, **wrong})
        assert answer.status_code == 422, wrong
        assert f'id="id_{field}_error"' in answer.content.decode(), wrong
    client.post(f"{path}correction/", {"days": "-1.5", "on": today(), "because": "ошибка"})
    assert "ошибка" in text_of(client, f"employees/{anna.pk}/")
    client.post(f"{path}dismissal/", {"on": today()})
    assert Employee.objects.get(pk=anna.pk).dismissed_on == today()
    client.post(f"{path}reinstatement/")
    assert Employee.objects.get(pk=anna.pk).dismissed_on is None
    again = client.post(f"{path}opening/", {"days": "3", "on": today(), "because": ""})
    assert "A balance was brought in already" in again.content.decode()


def test_hr_15_human_resources_change_nothing_of_their_own_terms(team: Firm) -> None:
    client, path = team.client("greta"), f"employees/{team['greta'].pk}/"
    assert not {"to-correct", "to-dismiss", "to-bring"} & set(re.findall(r'id="([\w-]+)"', text_of(client, path)))
    assert "to-record" not in text_of(client, f"{path}rates/")
    before = balance(team["greta"], today()).days
    said = {"days": "5", "on": today(), "because": "себе"}
    assert client.post(f"{MINE}{path}correction/", said).status_code == 403
    assert client.post(f"{MINE}{path}dismissal/", {"on": today()}).status_code == 403
    assert balance(team["greta"], today()).days == before


def test_hr_b8_departments_holidays_and_deputies_have_pages(team: Firm) -> None:
    client = team.client("greta")
    client.post(
        f"{MINE}departments/new/", {"name": "Склад", "head_id": team["boris"].pk, "parent_id": team.department.pk}
    )
    made = Department.objects.get(name="Склад")
    assert (made.head, made.parent) == (team["boris"], team.department)
    assert client.post(f"{MINE}departments/{team.department.pk}/", {"name": "Склад"}).status_code == 422
    client.post(f"{MINE}departments/{made.pk}/removal/")
    assert not Department.objects.filter(name="Склад").exists()
    day = {"day": date(2031, 7, 9), "kind": "public", "name": "День почты", "source": "приказ"}
    client.post(f"{MINE}holidays/new/", day)
    holiday = Holiday.objects.get(name="День почты")
    text = text_of(team.client("anna"), "holidays/?year=2031")
    assert "День почты" in text
    assert f"holidays/{holiday.pk}/" not in text
    client.post(f"{MINE}holidays/{holiday.pk}/", {**day, "kind": "transferred", "version": holiday.version})
    assert Holiday.objects.get(pk=holiday.pk).kind == "transferred"
    assert client.post(f"{MINE}holidays/new/", day).status_code == 422
    client.post(f"{MINE}holidays/{holiday.pk}/removal/")
    assert not Holiday.objects.filter(pk=holiday.pk).exists()
    said = {"deputy_id": team["boris"].pk, "start": today(), "end": today() + timedelta(days=3)}
    team.client("hanna").post(f"{MINE}deputies/", said)
    assert "You stand in for" not in text_of(team.client("boris"), "approvals/")
    team.asked("anna", monday(60), 2)
    assert "You stand in for Hanna" in plain(text_of(team.client("boris"), "approvals/"))
    team.client("hanna").post(f"{MINE}deputies/{Delegation.objects.get().pk}/end/")
    assert not Delegation.objects.exists()


HR_ONLY = ("employees/new/", "employees/{}/edit/", "employees/{}/dismissal/", "employees/{}/correction/")
MORE = ("employees/{}/rates/new/", "departments/", "departments/new/", "departments/1/", "holidays/new/", "holidays/1/")


@pytest.mark.parametrize("who", ["anna", "hanna"])
def test_hr_15_what_is_for_human_resources_is_for_nobody_else(team: Firm, who: str) -> None:
    client = team.client(who)
    for path in (*HR_ONLY, *MORE, "departments/1/removal/", "holidays/1/removal/", "employees/{}/opening/"):
        full = f"{MINE}{path.format(team['boris'].pk)}"
        assert client.post(full).status_code in (403, 405), path
        if "removal" not in path:
            assert client.get(full).status_code == 403, path


@pytest.mark.parametrize("year", ["1990", "2026", "2100", "x", "99999", ""])
def test_every_year_has_a_calendar(team: Firm, year: str) -> None:
    actions.fill_holidays(by=SYSTEM)
    text = text_of(team.client("anna"), f"holidays/?year={year}")
    assert text.count('class="month"') == 12
    assert ("follows from the law alone" in text) is (year in ("1990", "2100"))
