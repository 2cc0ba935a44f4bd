"""`/projects/` and `/projects/<id>/` with Django's TestCase: what is entered, shown, changed, refused."""

from __future__ import annotations

from typing import Any

from angarium.modules.projects.models import Comment, Project, Task

from .asking import NOON, PROJECT_KEYS, Asking, shown


class ListOfProjects(Asking):
    def test_pm_24_it_is_a_bare_array_of_exactly_these_keys(self) -> None:
        found = shown(self.api("GET", "/projects/"))
        assert [one["name"] for one in found] == ["Сайт"]
        assert set(found[0]) == PROJECT_KEYS

    def test_pm_24_it_is_paged_when_that_is_asked_for(self) -> None:
        Project.objects.bulk_create([Project(name=str(number)) for number in range(3)])
        answer = self.api("GET", "/projects/?limit=3")
        assert [one["name"] for one in shown(answer)] == ["Сайт", "0", "1"]
        following = answer["Link"].partition(">")[0].removeprefix("<")
        assert following.startswith("http://projects.localhost/projects/?"), following
        rest = self.api("GET", following.removeprefix("http://projects.localhost"))
        assert [one["name"] for one in shown(rest)] == ["2"]
        assert "Link" not in rest

    def test_an_empty_list_is_an_empty_array(self) -> None:
        Project.objects.all().delete()
        assert shown(self.api("GET", "/projects/")) == []

    def test_a_part_of_the_name_is_looked_for_in_any_case(self) -> None:
        Project.objects.create(name="Летняя школа")
        assert [one["name"] for one in shown(self.api("GET", "/projects/?q=ЛЕТ"))] == ["Летняя школа"]
        assert len(shown(self.api("GET", "/projects/?q="))) == 2

    def test_what_is_no_filter_is_refused(self) -> None:
        for query in ("colour=red", "limit=0", "limit=x", "limit=1001", "cursor=%C3", "cursor=abc", "q=a%0Ab"):
            with self.subTest(query):
                self.refuse(self.api("GET", f"/projects/?{query}"), 400, field=query.partition("=")[0])


class NewProject(Asking):
    def test_pm_02_it_is_entered_and_shown(self) -> None:
        answer = self.api("POST", "/projects/", {"name": "  Летняя школа ", "description": "Две недели"})
        assert answer.status_code == 201
        body = answer.json()
        made = Project.objects.get(pk=body["id"])
        assert set(body) == PROJECT_KEYS
        assert (made.name, made.description) == ("Летняя школа", "Две недели")
        assert shown(self.api("GET", f"/projects/{made.pk}/")) == body
        assert answer["Location"] == f"/api/projects/projects/{made.pk}/"
        assert self.told() == ["project_created"]

    def test_pm_01_description_may_be_absent_empty_or_null(self) -> None:
        for given, kept in (({}, None), ({"description": ""}, ""), ({"description": None}, None)):
            with self.subTest(given):
                body = shown(self.api("POST", "/projects/", {"name": "Новый", **given}))
                assert body["description"] == kept

    def test_pm_01_id_and_times_of_the_body_are_ignored(self) -> None:
        given = {"id": 77, "created_at": "2000-01-01T00:00:00Z", "updated_at": "x", "name": "Новый"}
        body = shown(self.api("POST", "/projects/", given))
        assert body["id"] != 77
        assert body["created_at"] > "2020"

    def test_pm_01_what_does_not_fit_is_400_by_its_field(self) -> None:
        bad: tuple[tuple[str, Any], ...] = (
            *(("name", value) for value in ("", "   ", None, 5, [], {}, "А" * 256, "a\nb", "a\x00b", "\x1b[2K")),
            *(("description", value) for value in (5, [], "a\x00b", "я" * 100_001)),
            ("colour", "red"),
        )
        for field, value in bad:
            with self.subTest(field=field, value=str(value)[:20]):
                self.refuse(self.api("POST", "/projects/", {"name": "Новый", field: value}), 400, field=field)
        self.refuse(self.api("POST", "/projects/", {}), 400, field="name")
        assert Project.objects.count() == 1

    def test_pm_01_a_name_may_have_255_characters(self) -> None:
        assert shown(self.api("POST", "/projects/", {"name": "А" * 255}))["name"] == "А" * 255

    def test_pm_02_what_is_no_json_is_400_and_what_does_not_say_so_415(self) -> None:
        for raw in (b"{", b"", b"[]", b"null", b'"x"', b"\xff", b'{"name": "a", "name": "b"}', b'{"name": NaN}'):
            with self.subTest(raw):
                self.refuse(self.api("POST", "/projects/", raw), 400)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            with self.subTest(kind):
                self.refuse(self.api("POST", "/projects/", b"name=x", content_type=kind), 415)

    def test_a_repeat_with_its_key_enters_nothing_more(self) -> None:
        answers = [self.api("POST", "/projects/", {"name": "Новый"}, idempotency_key="k1") for _ in range(2)]
        assert answers[0].json() == answers[1].json()
        assert Project.objects.count() == 2


class OneProject(Asking):
    def path(self) -> str:
        return f"/projects/{self.project.pk}/"

    def test_pm_02_it_is_shown_with_its_version(self) -> None:
        answer = self.api("GET", self.path())
        assert set(shown(answer)) == PROJECT_KEYS
        assert answer["ETag"] == '"v1"'

    def test_pm_02_every_address_of_it_answers(self) -> None:
        for path in (f"/projects/{self.project.pk}", f"/api/projects/{self.project.pk}/"):
            assert shown(self.api("GET", path))["name"] == "Сайт"
        common = self.api("GET", f"/api/projects/projects/{self.project.pk}/", host="localhost")
        assert shown(common)["name"] == "Сайт"

    def test_pm_03_put_changes_it_and_the_time_of_its_change(self) -> None:
        before = shown(self.api("GET", self.path()))
        after = shown(self.api("PUT", self.path(), {"name": "Новый сайт", "description": "Подробно"}))
        assert (after["name"], after["description"]) == ("Новый сайт", "Подробно")
        assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])
        assert after["updated_at"] > before["updated_at"]
        assert shown(self.api("GET", self.path())) == after
        assert self.told() == ["project_updated"]

    def test_pm_03_a_put_without_a_required_field_is_refused(self) -> None:
        for body in ({}, {"description": "Подробно"}):
            self.refuse(self.api("PUT", self.path(), body), 400, field="name")

    def test_pm_02_patch_changes_what_it_names(self) -> None:
        self.api("PATCH", self.path(), {"description": "Подробно"})
        after = shown(self.api("PATCH", self.path(), {"name": "Новый сайт"}))
        assert (after["name"], after["description"]) == ("Новый сайт", "Подробно")
        assert self.told() == ["project_updated", "project_updated"]

    def test_what_changes_nothing_writes_nothing(self) -> None:
        before = shown(self.api("GET", self.path()))
        for method, body in (("PUT", {"name": " Сайт "}), ("PATCH", {}), ("PATCH", {"id": 5, "created_at": None})):
            with self.subTest(method):
                assert shown(self.api(method, self.path(), body)) == before
        assert self.told() == []

    def test_a_change_of_what_one_saw_before_somebody_else_changed_it_is_412(self) -> None:
        self.api("PATCH", self.path(), {"name": "Иначе"}, if_match='"v1"')
        answer = self.api("PUT", self.path(), {"name": "Мой"}, if_match='"v1"')
        assert (answer.status_code, answer["ETag"]) == (412, '"v2"')
        assert answer.json()["head"]["name"] == "Иначе"
        assert self.api("DELETE", self.path(), if_match='"v1"').status_code == 412

    def test_pm_02_a_deleted_one_is_gone_and_deleted_again_is_404(self) -> None:
        assert self.api("DELETE", self.path()).status_code == 204
        for method, body in (("DELETE", None), ("GET", None), ("PUT", {"name": "x"}), ("PATCH", {})):
            with self.subTest(method):
                assert self.api(method, self.path(), body).status_code == 404
        assert shown(self.api("GET", "/projects/")) == []

    def test_pm_06_its_tasks_and_their_comments_go_with_it(self) -> None:
        Comment.objects.create(task=self.task, author="Ира", content="Начато")
        other = Task.objects.create(project=Project.objects.create(name="Другой"), title="Другая", due_date=NOON)
        self.api("DELETE", self.path())
        assert (list(Task.objects.all()), Comment.objects.count()) == ([other], 0)
        assert [one["id"] for one in shown(self.api("GET", "/tasks/"))] == [other.pk]
        assert self.told()[-3:] == ["comment_deleted", "task_deleted", "project_deleted"]

    def test_pm_02_an_unknown_one_is_404_and_so_is_what_is_no_id(self) -> None:
        for id in ("0", "999999", str(2**31), str(2**63), "9" * 40, "abc", "-1", "1.5", "%00", "..%2f"):
            for method, body in (("GET", None), ("PUT", {"name": "x"}), ("PATCH", {}), ("DELETE", None)):
                with self.subTest(id=id, method=method):
                    answer = self.api(method, f"/projects/{id}/", body)
                    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")

    def test_other_methods_are_405(self) -> None:
        assert self.api("POST", self.path(), {}).status_code == 405
        assert self.api("DELETE", "/projects/").status_code == 405
