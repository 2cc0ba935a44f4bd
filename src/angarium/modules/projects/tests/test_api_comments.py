"""`/tasks/<id>/comments/` with Django's TestCase, and what a task has beside its row."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from angarium.modules.projects.models import Comment, Member, Task

from .asking import COMMENT_KEYS, NOON, Asking, shown, somebody


class Comments(Asking):
    def path(self) -> str:
        return f"/tasks/{self.task.pk}/comments/"

    def test_pm_02_one_is_written_and_listed(self) -> None:
        answer = self.api("POST", self.path(), {"author": "Ира", "content": "Начато.\nДальше"})
        assert answer.status_code == 201
        body = answer.json()
        assert set(body) == COMMENT_KEYS
        assert (body["task"], body["author"], body["content"]) == (self.task.pk, "Ира", "Начато.\nДальше")
        self.api("POST", self.path(), {"author": "Олег", "content": "Готово", "task": 999, "id": 5})
        found = shown(self.api("GET", self.path()))
        assert [one["author"] for one in found] == ["Ира", "Олег"]
        assert found[0] == body
        assert self.told() == ["task_commented"] * 2

    def test_pm_24_a_task_without_comments_has_an_empty_array(self) -> None:
        assert shown(self.api("GET", self.path())) == []

    def test_comments_of_other_tasks_are_theirs(self) -> None:
        other = Task.objects.create(project=self.project, title="Другая", due_date=NOON)
        Comment.objects.create(task=other, author="Ира", content="Там")
        assert shown(self.api("GET", self.path())) == []

    def test_pm_05_what_does_not_fit_is_400_by_its_field(self) -> None:
        bad: tuple[tuple[str, Any], ...] = (
            *(("author", value) for value in ("", "  ", None, 5, "А" * 256, "a\nb")),
            *(("content", value) for value in ("", " \n ", None, [], "я" * 100_001, "a\x00b")),
            ("colour", "red"),
        )
        for field, value in bad:
            with self.subTest(field=field, value=str(value)[:20]):
                body = {"author": "Ира", "content": "Начато", field: value}
                self.refuse(self.api("POST", self.path(), body), 400, field=field)
        for field in ("author", "content"):
            self.refuse(self.api("POST", self.path(), {"author": "Ира", "content": "x", field: None}), 400, field=field)
        assert not Comment.objects.exists()

    def test_pm_05_a_content_of_a_megabyte_is_refused_and_one_of_100_000_characters_kept(self) -> None:
        self.refuse(self.api("POST", self.path(), {"author": "Ира", "content": "я" * 1_000_000}), 413)
        self.refuse(self.api("POST", self.path(), {"author": "Ира", "content": "a" * 1_000_000}), 400, field="content")
        kept = shown(self.api("POST", self.path(), {"author": "Ира", "content": "я" * 100_000}))
        assert len(kept["content"]) == 100000

    def test_pm_05_a_task_that_is_not_there_is_404(self) -> None:
        gone = self.task.pk
        Task.objects.filter(pk=gone).delete()
        for id in (gone, 0, 999_999, 2**31, "9" * 40, "abc"):
            for method, body in (("GET", None), ("POST", {"author": "Ира", "content": "x"}), ("POST", {})):
                with self.subTest(id=id, method=method):
                    assert self.api(method, f"/tasks/{id}/comments/", body).status_code == 404
        assert not Comment.objects.exists()

    def test_a_repeat_with_its_key_says_nothing_more(self) -> None:
        for _ in range(2):
            body = {"author": "Ира", "content": "Начато"}
            assert self.api("POST", self.path(), body, idempotency_key="k1").status_code == 201
        assert Comment.objects.count() == 1

    def test_it_is_paged_when_that_is_asked_for(self) -> None:
        for number in range(3):
            Comment.objects.create(task=self.task, author="Ира", content=str(number))
        answer = self.api("GET", f"{self.path()}?limit=2")
        assert [one["content"] for one in shown(answer)] == ["0", "1"]
        assert 'rel="next"' in answer["Link"]
        self.refuse_query()

    def refuse_query(self) -> None:
        assert self.api("GET", f"{self.path()}?limit=x").status_code == 400


class Beside(Asking):
    def test_a_card_goes_in_front_of_another_and_to_another_column(self) -> None:
        other = Task.objects.create(project=self.project, title="Другая", due_date=NOON)
        path = f"/tasks/{other.pk}/place/"
        placed = shown(self.api("POST", path, {"status": "pending", "before": self.task.pk}))
        assert placed["id"] == other.pk
        first, second = Task.objects.filter(project=self.project).select_related("place").order_by("place__rank")
        assert (first.pk, second.pk) == (other.pk, self.task.pk)
        assert shown(self.api("POST", path, {"status": "completed"}))["status"] == "completed"
        problem = self.api("POST", path, {"status": "completed", "before": self.task.pk})
        assert (problem.status_code, problem.json()["code"]) == (400, "other_column")

    def test_a_task_is_given_to_a_member_and_taken_back(self) -> None:
        person = somebody().pk
        path = f"/tasks/{self.task.pk}/assignment/"
        for stranger in (str(person), str(uuid4())):
            assert self.api("PUT", path, {"person": stranger}).json()["code"] == "unknown_person"
        Member.objects.create(project=self.project, person=person)
        assert self.api("PUT", path, {"person": str(person)}).status_code == 200
        assert Task.objects.get(pk=self.task.pk).assignment.person == person
        assert self.api("PUT", path, {"person": None}).status_code == 200
        assert not hasattr(Task.objects.get(pk=self.task.pk), "assignment")

    def test_a_project_keeps_an_owner(self) -> None:
        person, other = somebody().pk, somebody().pk
        path = f"/projects/{self.project.pk}/members/"
        for role in ("viewer", "owner"):
            body = shown(self.api("PUT", path, {"person": str(person), "role": role}))
            assert body == {"person": str(person), "role": role}
        assert self.api("PUT", path, {"person": str(person), "role": "editor"}).json()["code"] == "last_owner"
        assert self.api("DELETE", f"{path}{person}/").json()["code"] == "last_owner"
        self.api("PUT", path, {"person": str(other), "role": "owner"})
        assert self.api("DELETE", f"{path}{person}/").status_code == 204
        assert [one["person"] for one in shown(self.api("GET", path))] == [str(other)]
        for id in (uuid4(), "abc"):
            assert self.api("DELETE", f"{path}{id}/").status_code in (204, 404)
