"""Employees, departments and delegations over HTTP: who sees what of whom, and what is refused by name."""

from __future__ import annotations

from angarium.modules.timeoff import rights
from angarium.modules.timeoff.models import Employee

from .asking import Firm, refused, shown
from .deeds import STAFF

OF_ALL = {"id", "name", "department_id"}
OF_STAFF = OF_ALL | {
    *("email", "manager_id", "role", "hired_on", "dismissed_on", "timezone", "language", "vacation_days", "version"),
}


class People(Firm):
    def test_hr_b6_of_each_employee_everybody_gets_what_the_policy_says_and_no_more(self) -> None:
        path = f"/employees/{self.anna.pk}/"
        for name, keys in (
            ("anna", OF_STAFF | {"person"}),
            ("boris", OF_STAFF),
            ("clara", OF_ALL),
            ("harriet", OF_STAFF | {"person"}),
        ):
            assert shown(self.api(name)("GET", path)).keys() == keys, name
        refused(self.api("dan")("GET", path), 404, "no_employee")
        refused(self.api("dan")("PATCH", path, {"name": "Я"}), 404, "no_employee")
        refused(self.api("clara")("PATCH", path, {"name": "Я"}), 403, "not_yours")

    def test_hr_b6_what_is_asked_once_for_many_is_what_is_asked_for_each(self) -> None:
        for name in self.people:
            by = self.principal(name)
            sight = rights.sight_of(by, many=True)
            assert all(sight.fields_of(one) == rights.fields_of(by, one) for one in Employee.objects.all()), name
        assert all(rights.sight_of(STAFF).fields_of(one) == rights.OF_ONESELF for one in Employee.objects.all())

    def test_an_employee_is_hired_edited_dismissed_reinstated_and_deleted(self) -> None:
        body = {"name": "Ева", "hired_on": "2025-01-15", "department_id": self.sales.pk, "manager_id": self.boris.pk}
        answer = self.api()("POST", "/employees/", body)
        made = shown(answer, 201)
        path = f"/employees/{made['id']}/"
        assert (answer["Location"], answer["ETag"], made["vacation_days"]) == (f"/api/timeoff{path}", '"v1"', 28)
        assert shown(self.api()("PATCH", path, {"vacation_days": 31}, if_match='"v1"'))["version"] == 2
        assert self.api()("PATCH", path, {"vacation_days": 35}, if_match='"v1"').status_code == 412
        left = shown(self.api()("POST", f"{path}dismissal", {"on": "2025-12-31"}), 200)
        assert left["dismissed_on"] == "2025-12-31"
        refused(self.api()("POST", f"{path}dismissal", {"on": "2025-01-14"}), 400, "ends_before_it_starts", "on")
        assert shown(self.api()("DELETE", f"{path}dismissal"), 200)["dismissed_on"] is None
        refused(self.api()("DELETE", path), 409, "in_use")
        other = shown(self.api()("POST", "/employees/", {"name": "Ян", "hired_on": "2025-01-15"}), 201)
        assert self.api()("DELETE", f"/employees/{other['id']}/").status_code == 204

    def test_hr_15_a_last_day_or_a_version_cannot_be_slipped_in(self) -> None:
        path = f"/employees/{self.anna.pk}/"
        refused(self.api()("PATCH", path, {"dismissed_on": "2025-01-01"}), 400, "unknown_field", "dismissed_on")
        refused(self.api("anna")("PATCH", path, {"role": "hr"}), 403, "not_yours")
        refused(self.api()("PATCH", path, {"role": "boss"}), 400, field="role")
        refused(self.api()("PATCH", path, {"hired_on": "2025-02-30"}), 400, "not_a_day", "hired_on")
        refused(self.api()("PATCH", path, {"hired_on": "1899-12-31"}), 400, "range", "hired_on")
        refused(self.api()("PATCH", path, {"manager_id": self.anna.pk}), 400, "roundabout", "manager_id")

    def test_the_list_is_filtered(self) -> None:
        found = shown(self.api()("GET", f"/employees/?department={self.sales.pk}&q=ANN"))
        assert [row["id"] for row in found] == [self.anna.pk]
        assert len(shown(self.api("clara")("GET", "/employees/"))) == 2
        assert shown(self.api()("GET", "/employees/?working_on=2022-12-31")) == []

    def test_departments_and_delegations(self) -> None:
        made = shown(self.api()("POST", "/departments/", {"name": "Бэк", "head_id": self.dan.pk}), 201)
        path = f"/departments/{made['id']}/"
        assert shown(self.api()("PATCH", path, {"parent_id": self.sales.pk}))["head_id"] == self.dan.pk
        refused(self.api()("PATCH", path, {"parent_id": made["id"]}), 400, "roundabout", "parent_id")
        refused(self.api("anna")("DELETE", path), 403, "not_yours")
        assert len(shown(self.api("anna")("GET", "/departments/"))) == 3
        assert self.api()("DELETE", path).status_code == 204
        body = {"deputy_id": self.dan.pk, "start": "2035-07-01", "end": "2035-07-31"}
        made = shown(self.api("boris")("POST", "/delegations/", body), 201)
        assert made["manager_id"] == self.boris.pk
        assert [row["id"] for row in shown(self.api("dan")("GET", "/delegations/"))] == [made["id"]]
        assert shown(self.api("anna")("GET", "/delegations/")) == []
        refused(self.api("anna")("DELETE", f"/delegations/{made['id']}/"), 404, "no_delegation")
        refused(self.api("dan")("DELETE", f"/delegations/{made['id']}/"), 403, "not_yours")
        assert self.api("boris")("DELETE", f"/delegations/{made['id']}/").status_code == 204

    def test_hr_15_nobody_is_401_and_a_token_without_the_scope_403(self) -> None:
        nobody = self.client.get("/requests/", headers={"host": "timeoff.localhost"})
        assert nobody.status_code == 401
        from angarium.engine.identity.testing import make_token

        from .asking import with_token

        reader = with_token(make_token("timeoff:read"))
        assert len(shown(reader("GET", "/employees/"))) == 5
        refused(reader("POST", "/employees/", {"name": "Ева", "hired_on": "2025-01-15"}), 403, "scope_missing")
