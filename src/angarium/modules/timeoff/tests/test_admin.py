"""The admin writes through the same actions, says a refusal in the form, and has no form for what is only appended."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from angarium.engine.identity.public import Person
from angarium.engine.identity.testing import client_signed_in
from angarium.modules.timeoff import models
from angarium.modules.timeoff.models import Approval, Change, Delegation, Department, Employee, Entry, Rate, Request
from angarium.modules.timeoff.queries import history_of

from .company import HIRED, ROWS, TODAY, Company, plain_person
from .deeds import STAFF
from .test_policy import company

__all__ = ["company"]
pytestmark = pytest.mark.django_db
ADDED = {"department", "employee", "request", "holiday", "delegation", "rate", "entry"}
CHANGED = {"department", "employee", "request", "holiday"}
REMOVED = {"department", "employee", "request", "holiday", "delegation"}


@pytest.fixture
def boss(db: None) -> Person:
    return plain_person("boss", role="staff")


@pytest.fixture
def admin(boss: Person) -> Client:
    return client_signed_in(boss)


def page(name: str, what: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:timeoff_{name}_{what}", args=args)


def change(row: Any) -> str:
    return page(row._meta.model_name, "change", row.pk)


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, answer.status_code
    found: dict[str, list[str]] = answer.context["adminform"].form.errors
    return found


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def form_of(employee: Employee, **changes: Any) -> dict[str, Any]:
    """What the form of an employee sends."""
    person = Person.objects.filter(pk=employee.person).first()
    return {
        "name": employee.name, "email": employee.email, "person": person.username if person else "",
        "department": employee.department_id or "", "manager": employee.manager_id or "", "role": employee.role,
        "hired_on": employee.hired_on, "timezone": employee.timezone, "language": employee.language,
        "vacation_days": employee.vacation_days, "dismissed_on": employee.dismissed_on or "",
        "seen_version": employee.version, **changes,
    }  # fmt: skip


def test_hr_b6_every_page_opens_and_only_what_is_edited_has_a_form(admin: Client, company: Company) -> None:
    for model in ROWS:
        name = str(model._meta.model_name)
        assert admin.get(page(name)).status_code == 200, name
        assert (admin.get(page(name, "add")).status_code == 200) == (name in ADDED), name
        row = model.objects.filter(pk=company.words["draft"]).first() if model is Request else model.objects.first()  # type: ignore[attr-defined]
        assert row is not None or model is Change, name
        if row is None:
            continue
        shown = admin.get(change(row))
        assert shown.status_code == 200, name
        assert shown.context["has_change_permission"] == (name in CHANGED), name
        assert (admin.get(page(name, "delete", row.pk)).status_code == 200) == (name in REMOVED), name


def test_hr_b6_who_is_no_staff_does_not_enter(company: Company) -> None:
    client = client_signed_in(company.people["harriet"])
    for model in ROWS:
        assert client.get(page(str(model._meta.model_name))).status_code in (302, 403)


def test_hr_b9_an_employee_is_hired_edited_and_dismissed_and_the_page_says_by_whom(
    admin: Client, company: Company
) -> None:
    new = form_of(Employee(name="Вера", hired_on=HIRED), person="boss", seen_version="")
    assert admin.post(page("employee", "add"), new).status_code == 302
    vera = Employee.objects.get(name="Вера")
    assert vera.person == Person.objects.get(username="boss").pk
    anna = company.anna
    sent = form_of(anna, vacation_days=31, dismissed_on=company.words["far"])
    assert admin.post(change(anna), sent).status_code == 302
    anna.refresh_from_db()
    assert (anna.vacation_days, str(anna.dismissed_on)) == (31, company.words["far"])
    assert Entry.objects.filter(employee=anna, kind="payout").exists(), "as any dismissal"
    assert admin.post(change(anna), form_of(anna, dismissed_on="")).status_code == 302
    shown = admin.get(change(anna)).content.decode()
    assert "boss: vacation_days: 28 → 31" in shown
    told = [(one.name, one.before, one.after) for one in history_of(STAFF, "employee", anna.pk)]
    far = company.words["far"]
    assert told == [
        ("boss", {"vacation_days": 28}, {"vacation_days": 31}),
        ("boss", {"dismissed_on": None}, {"dismissed_on": far}),
        ("boss", {"dismissed_on": far}, {"dismissed_on": None}),
    ]


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"vacation_days": 5}, "vacation_days", "outside of what is allowed"),
        ({"person": "nobody"}, "person", "There is no such person."),
        ({"person": "clara"}, "person", "is an employee already"),
        ({"dismissed_on": "2019-01-01"}, "__all__", "The last day is before the first."),
        ({"dismissed_on": str(TODAY)}, "__all__", "There are requests beyond that day"),
        ({"timezone": "Mars"}, "timezone", "Select a valid choice"),
        ({"hired_on": ""}, "hired_on", "This field is required."),
        ({"seen_version": 1, "name": "Она"}, "__all__", "Somebody changed this"),
    ],
)
def test_hr_b6_what_the_actions_refuse_is_an_error_of_the_form(
    admin: Client, company: Company, values: dict[str, Any], field: str, sentence: str
) -> None:
    company.anna.email = "a@example.org"
    company.anna.save()
    errors = errors_of(admin.post(change(company.anna), form_of(company.anna, **values)))
    assert sentence in str(errors[field])
    assert Employee.objects.filter(pk=company.anna.pk, name="Anna", dismissed_on=None, vacation_days=28).exists()


def test_hr_b6_nobody_is_their_own_manager_however_many_are_between(admin: Client, company: Company) -> None:
    Employee.objects.filter(pk=company.clara.pk).update(manager=company.anna)
    errors = errors_of(admin.post(change(company.anna), form_of(company.anna, manager=company.clara.pk)))
    assert "Nobody can be their own manager" in str(errors["manager"])
    department = Department.objects.get(parent=None, name="Компания")
    sent = {"name": department.name, "head": company.dina.pk, "parent": company.sales.pk}
    assert "a part of itself" in str(errors_of(admin.post(change(department), sent))["parent"])


def test_hr_b4_a_rate_is_only_recorded_and_supersedes(admin: Client, company: Company) -> None:
    rate = Rate.objects.get(pk=company.words["rate"])
    given = {
        "employee": company.anna.pk,
        "share": "0.5",
        "salary": "100000",
        "valid_from": "2020-01-01",
        "valid_to": "",
    }
    wrong = errors_of(admin.post(page("rate", "add"), {**given, "share": "3"}))
    assert "outside of what is allowed" in str(wrong["share"])
    assert admin.post(page("rate", "add"), {**given, "because": "Ошибка"}).status_code == 302
    rate.refresh_from_db()
    assert rate.superseded_at is not None
    assert Rate.objects.filter(employee=company.anna, superseded_at=None, share="0.5").count() == 1
    assert admin.post(change(rate), given).status_code == 403
    assert admin.post(page("rate", "delete", rate.pk), {"post": "yes"}).status_code == 403


def test_hr_b1_an_entry_by_hand_needs_a_reason_and_none_is_changed(admin: Client, company: Company) -> None:
    given = {"employee": company.anna.pk, "on": "2026-01-15", "days": "2", "because": ""}
    assert "Say why." in str(errors_of(admin.post(page("entry", "add"), given))["because"])
    assert admin.post(page("entry", "add"), {**given, "because": "Донор"}).status_code == 302
    entry = Entry.objects.get(because="Донор")
    assert (entry.kind, entry.person) == ("correction", Person.objects.get(username="boss").pk)
    assert admin.post(change(entry), given).status_code == 403
    assert admin.post(page("entry", "delete", entry.pk), {"post": "yes"}).status_code == 403
    for kept in (Approval.objects.first(), models.Feed.objects.first()):
        assert kept is not None
        assert admin.post(change(kept), {}).status_code == 403


def test_hr_15_requests_are_asked_for_and_decided_but_not_ones_own(
    admin: Client, boss: Person, company: Company
) -> None:
    new = {
        "employee": company.anna.pk,
        "kind": "vacation",
        "start": company.words["soon"],
        "end": company.words["then"],
    }
    wrong = {**new, "end": "2026-01-01"}
    assert "The last day is before the first." in str(errors_of(admin.post(page("request", "add"), wrong))["end"])
    assert admin.post(page("request", "add"), {**new, "status": "approved", "days": "0"}).status_code == 302
    made = Request.objects.latest("id")
    assert (made.status, made.author, made.days) == ("submitted", boss.pk, 2)
    assert admin.post(change(made), new).status_code == 403, "only a draft is edited"
    Employee.objects.filter(pk=company.clara.pk).update(person=boss.pk)
    own = Request.objects.create(employee=company.clara, kind="unpaid", start=date(2031, 7, 7), end=date(2031, 7, 8))
    chosen = {"action": "approve", "_selected_action": [made.pk, own.pk]}
    answer = admin.post(page("request"), chosen)
    assert [one.rpartition(": ")[2] for one in said(answer)] == ["Nobody decides their own request."]
    assert [Request.objects.get(pk=one.pk).status for one in (made, own)] == ["approved", "submitted"]
    assert made.steps.get(verdict="approved").person == boss.pk
    chosen = {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"}
    assert "Only a draft" in str(said(admin.post(page("request"), chosen)))
    assert admin.post(page("request", "delete", made.pk), {"post": "yes"}).status_code == 302
    assert Request.objects.filter(pk=made.pk).exists()


def test_hr_b6_staff_who_are_employees_do_not_enter_their_own_pay(
    admin: Client, boss: Person, company: Company
) -> None:
    Employee.objects.filter(pk=company.clara.pk).update(person=boss.pk)
    given = {
        "employee": company.clara.pk,
        "share": "1",
        "salary": "1000000",
        "valid_from": "2021-01-01",
        "valid_to": "",
    }
    assert "Nobody enters their own rate" in str(errors_of(admin.post(page("rate", "add"), given)))
    assert not Rate.objects.filter(employee=company.clara).exists()


def test_hr_b9_delegations_and_days_say_who_made_changed_and_ended_them(admin: Client, company: Company) -> None:
    given = {"manager": company.lena.pk, "deputy": company.clara.pk, "start": "2031-07-07", "end": "2031-07-01"}
    assert "The last day is before" in str(errors_of(admin.post(page("delegation", "add"), given))["end"])
    assert admin.post(page("delegation", "add"), {**given, "end": "2031-07-09"}).status_code == 302
    made = Delegation.objects.latest("id")
    assert admin.post(page("delegation", "delete", made.pk), {"post": "yes"}).status_code == 302
    first, last = history_of(STAFF, "delegation", made.pk)
    assert (first.name, first.before, first.after["deputy_id"]) == ("boss", None, company.clara.pk)
    assert (last.name, last.before["end"], last.after) == ("boss", "2031-07-09", None)
    day = {"country": "RU", "day": "2191-07-10", "kind": "public", "name": "Праздник", "source": "приказ"}
    assert admin.post(page("holiday", "add"), day).status_code == 302
    assert "has an entry for this day" in str(errors_of(admin.post(page("holiday", "add"), day))["day"])
    row = models.Holiday.objects.get(day="2191-07-10")
    sent = {**day, "kind": "transferred", "seen_version": row.version}
    assert admin.post(change(row), sent).status_code == 302
    assert [one.after for one in history_of(company.principal("herself"), "holiday", row.pk)][1:] == [
        {"kind": "transferred"}
    ]


def test_hr_b9_who_may_look_at_what_was_changed(company: Company) -> None:
    Change.objects.create(
        subject=f"timeoff.employee:{company.anna.pk}", before={"role": "hr"}, after={"role": "employee"}
    )
    Change.objects.create(subject=f"timeoff.request:{company.words['submitted']}", before={}, after={})
    who = ("herself", "colleague", "manager", "head", "dismissed_manager", "hr", "dismissed_hr")
    seen = {"employee": {"herself", "hr"}, "request": {"herself", "head", "hr"}}
    for subject, id in (("employee", company.anna.pk), ("request", company.words["submitted"])):
        found = {one for one in who if history_of(company.principal(one), subject, id).exists()}  # type: ignore[arg-type]
        assert found == seen[subject]
