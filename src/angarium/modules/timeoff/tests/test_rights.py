"""The policy as a table: who decides for whom, whoever is away, has left, or stands in a circle; and nobody for
themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from angarium.engine.identity.public import Person, of_person
from angarium.engine.identity.testing import make_token
from angarium.modules.timeoff import actions, deciding, rights, telling
from angarium.modules.timeoff.errors import NoRequest, NotYours, OwnTerms
from angarium.modules.timeoff.models import Delegation, Department, Employee, Request
from angarium.modules.timeoff.queries import deciders_of, requests_seen_by, stood_in_for

from .asking import Api, refused, shown, vacation, with_token
from .company import DAY, HIRED, TODAY, Company
from .deeds import STAFF
from .test_policy import company

__all__ = ["company"]
pytestmark = pytest.mark.django_db
NAMES = ("dina", "lena", "anna", "clara", "boris", "dora", "gleb", "harriet")


class Chart:
    """Who works where: `staff(name)` are those for whom somebody decides, `asked(name)` who is asked about them."""

    def __init__(self) -> None:
        self.company = Department.objects.create(name="Компания")
        self.sales = Department.objects.create(name="Продажи", parent=self.company)
        self.one = {name: Employee.objects.create(name=name, hired_on=HIRED) for name in NAMES}
        for name in ("lena", "anna", "clara"):
            self.put(name, department=self.sales)
        self.put("dina", department=self.company)
        self.head(self.company, "dina")
        self.head(self.sales, "lena")

    def put(self, name: str, **values: Any) -> None:
        Employee.objects.filter(pk=self.one[name].pk).update(**values)
        self.one[name].refresh_from_db()

    def head(self, department: Department, name: str | None) -> None:
        department.head = self.one[name] if name else None
        department.save()

    def deputy(self, manager: str, deputy: str, since: int = 0, until: int = 0) -> None:
        days = {"start": TODAY + since * DAY - DAY, "end": TODAY + until * DAY + DAY}
        Delegation.objects.create(manager=self.one[manager], deputy=self.one[deputy], **days)

    def staff(self, name: str) -> set[str]:
        found = Employee.objects.filter(rights.decided_by_them(self.one[name]))
        return set(found.values_list("name", flat=True))

    def asked(self, name: str) -> set[str]:
        found = deciders_of(self.one[name], rights.today_of(self.one[name]))
        return set(found.values_list("name", flat=True))

    def deciding_for(self, name: str) -> set[str]:
        return set(Employee.objects.filter(pk__in=rights.who_decide(self.one[name])).values_list("name", flat=True))


@pytest.fixture
def chart(db: None) -> Chart:
    return Chart()


def test_hr_b6_a_head_decides_for_who_names_nobody_and_the_head_above_for_the_head_too(chart: Chart) -> None:
    assert chart.staff("lena") == {"anna", "clara"}
    assert chart.staff("dina") == {"anna", "clara", "lena"}
    assert (chart.asked("anna"), chart.asked("lena"), chart.asked("dina")) == ({"lena"}, {"dina"}, set())
    chart.put("anna", manager=chart.one["boris"])
    assert (chart.staff("boris"), chart.staff("lena")) == ({"anna"}, {"clara"})
    assert chart.asked("anna") == {"boris"}


@pytest.mark.parametrize("gone", [{"dismissed_on": TODAY - 3 * DAY}, {"hired_on": TODAY + 3 * DAY}])
def test_hr_b6_who_does_not_work_here_decides_nothing_and_the_next_head_does(
    chart: Chart, gone: dict[str, Any]
) -> None:
    chart.put("anna", manager=chart.one["boris"])
    chart.put("boris", **gone)
    assert (chart.staff("boris"), chart.asked("anna")) == (set(), {"lena"})
    assert chart.staff("lena") == {"anna", "clara"}
    chart.put("lena", **gone)
    assert (chart.staff("lena"), chart.asked("clara"), chart.asked("anna")) == (set(), {"dina"}, {"dina"})
    chart.put("dina", **gone)
    assert (chart.staff("dina"), chart.asked("clara")) == (set(), set())


def test_hr_b6_who_leaves_later_still_decides(chart: Chart) -> None:
    chart.put("lena", dismissed_on=TODAY + 3 * DAY)
    assert chart.staff("lena") == {"anna", "clara"}


def test_hr_b5_a_deputy_decides_in_those_days_and_neither_for_themselves_nor_for_whom_they_stand_in(
    chart: Chart,
) -> None:
    chart.deputy("lena", "clara")
    assert chart.staff("clara") == {"anna"}
    assert chart.asked("anna") == {"lena", "clara"}
    assert chart.asked("clara") == {"lena"}
    chart.deputy("dina", "dora", since=3, until=9)
    chart.deputy("dina", "dora", since=-9, until=-3)
    assert chart.staff("dora") == set()


def test_hr_b5_a_manager_who_stands_in_for_one_of_their_staff_still_decides_for_that_one(chart: Chart) -> None:
    chart.deputy("lena", "dina")
    assert chart.staff("dina") == {"anna", "clara", "lena"}


def test_hr_b5_a_deputy_of_a_deputy_and_of_who_has_left_decides_nothing(chart: Chart) -> None:
    chart.deputy("lena", "boris")
    chart.deputy("boris", "dora")
    assert (chart.staff("boris"), chart.staff("dora")) == ({"anna", "clara"}, set())
    chart.put("lena", dismissed_on=TODAY - 3 * DAY)
    assert chart.staff("boris") == set()


def test_hr_b6_circles_of_managers_and_departments_end_and_give_nobody_themselves(chart: Chart) -> None:
    chart.put("anna", manager=chart.one["boris"])
    chart.put("boris", manager=chart.one["anna"])
    Department.objects.filter(pk=chart.company.pk).update(parent=chart.sales)
    assert (chart.staff("anna"), chart.staff("boris")) == ({"boris"}, {"anna"})
    assert chart.staff("lena") == {"clara", "dina"}
    assert chart.asked("lena") == {"dina"}


def test_hr_b6_who_is_asked_may_decide_and_who_decides_is_found_from_either_end(chart: Chart) -> None:
    chart.put("anna", manager=chart.one["boris"])
    chart.put("boris", department=chart.sales)
    chart.deputy("lena", "anna")
    chart.deputy("boris", "dora")
    chart.put("gleb", dismissed_on=TODAY - 3 * DAY)
    chart.deputy("dina", "gleb")
    for name in NAMES:
        from_above = {other for other in NAMES if name in chart.staff(other)}
        assert chart.deciding_for(name) == from_above, name
        assert chart.asked(name) <= from_above, name
        assert name not in from_above


def test_hr_b5_the_step_says_for_whom_a_deputy_decided(company: Company) -> None:
    request = Request.objects.get(pk=company.words["submitted"])
    day = rights.today_of(company.anna)
    assert stood_in_for(company.principal("deputy"), request, day) == company.lena
    for who in ("head", "head_above", "hr", "deputy_then"):
        assert stood_in_for(company.principal(who), request, day) is None
    Delegation.objects.create(manager=company.dina, deputy=company.lena, start=TODAY - DAY, end=TODAY + DAY)
    assert stood_in_for(company.principal("head"), request, day) is None, "it is hers to decide anyway"


@pytest.mark.parametrize("power", ["hr", "staff", "admin", "open", "head", "deputy", "escalated"])
def test_hr_15_nobody_decides_their_own_request_whatever_else_they_are(company: Company, power: str) -> None:
    person = Person.objects.get(pk=company.people["anna"].pk)
    if power in ("staff", "admin"):
        Person.objects.filter(pk=person.pk).update(role=power)
    elif power == "hr":
        Employee.objects.filter(pk=company.anna.pk).update(role="hr")
    elif power == "head":
        Department.objects.update(head=company.anna)
    elif power == "deputy":
        Delegation.objects.create(manager=company.lena, deputy=company.anna, start=TODAY - DAY, end=TODAY + DAY)
    elif power == "escalated":
        actions.escalate_request(company.words["submitted"], to=[company.anna.pk])
    person.refresh_from_db()
    api = with_token(make_token(person=person))
    if power == "open":
        Person.objects.filter(pk=person.pk).update(username="user")
        company.settings.ANGARIUM_OPEN = True
        api = Api(Client(raise_request_exception=False))
    for verdict in ("approval", "rejection"):
        refused(api("POST", f"/requests/{company.words['submitted']}/{verdict}"), 403, "own_request")
    ask = {"kind": "vacation", "start": company.words["soon"], "end": company.words["then"]}
    assert shown(api("POST", "/requests/", ask), 201)["status"] == "submitted"
    key = deciding.key_of(company.words["submitted"], company.anna.pk, _submission(company))
    assert not rights.may_decide(deciding.asked_by(key).by, Request.objects.get(pk=company.words["submitted"]))


def _submission(company: Company) -> str:
    return deciding.submission_of(Request.objects.get(pk=company.words["submitted"]).submitted_at)


@pytest.mark.parametrize("role", ["hr", "staff"])
def test_hr_b6_nobody_enters_their_own_pay_balance_or_terms_nor_stops_being_themselves(
    company: Company, role: str
) -> None:
    if role == "staff":
        Person.objects.filter(pk=company.people["anna"].pk).update(role="staff")
    else:
        Employee.objects.filter(pk=company.anna.pk).update(role="hr")
    by = of_person(Person.objects.get(pk=company.people["anna"].pk))
    api, id = with_token(make_token(person=Person.objects.get(pk=company.people["anna"].pk))), company.anna.pk
    assert rights.is_hr(by)
    calls = (
        ("POST", "/rates/", {"employee_id": id, "share": "1", "salary": "1000000", "valid_from": "2021-01-01"}),
        ("POST", f"/balances/{id}/corrections", {"days": "100", "because": "Надо"}),
        ("POST", f"/balances/{id}/opening", {"days": "100", "on": "2020-02-01"}),
        ("PATCH", f"/employees/{id}", {"vacation_days": 60}),
        ("PATCH", f"/employees/{id}", {"person": None}),
        ("PATCH", f"/employees/{id}", {"manager_id": company.clara.pk}),
        ("POST", f"/employees/{id}/dismissal", {"on": company.words["far"]}),
    )
    for method, path, body in calls:
        refused(api(method, path, body), 403, "own_terms")
    shown(api("PATCH", f"/employees/{id}", {"email": "anna@example.org"}))
    with pytest.raises(OwnTerms):
        actions.reinstate(id, by=by)


def test_hr_b6_who_has_left_sees_themselves_alone(company: Company) -> None:
    for who, one in (("dismissed_manager", company.gleb), ("dismissed_hr", company.hugo)):
        seen = Employee.objects.filter(rights.employees_seen(company.principal(who)))
        assert list(seen) == [one]


def test_hr_b5_whom_it_was_escalated_to_may_decide_until_they_leave(company: Company) -> None:
    id = company.words["submitted"]
    actions.escalate_request(id, to=[company.boris.pk])
    by, request = of_person(company.people["boris"]), Request.objects.get(pk=id)
    assert rights.may_decide(by, request)
    assert requests_seen_by(by).filter(pk=id).exists()
    Employee.objects.filter(pk=company.boris.pk).update(dismissed_on=TODAY - 3 * DAY)
    assert not rights.may_decide(by, request)
    assert not requests_seen_by(by).filter(pk=id).exists()


def test_hr_15_a_manager_asks_for_their_staff_only_for_work_on_a_holiday(company: Company) -> None:
    by = company.principal("head")
    day = date(2190, 7, 9)
    words = {"by": by, "employee": company.anna.pk, "start": day, "end": day}
    assert actions.create_request(kind="holiday_work", **words).author == by.id
    with pytest.raises(NotYours):
        actions.create_request(kind="unpaid", **words)


def test_hr_b6_a_letter_asks_for_nothing_of_whoever_lost_the_right_while_it_was_queued(company: Company) -> None:
    """The task asks the policy as it runs, not as it was queued."""
    request = Request.objects.get(pk=company.words["submitted"])
    assert telling.may_hear(company.lena, request)
    Department.objects.filter(pk=company.sales.pk).update(head=None)
    assert not telling.may_hear(company.lena, request)
    key = deciding.key_of(request.pk, company.lena.pk, _submission(company))
    assert not rights.may_decide(deciding.asked_by(key).by, request)
    with pytest.raises(NoRequest):
        actions.approve_request(request.pk, by=of_person(company.people["lena"]))


def test_hr_b6_many_employees_cost_as_many_queries_as_one(company: Company) -> None:
    api = company.api("head")

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            shown(api("GET", path))
        return len(queries)

    paths = ("/employees/", "/requests/", f"/calendar/?from={TODAY}&to={company.words['then']}", "/delegations/")
    cost("/employees/")
    before = [cost(path) for path in paths]
    for number in range(10):
        one = Employee.objects.create(name=f"Н{number}", hired_on=HIRED, department=company.sales)
        vacation(one, company.words["soon"], company.words["then"])
    assert [cost(path) for path in paths] == before
    assert before[0] <= 12, before


def test_hr_15_decisions_of_the_past_do_not_let_the_same_person_decide_again(company: Company) -> None:
    """Approving twice is harmless for whoever did it, and only while they may decide at all."""
    by, id = company.principal("head"), company.words["submitted"]
    assert actions.approve_request(id, by=by).status == "approved"
    assert actions.approve_request(id, by=by).status == "approved"
    actions.edit_department(company.sales.pk, by=STAFF, head=None)
    actions.edit_employee(company.anna.pk, by=STAFF, manager=company.boris.pk)
    with pytest.raises(NoRequest):
        actions.approve_request(id, by=by)
