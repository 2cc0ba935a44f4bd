"""What was changed stands on the pages, in words and for who may know; one's own draft is deleted there."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from angarium.engine.identity.public import SYSTEM, of_person
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.models import Change, Request
from angarium.modules.timeoff.pages.history import history_of_employee, history_of_request

from .looking import MINE, Firm, firm, part_of, plain, text_of, today

WEEK = date(today().year + 1, 7, 7)
Y = WEEK.year


@pytest.fixture
def team(db: None) -> Firm:
    return firm()


def story(text: str) -> str:
    """The steps on a page, without the log of events and when each was."""
    found = re.search(r'<ol class="steps">.*</ol>(?=\s*(<details[^>]* id="log"|</div>))', text, re.DOTALL)
    return plain(re.sub(r"<time.*?</time>", "", found[0], flags=re.DOTALL)) if found else ""


def test_hr_b9_a_requests_steps_and_changes_are_one_story(team: Firm) -> None:
    draft, by = team.asked("anna", WEEK, draft=True), of_person(team.persons["anna"])
    assert story(text_of(team.client("anna"), f"requests/{draft.pk}/")) == ""
    end = WEEK + timedelta(days=8)
    actions.edit_request(draft.pk, by=by, end=end, comment="<b>море</b>")
    team.approve(actions.submit_request(draft.pk, by=by))
    wanted = (
        f"changed anna last day: 13 July {Y} → 15 July {Y} days of the balance: 7 → 9 "
        "comment: – → &lt;b&gt;море&lt;/b&gt; submitted anna approved hanna"
    )
    for who in ("anna", "hanna", "greta"):
        assert story(text_of(team.client(who), f"requests/{draft.pk}/")) == wanted, who
    text_of(team.client("boris"), f"requests/{draft.pk}/", 404)


def test_hr_b9_choices_and_days_are_said_in_the_readers_language(team: Firm) -> None:
    draft, by = team.asked("anna", WEEK, 1, draft=True), of_person(team.persons["anna"])
    actions.edit_request(draft.pk, by=by, kind="unpaid", end=WEEK + timedelta(days=1))
    actions.edit_employee(team["anna"].pk, by=SYSTEM, vacation_days=31, language="ru")
    with translation.override("ru"):
        told = history_of_request(by, draft)
        assert told
        lines = {line.label: (line.before, line.after) for line in told.latest[0].lines}
        assert lines["вид"] == ("отпуск", "отпуск без содержания")
        assert lines["последний день"] == (f"7 июля {Y}", f"8 июля {Y}")
        assert told.latest[0].words == "изменено"
        of_anna = history_of_employee(by, team["anna"])
        assert of_anna
        assert [(line.before, line.after) for line in of_anna.latest[-1].lines] == [("–", "Русский"), ("28", "31")]
        assert of_anna.latest[-1].name == "система"


@pytest.mark.parametrize(("who", "shown"), [("greta", True), ("anna", True), ("hanna", False), ("boris", False)])
def test_hr_b9_an_employees_changes_are_for_themselves_and_human_resources(team: Firm, who: str, shown: bool) -> None:
    anna, by = team["anna"], of_person(team.persons["greta"])
    actions.edit_employee(anna.pk, by=by, manager=team["boris"].pk, name="Anna Ким")
    actions.dismiss(anna.pk, by=by, on=today() + timedelta(days=9))
    text = text_of(team.client(who), f"employees/{anna.pk}/")
    assert ("What was changed" in text, "Anna → Anna Ким" in plain(text)) == (shown, shown)
    if shown:
        assert "manager: – → Boris" in story(text)
        assert "entered the system person, name, e-mail, department, role, first day" in story(text)
        assert str(team.persons["anna"].pk) not in story(text)


def test_hr_b9_without_a_change_there_is_no_heading(team: Firm) -> None:
    Change.objects.all().delete()
    for who in ("greta", "anna"):
        assert "What was changed" not in text_of(team.client(who), f"employees/{team['anna'].pk}/")


def test_hr_b9_of_whom_one_may_not_see_there_is_no_name(team: Firm) -> None:
    anna, by = team["anna"], of_person(team.persons["anna"])
    for manager in (team["greta"].pk, None):
        actions.edit_employee(anna.pk, by=SYSTEM, manager=manager)
    text = text_of(team.client("anna"), f"employees/{anna.pk}/")
    assert "manager: hidden or gone → –" in story(text)
    assert "manager: Greta → –" in story(text_of(team.client("greta"), f"employees/{anna.pk}/"))
    assert history_of_employee(by, team["greta"]) is None


def test_hr_b9_a_long_story_and_a_long_change_are_folded(team: Firm) -> None:
    anna = team["anna"]
    for number in range(29, 36):
        actions.edit_employee(anna.pk, by=SYSTEM, vacation_days=number)
    text = text_of(team.client("greta"), f"employees/{anna.pk}/")
    earlier = text[text.index('id="earlier"') : text.index('id="change-' + str(Change.objects.latest("id").pk) + '"')]
    assert "2 earlier entries" in plain(earlier)
    first = Change.objects.filter(subject=f"timeoff.employee:{anna.pk}").earliest("id")
    assert f'<details class="fold plain-fold" id="change-{first.pk}-lines">' in earlier
    assert "34 → 35" in plain(text)


def test_hr_b9_what_an_older_release_kept_is_no_500(team: Firm) -> None:
    made = team.asked("anna", WEEK)
    Change.objects.create(subject=f"timeoff.request:{made.pk}", before={"gone": 1, "start": "x"}, after={"kind": "y"})
    assert story(text_of(team.client("anna"), f"requests/{made.pk}/")) == (
        "submitted anna changed the system first day: x → – gone: 1 → –"
    )


def test_hr_b8_ones_own_draft_is_deleted_after_a_question(team: Firm) -> None:
    draft, other = team.asked("anna", WEEK, draft=True), team.asked("anna", WEEK + timedelta(days=20), 2)
    client, path = team.client("anna"), f"{MINE}requests/{draft.pk}/deletion/"
    for page in ("", f"requests/{draft.pk}/"):
        pattern = rf'<form method="post" action="{path}" data-confirm="([^"]+)">.*?</form>'
        form = re.search(pattern, text_of(client, page))
        assert form, page
        assert form[1].startswith("Delete this draft?")
        assert part_of(form[0], f"do-delete-{draft.pk}") == "Delete"
    assert f"do-delete-{other.pk}" not in text_of(client)
    assert client.get(path).status_code == 405
    assert client.post(path, {"version": draft.version + 1})["Location"] == f"{MINE}requests/{draft.pk}/"
    assert Request.objects.filter(pk=draft.pk).exists()
    assert client.post(path, {"version": draft.version})["Location"] == MINE
    assert "The draft was deleted." in plain(text_of(client))
    assert list(Request.objects.values_list("pk", flat=True)) == [other.pk]
    assert client.post(f"{MINE}requests/{other.pk}/deletion/", {"version": other.version})["Location"].endswith(
        f"/requests/{other.pk}/"
    )
    assert "Only a draft can be edited or deleted" in plain(text_of(client, f"requests/{other.pk}/"))


@pytest.mark.parametrize(("who", "status"), [("boris", 404), ("greta", 200)])
def test_hr_b8_a_draft_of_others_has_no_button(team: Firm, who: str, status: int) -> None:
    draft = team.asked("anna", WEEK, draft=True)
    assert "do-delete" not in text_of(team.client(who), f"requests/{draft.pk}/", status)
    if status == 404:
        assert team.client(who).post(f"{MINE}requests/{draft.pk}/deletion/").status_code == 404
        assert Request.objects.filter(pk=draft.pk).exists()


def test_hr_b9_the_decimal_of_a_balance_has_no_places_it_does_not_need(team: Firm) -> None:
    made = team.asked("anna", WEEK)
    subject = f"timeoff.request:{made.pk}"
    Change.objects.create(subject=subject, before={"days": Decimal("7.00")}, after={"days": Decimal("6.50")})
    assert "days of the balance: 7 → 6.5" in story(text_of(team.client("anna"), f"requests/{made.pk}/"))
