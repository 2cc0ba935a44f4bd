"""One policy: every route and method, asked by everybody there can be, over HTTP. What is refused changes nothing, and
tells nobody whether what they asked for is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern

from angarium.modules.timeoff import exports, live, rights
from angarium.modules.timeoff.api.urls import urlpatterns
from angarium.modules.timeoff.models import Employee, Request
from angarium.modules.timeoff.queries import requests_seen_by

from .asking import refused, shown
from .company import ARE, TODAY, WHO, Company, state

pytestmark = pytest.mark.django_db

ALL = frozenset(WHO)
READERS = ALL - {"nobody", "without_scope"}
#: Who may change everything, and who may read everything.
HR = frozenset({"hr", "staff", "service", "open"})
READS_ALL = HR | {"reading"}
#: Of Anna.
DECIDES = HR | {"manager", "head", "head_above", "deputy"}
KNOWS = DECIDES | READS_ALL | {"herself"}
SEES = KNOWS | {"colleague"}
HERS = READS_ALL | {"herself"}
WORKS = READERS - {"stranger"}
EMPLOYEES = frozenset(ARE)
NOT_THERE = {"stranger": 404, "staff": 404, "open": 404, "service": 403, "reading": 403}


@dataclass(frozen=True)
class Route:
    """A method of a route, its body, who may use it, who may not and is told so (403) since they see what it is about;
    to the others it is `hidden` with this status, but for `otherwise`."""

    name: str
    method: str
    path: str
    may: frozenset[str]
    sees: frozenset[str] = frozenset()
    status: int = 200
    body: Any = None
    hidden: int = 404
    otherwise: dict[str, int] = field(default_factory=dict)

    def refusal(self, who: str) -> int:
        if who == "nobody":
            return 401
        if who == "without_scope" or (who == "reading" and self.method != "GET"):
            return 403
        return self.otherwise.get(who, 403 if who in self.sees else self.hidden)


ASKED = {"kind": "unpaid", "start": "{soon}", "end": "{then}"}
RATE = {"employee_id": "{anna}", "share": "0.5", "salary": "100", "valid_from": "2021-01-01"}
FREE = {"day": "2190-07-10", "kind": "public", "name": "Праздник", "source": "приказ"}
LEFT = {"days": "1", "because": "Донор"}
ROUTES = (
    Route("departments", "GET", "/departments/", READERS),
    Route("departments", "POST", "/departments/", HR, READERS, 201, {"name": "Новый"}),
    Route("department", "GET", "/departments/{sales}/", WORKS),
    Route("department", "PUT", "/departments/{sales}/", HR, WORKS, 200, {"name": "Иначе"}),
    Route("department", "PATCH", "/departments/{sales}/", HR, WORKS, 200, {"name": "Иначе"}),
    Route("department", "DELETE", "/departments/{spare}/", HR, WORKS, 204),
    Route("employees", "GET", "/employees/", READERS),
    Route("employees", "POST", "/employees/", HR, READERS, 201, {"name": "Вера", "hired_on": "2026-01-12"}),
    Route("employee", "GET", "/employees/{anna}/", SEES),
    Route("employee", "PUT", "/employees/{anna}/", HR, SEES, 200, {"name": "Вера", "hired_on": "2020-01-01"}),
    Route("employee", "PATCH", "/employees/{anna}/", HR, SEES, 200, {"vacation_days": 30}),
    Route("employee", "DELETE", "/employees/{loner}/", HR, READS_ALL, 204),
    Route("dismissal", "POST", "/employees/{anna}/dismissal/", HR, SEES, 200, {"on": "{far}"}),
    Route("dismissal", "DELETE", "/employees/{anna}/dismissal/", HR, SEES),
    Route("pay", "GET", "/employees/{anna}/pay/?from=2024-01-01&to=2024-01-31", HERS, SEES),
    Route("requests", "GET", "/requests/", READERS),
    Route("requests", "POST", "/requests/", HR | {"herself"}, SEES, 201, {**ASKED, "employee_id": "{anna}"}, 400),
    Route("request", "GET", "/requests/{submitted}/", KNOWS),
    Route("request", "PUT", "/requests/{draft}/", HR | {"herself"}, HERS, 200, ASKED),
    Route("request", "PATCH", "/requests/{draft}/", HR | {"herself"}, HERS, 200, {"comment": "Так"}),
    Route("request", "DELETE", "/requests/{draft}/", HR | {"herself"}, HERS, 204),
    Route("steps", "GET", "/requests/{submitted}/steps/", KNOWS),
    Route("submission", "POST", "/requests/{draft}/submission/", HR | {"herself"}, HERS),
    Route("approval", "POST", "/requests/{submitted}/approval/", DECIDES, KNOWS),
    Route("rejection", "POST", "/requests/{submitted}/rejection/", DECIDES, KNOWS),
    Route("withdrawal", "POST", "/requests/{submitted}/withdrawal/", HR | {"herself"}, KNOWS),
    Route("cancellation", "POST", "/requests/{approved}/cancellation/", DECIDES | {"herself"}, KNOWS),
    Route("calendar", "GET", "/calendar/?from=2024-01-01&to=2024-01-31", READERS),
    Route("balances", "GET", "/balances/", READERS),
    Route("balance", "GET", "/balances/{anna}/", KNOWS, SEES),
    Route("corrections", "POST", "/balances/{anna}/corrections/", HR, SEES, 201, LEFT),
    Route("opening", "POST", "/balances/{anna}/opening/", HR, SEES, 201, {**LEFT, "on": "2020-02-01"}),
    Route("rates", "GET", "/rates/", READERS),
    Route("rates", "POST", "/rates/", HR, SEES, 201, RATE),
    Route("rate", "GET", "/rates/{rate}/", HERS),
    Route("holidays", "GET", "/holidays/?year=2026", READERS),
    Route("holidays", "POST", "/holidays/", HR, READERS, 201, FREE),
    Route("holiday", "GET", "/holidays/{holiday}/", READERS),
    Route("holiday", "PUT", "/holidays/{holiday}/", HR, READERS, 200, FREE),
    Route("holiday", "PATCH", "/holidays/{holiday}/", HR, READERS, 200, {"name": "Иначе"}),
    Route("holiday", "DELETE", "/holidays/{holiday}/", HR, READERS, 204),
    Route("delegations", "GET", "/delegations/", READERS),
    Route(
        *("delegations", "POST", "/delegations/", HR | {"head"}, READERS, 201),
        {"manager_id": "{lena}", "deputy_id": "{clara}", "start": "{soon}", "end": "{then}"},
    ),
    Route("delegation", "GET", "/delegations/{delegation}/", READS_ALL | {"head", "deputy"}),
    Route("delegation", "DELETE", "/delegations/{delegation}/", HR | {"head"}, frozenset({"deputy"}), 204),
    Route("feeds", "GET", "/feeds/", READERS),
    Route("feeds", "POST", "/feeds/", EMPLOYEES, status=201, body={}, otherwise=NOT_THERE),
    Route("feed", "GET", "/feeds/{feed}/", frozenset({"herself"})),
    Route("feed", "DELETE", "/feeds/{feed}/", frozenset({"herself"}), status=204),
    Route("fetched", "GET", "/feeds/{key}.ics", ALL),
)
#: What of Anna each is shown, of what EmployeeShape has.
NAMES = frozenset({"id", "name", "department_id"})
OF_STAFF = NAMES | {"email", "manager_id", "role", "hired_on", "dismissed_on", "timezone", "language", "vacation_days"}
OF_STAFF |= {"version"}


@pytest.fixture
def company(db: None, settings: Any) -> Company:
    return Company(settings)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("who", WHO)
def test_hr_15_hr_b6_who_may_do_what(company: Company, who: str) -> None:
    api = company.api(who)
    before = state()
    for route in ROUTES:
        with undone():
            answer = api(route.method, route.path.format(**company.words), company.fill(route.body))
            if who in route.may:
                assert answer.status_code == route.status, (route, answer.content.decode())
            else:
                assert answer.status_code == route.refusal(who), (route, answer.content.decode())
                refused(answer, route.refusal(who))
                assert route.method == "GET" or state() == before, route


def test_hr_15_every_method_of_every_route_is_asked() -> None:
    asked = {(route.name, route.method) for route in ROUTES}
    verbs = ("GET", "POST", "PUT", "PATCH", "DELETE")
    there = {
        (str(one.name), verb)
        for one in urlpatterns
        if isinstance(one, URLPattern)
        for verb in verbs
        if hasattr(one.callback.cls, verb.lower())  # type: ignore[attr-defined]
    }
    assert asked == there


@pytest.mark.parametrize("who", [one for one in WHO if one not in {"nobody", "without_scope"}])
def test_hr_b6_each_sees_of_anna_the_fields_that_are_theirs(company: Company, who: str) -> None:
    api = company.api(who)
    hers = OF_STAFF | {"person"}
    expected = hers if who in HERS else OF_STAFF if who in KNOWS else NAMES if who in SEES else frozenset()
    listed = [one for one in shown(api("GET", "/employees/")) if one["id"] == company.anna.pk]
    assert [frozenset(one) for one in listed] == ([expected] if expected else [])
    if expected:
        assert frozenset(shown(api("GET", f"/employees/{company.anna.pk}"))) == expected
    of_her = {"employee_id": company.anna.pk}
    lists = {
        "/balances/": KNOWS,
        "/rates/": HERS,
        "/requests/?status=submitted": KNOWS,
        "/requests/?status=draft": HERS,
    }
    for path, those in lists.items():
        rows = [one for one in shown(api("GET", path)) if one.items() >= of_her.items()]
        assert len(rows) == (1 if who in those else 0), path
    away = shown(api("GET", f"/calendar/?from={TODAY}&to={company.words['then']}"))
    kinds = [one.get("kind") for one in away if one["employee_id"] == company.anna.pk]
    assert kinds == (["vacation", "vacation"] if who in KNOWS else [None] if who in SEES else [])


@pytest.mark.parametrize("who", list(ARE))
def test_hr_b6_the_predicates_say_what_the_routes_do(company: Company, who: str) -> None:
    """Pages, letters, exports and frames ask these: they must not differ from what HTTP grants."""
    company.arrange(who)
    by, request = company.principal(who), Request.objects.get(pk=company.words["submitted"])
    assert (rights.is_hr(by), rights.reads_all(by)) == (who in HR, who in READS_ALL)
    assert rights.may_decide(by, request) == (who in DECIDES)
    assert rights.is_own(by, request) == (who == "herself")
    fields = rights.fields_of(by, company.anna)
    whole, part = rights.OF_ONESELF, rights.OF_STAFF
    assert fields == (
        whole if who in HERS else part if who in KNOWS else rights.OF_COLLEAGUES if who in SEES else set()
    )
    seen = Employee.objects.filter(rights.employees_seen(by))
    for sight in (rights.sight_of(by), rights.sight_of(by, many=True)):
        assert all(bool(sight.fields_of(one)) == seen.filter(pk=one.pk).exists() for one in Employee.objects.all())


@pytest.mark.parametrize("who", ["stranger", "colleague", "deputy_then", "dismissed_manager", "dismissed_hr"])
def test_hr_15_what_is_not_there_and_what_is_not_theirs_are_told_alike(company: Company, who: str) -> None:
    api = company.api(who)
    missing = dict.fromkeys(company.words, 2**31 - 1) | {"feed": "019abcde-0000-7000-8000-000000000000"}
    for route in ROUTES:
        if "{" not in route.path or who in route.may or route.refusal(who) != 404:
            continue
        body = company.fill(route.body)
        with undone():
            foreign = api(route.method, route.path.format(**company.words), body).json()
        with undone():
            absent = api(route.method, route.path.format(**missing), body).json()
        told = [{name: one.get(name) for name in ("status", "code", "title", "detail")} for one in (foreign, absent)]
        assert told[0] == told[1], route
    for path in ("/requests/", "/rates/"):
        body = {"employee_id": company.loner.pk, **ASKED} if path == "/requests/" else {**RATE, "employee_id": 0}
        answers = [
            api("POST", path, company.fill({**body, "employee_id": id})).json() for id in (company.loner.pk, 2**31 - 1)
        ]
        assert answers[0]["detail"] == answers[1]["detail"], path


@pytest.mark.parametrize("who", list(ARE))
def test_hr_b6_frames_and_exports_show_what_the_lists_show(company: Company, who: str) -> None:
    company.arrange(who)
    by, person = company.principal(who), company.people[ARE[who]].pk
    requests = {one.pk for one in requests_seen_by(by)}
    employees = Employee.objects.filter(rights.employees_seen(by))
    heard = {one.pk for one in Request.objects.all() if person in live.who_see_request(str(one.pk))}
    assert heard == requests
    assert {one.pk for one in Employee.objects.all() if person in live.who_see_employee(str(one.pk))} == {
        one.pk for one in employees
    }
    assert {one.pk for one in exports.requests(by, {})} == requests
    known = Employee.objects.filter(rights.sight_of(by).those_known)
    assert set(exports.employees(by, {})) == set(known)
    theirs = exports.part(by, {})
    assert theirs == ("all" if who == "hr" else sorted(one.pk for one in known))
    of_sales = {"hr", "head", "head_above"}
    assert (exports.part(by, {"department_id": company.sales.pk}) is not False) == (who in of_sales)
    assert (exports.part(by, {"employee_id": company.anna.pk}) is not False) == (who in KNOWS)


#: Whatever would make somebody's own request granted, somebody else's, or free of charge.
SET_BY_US = {
    "status": "approved", "author": "019abcde-0000-7000-8000-000000000000", "days": "0", "decided_by": "Начальник",
    "decided_at": "2026-01-01T00:00:00Z", "decision": "Да", "role": "hr", "person": None, "submitted_at": None,
    "version": 7, "id": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", SET_BY_US)
def test_hr_15_no_body_sets_what_is_ours_to_set(company: Company, name: str) -> None:
    api, given = company.api("herself"), {name: SET_BY_US[name]}
    words, before = company.words, state()
    calls = (
        ("POST", "/requests/", {**company.fill(ASKED), **given}),
        ("PUT", f"/requests/{words['draft']}", {**company.fill(ASKED), **given}),
        ("PATCH", f"/requests/{words['draft']}", given),
        ("PATCH", f"/requests/{words['draft']}", {"employee_id": company.clara.pk}),
        ("POST", f"/requests/{words['submitted']}/withdrawal", given),
        ("POST", "/feeds/", {"person": str(company.people["clara"].pk)}),
    )
    for method, path, body in calls:
        refused(api(method, path, body), 400)
    refused(api("PATCH", f"/employees/{company.anna.pk}", {"role": "hr"}), 403)
    refused(company.api("manager")("POST", f"/requests/{words['submitted']}/approval", given), 400)
    assert [*state()[2:3], *state()[3:]] == [*before[2:3], *before[3:]]
