"""`/tasks/` and `/tasks/<id>/` with Django's TestCase: what is entered, shown, changed, refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from angarium.modules.projects.models import Assignment, Project, Task

from .asking import NOON, TASK_KEYS, Asking, Body, shown


class WithBody(Asking):
    def body(self, **values: Any) -> Body:
        return {"project": self.project.pk, "title": "Тексты", "due_date": "2030-03-04T12:00:00Z", **values}


class ListOfTasks(Asking):
    def titles(self, query: str) -> list[str]:
        return [one["title"] for one in shown(self.api("GET", f"/tasks/?{query}"))]

    def test_pm_24_it_is_a_bare_array_of_exactly_these_keys(self) -> None:
        found = shown(self.api("GET", "/tasks/"))
        assert [(set(one), one["project"]) for one in found] == [(TASK_KEYS, self.project.pk)]

    def test_pm_24_a_long_list_is_whole_and_in_order(self) -> None:
        rows = [Task(project=self.project, title=str(number), due_date=NOON) for number in range(1200)]
        Task.objects.bulk_create(rows)
        assert self.titles("") == ["Макет", *map(str, range(1200))]

    def test_every_filter_takes_what_fits(self) -> None:
        other, person = Project.objects.create(name="Другой"), uuid4()
        late = Task.objects.create(project=other, title="ТЕКСТЫ", status="completed", due_date=NOON.replace(hour=18))
        Assignment.objects.create(task=late, person=person)
        for query in (
            f"project={other.pk}",
            "status=completed",
            f"assignee={person}",
            "q=текст",
            "due_from=2030-03-04T12:00:01Z",
            f"project={other.pk}&status=completed&q=т",
        ):
            with self.subTest(query):
                assert self.titles(query) == ["ТЕКСТЫ"]
        assert self.titles("due_to=2030-03-04T15:00:00%2B03:00") == []
        assert self.titles("due_to=2030-03-04T18:00:00") == ["Макет"]

    def test_a_filter_by_what_is_not_there_finds_nothing(self) -> None:
        for query in ("project=999999", f"project={2**63 - 1}", "status=in_progress", f"assignee={uuid4()}", "q=%25"):
            with self.subTest(query):
                assert self.titles(query) == []

    def test_what_is_no_filter_is_refused(self) -> None:
        for query in (
            *("colour=red", "status=finish", "project=x", "project=1.5", "assignee=me"),
            *("due_from=tomorrow", "due_to=2030-03-04", "limit=0", "cursor=*"),
        ):
            with self.subTest(query):
                self.refuse(self.api("GET", f"/tasks/?{query}"), 400, field=query.partition("=")[0])


class NewTask(WithBody):
    def test_pm_02_it_is_entered_and_shown(self) -> None:
        answer = self.api("POST", "/tasks/", self.body(description="Три страницы", status="in_progress"))
        assert answer.status_code == 201
        body = answer.json()
        assert set(body) == TASK_KEYS
        assert body == {**body, **self.body(description="Три страницы", status="in_progress")}
        assert answer["Location"] == f"/api/projects/tasks/{body['id']}/"
        assert shown(self.api("GET", f"/tasks/{body['id']}/")) == body
        assert self.told() == ["task_created"]

    def test_pm_01_it_is_pending_unless_it_says_otherwise(self) -> None:
        body = shown(self.api("POST", "/tasks/", self.body()))
        assert (body["status"], body["description"]) == ("pending", None)

    def test_pm_04_a_date_says_its_zone_or_is_utc(self) -> None:
        for given, kept in (
            ("2030-03-04T12:00:00+14:00", "2030-03-03T22:00:00Z"),
            ("2030-03-04T12:00:00-12:00", "2030-03-05T00:00:00Z"),
            ("2030-03-04T12:00:00", "2030-03-04T12:00:00Z"),
            ("2030-03-04 12:00", "2030-03-04T12:00:00Z"),
            ("1999-12-31T23:59:59Z", "1999-12-31T23:59:59Z"),
            ("2030-03-04T12:00:00.123456Z", "2030-03-04T12:00:00.123456Z"),
        ):
            with self.subTest(given):
                body = shown(self.api("POST", "/tasks/", self.body(due_date=given)))
                assert body["due_date"] == kept
                assert shown(self.api("GET", f"/tasks/{body['id']}/")) == body

    def test_pm_04_what_is_no_moment_is_400(self) -> None:
        for value in (
            *("", "tomorrow", "2030-03-04", "2030-02-30T10:00:00Z", "2030-03-04T25:00:00Z", "12:00", "0"),
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", 1893456000, None, [], "2030-03-04T12:00:00+25"),
        ):
            with self.subTest(value):
                self.refuse(self.api("POST", "/tasks/", self.body(due_date=value)), 400, field="due_date")

    def test_pm_01_pm_07_what_does_not_fit_is_400_by_its_field(self) -> None:
        bad: tuple[tuple[str, Any], ...] = (
            *(("title", value) for value in ("", "   ", None, 5, [], "А" * 256, "a\nb", "a\x00b")),
            *(("description", value) for value in (5, {}, "я" * 100_001)),
            *(("status", value) for value in ("finish", "", "PENDING", None, 1, ["pending"])),
            *(("project", value) for value in (999_999, 0, -1, 2**31, 2**63 - 1, 2**70, "1", None, 1.5, True, {})),
            ("place", 1),
        )
        for field, value in bad:
            with self.subTest(field=field, value=str(value)[:20]):
                self.refuse(self.api("POST", "/tasks/", self.body(**{field: value})), 400, field=field)
        assert Task.objects.count() == 1

    def test_pm_04_what_is_missing_is_400_by_its_field(self) -> None:
        for field in ("project", "title", "due_date"):
            with self.subTest(field):
                body = self.body()
                del body[field]
                self.refuse(self.api("POST", "/tasks/", body), 400, field=field)

    def test_pm_07_an_unknown_project_has_a_code_of_its_own(self) -> None:
        self.refuse(self.api("POST", "/tasks/", self.body(project=999_999)), 400, "unknown_project", "project")


class OneTask(WithBody):
    def path(self) -> str:
        return f"/tasks/{self.task.pk}/"

    def test_pm_02_it_is_shown_with_its_version(self) -> None:
        answer = self.api("GET", self.path())
        assert (set(shown(answer)), answer["ETag"]) == (TASK_KEYS, '"v1"')

    def test_pm_03_put_changes_it_and_the_time_of_its_change(self) -> None:
        before = shown(self.api("GET", self.path()))
        after = shown(self.api("PUT", self.path(), self.body(status="completed")))
        assert (after["title"], after["status"]) == ("Тексты", "completed")
        assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])
        assert after["updated_at"] > before["updated_at"]
        assert shown(self.api("GET", self.path())) == after
        assert self.told() == ["task_updated"]

    def test_pm_03_status_and_description_left_out_of_a_put_stay(self) -> None:
        self.api("PATCH", self.path(), {"status": "in_progress", "description": "Подробно"})
        after = shown(self.api("PUT", self.path(), self.body()))
        assert (after["status"], after["description"]) == ("in_progress", "Подробно")

    def test_pm_03_a_put_without_a_required_field_is_refused(self) -> None:
        for field in ("project", "title", "due_date"):
            with self.subTest(field):
                body = self.body()
                del body[field]
                self.refuse(self.api("PUT", self.path(), body), 400, field=field)

    def test_pm_02_patch_changes_what_it_names_and_refuses_what_put_does(self) -> None:
        after = shown(self.api("PATCH", self.path(), {"status": "completed"}))
        assert (after["status"], after["title"]) == ("completed", "Макет")
        for field, value in (("status", "finish"), ("title", ""), ("due_date", "2030-03-04"), ("project", 999_999)):
            with self.subTest(field):
                answer = self.api("PATCH", self.path(), {field: value})
                assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert self.told() == ["task_updated"]

    def test_what_changes_nothing_writes_nothing(self) -> None:
        before = shown(self.api("GET", self.path()))
        same = {name: before[name] for name in ("project", "title", "due_date")}
        for method, body in (("PUT", same), ("PUT", before), ("PATCH", {})):
            with self.subTest(method):
                assert shown(self.api(method, self.path(), body)) == before
        assert self.told() == []

    def test_it_goes_to_another_project_and_leaves_its_place_and_assignee_behind(self) -> None:
        other = Project.objects.create(name="Другой")
        person = uuid4()
        Assignment.objects.create(task=self.task, person=person)
        assert self.api("POST", f"{self.path()}place/", {"status": "pending"}).status_code == 200
        after = shown(self.api("PATCH", self.path(), {"project": other.pk}))
        assert after["project"] == other.pk
        moved = Task.objects.get(pk=self.task.pk)
        assert not (hasattr(moved, "place"))
        assert not (hasattr(moved, "assignment"))

    def test_a_change_of_what_one_saw_before_somebody_else_changed_it_is_412(self) -> None:
        self.api("PATCH", self.path(), {"status": "completed"}, if_match='"v1"')
        answer = self.api("PATCH", self.path(), {"title": "Мой"}, if_match='"v1"')
        assert (answer.status_code, answer.json()["head"]["status"]) == (412, "completed")

    def test_pm_02_a_deleted_one_is_gone_and_deleted_again_is_404(self) -> None:
        assert self.api("DELETE", self.path()).status_code == 204
        for method, body in (("DELETE", None), ("GET", None), ("PUT", self.body()), ("PATCH", {})):
            with self.subTest(method):
                assert self.api(method, self.path(), body).status_code == 404
        assert shown(self.api("GET", "/tasks/")) == []
        assert self.told() == ["task_deleted"]

    def test_pm_02_an_unknown_one_is_404_and_so_is_what_is_no_id(self) -> None:
        for id in ("0", "999999", str(2**31), str(2**63), "9" * 40, "abc", "-1", "1.5", "%00"):
            for method, body in (("GET", None), ("PUT", self.body()), ("PATCH", {}), ("DELETE", None)):
                with self.subTest(id=id, method=method):
                    answer = self.api(method, f"/tasks/{id}/", body)
                    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
