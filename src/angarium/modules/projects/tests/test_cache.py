"""Kept lists with Django's TransactionTestCase, in memory and on a real Redis: a second request reads no row of the
module's, and after any write the next one is fresh."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar
from uuid import uuid4

import redis as client
from django.db import connection, transaction
from django.db.models import F
from django.test import TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext

from angarium.engine.events.public import stamp
from angarium.engine.identity.testing import make_token
from angarium.modules.projects import actions
from angarium.modules.projects.models import Assignment, Comment, Member, Place, Project, Task
from tests.servers.redis import redis_url

from .asking import NOON, Api, body_of, shown, somebody, with_token
from .deeds import STAFF

LISTS = ("/projects/", "/tasks/")


class Kept(TransactionTestCase):
    """In memory; a class below does the same on Redis."""

    url: ClassVar[Callable[[], str]] = staticmethod(lambda: "")
    settings_of: AbstractContextManager[Any]

    def setUp(self) -> None:
        self.settings_of = override_settings(REDIS_URL=self.url())
        self.settings_of.__enter__()
        self.addCleanup(self.settings_of.__exit__, None, None, None)
        self.api = with_token(make_token())
        self.project = Project.objects.create(name="Сайт")
        self.task = Task.objects.create(project=self.project, title="Макет", due_date=NOON)

    def asked(self, path: str, api: Api | None = None) -> tuple[Any, str, list[str]]:
        """The list, how it was come by, and the tables of the module that were asked."""
        with CaptureQueriesContext(connection) as queries:
            answer = (api or self.api)("GET", path)
            found = shown(answer)
        tables = [one["sql"] for one in queries.captured_queries if '"projects_' in one["sql"]]
        return found, answer["Cache-Status"], tables

    def assert_kept(self, path: str, api: Api | None = None) -> Any:
        first, _, _ = self.asked(path, api)
        again, status, tables = self.asked(path, api)
        assert (again, status, tables) == (first, "angarium; hit", []), path
        return first

    def assert_fresh(self, path: str, api: Api | None = None) -> Any:
        found, _, _ = self.asked(path, api)
        assert found == self.uncached(path, api or self.api), path
        return found

    def uncached(self, path: str, api: Api) -> Any:
        with transaction.atomic():
            answer = api("GET", path)
            assert answer["Cache-Status"] == "angarium; fwd=bypass; detail=inside"
            return shown(answer)

    def test_pm_15_a_second_request_reads_no_row_of_the_module(self) -> None:
        for path in (
            *LISTS,
            f"/tasks/?project={self.project.pk}",
            "/tasks/?limit=1",
            "/tasks/?q=мак",
            "/projects/?q=x",
        ):
            with self.subTest(path):
                self.assert_kept(path)

    def test_pm_15_an_empty_list_is_kept_as_well(self) -> None:
        Project.objects.all().delete()
        for path in LISTS:
            assert self.assert_kept(path) == []

    def test_pm_15_each_query_and_each_page_is_kept_by_itself(self) -> None:
        Task.objects.create(project=self.project, title="Тексты", due_date=NOON)
        first = self.api("GET", "/tasks/?limit=1")
        following = first["Link"].partition(">")[0].partition("localhost")[2]
        assert [one["title"] for one in self.assert_kept(following)] == ["Тексты"]
        assert [one["title"] for one in self.assert_kept("/tasks/?limit=1")] == ["Макет"]
        assert self.api("GET", "/tasks/?limit=1")["Link"] == first["Link"]
        assert self.api("GET", "/tasks/?colour=red").status_code == 400

    def test_pm_16_after_every_kind_of_write_the_next_list_is_fresh(self) -> None:
        other = Project.objects.create(name="Другой")
        task, project = f"/tasks/{self.task.pk}/", f"/projects/{self.project.pk}/"
        body = {"project": self.project.pk, "title": "Новая", "due_date": "2030-03-04T12:00:00Z"}
        paths = (*LISTS, f"/tasks/?project={self.project.pk}")
        writes: tuple[tuple[str, Callable[[], object]], ...] = (
            ("POST a project", lambda: self.api("POST", "/projects/", {"name": "Ещё"})),
            ("PUT a project", lambda: self.api("PUT", project, {"name": "Иначе"})),
            ("PATCH a project", lambda: self.api("PATCH", project, {"description": "Подробно"})),
            ("POST a task", lambda: self.api("POST", "/tasks/", body)),
            ("PUT a task", lambda: self.api("PUT", task, body)),
            ("PATCH a task", lambda: self.api("PATCH", task, {"status": "completed"})),
            ("POST with a key", lambda: self.api("POST", "/tasks/", body, idempotency_key="k1")),
            ("comment", lambda: self.api("POST", f"{task}comments/", {"author": "Ира", "content": "Да"})),
            ("save", lambda: Task.objects.get(pk=self.task.pk).save()),
            ("save a project as it is", lambda: Project.objects.get(pk=other.pk).save()),
            ("update", lambda: Task.objects.filter(project=self.project).update(due_date=F("due_date"))),
            ("bulk_create", lambda: Task.objects.bulk_create([Task(project=other, title="B", due_date=NOON)])),
            ("move", lambda: self.api("PATCH", task, {"project": other.pk})),
            ("DELETE a task", lambda: self.api("DELETE", task)),
            ("delete a queryset", lambda: Task.objects.filter(project=other).delete()),
            ("DELETE a project", lambda: self.api("DELETE", project)),
            ("delete", lambda: other.delete()),
        )
        for name, write in writes:
            with self.subTest(name):
                for path in paths:
                    self.asked(path)
                write()
                for path in paths:
                    self.assert_fresh(path)

    def test_pm_16_what_was_rolled_back_changes_nothing(self) -> None:
        kept = self.assert_kept("/tasks/")
        with transaction.atomic():
            self.task.delete()
            assert self.uncached("/tasks/", self.api) == []
            transaction.set_rollback(True)
        assert self.assert_kept("/tasks/") == kept

    def test_pm_16_who_read_before_a_commit_cannot_keep_what_he_read(self) -> None:
        """The writer commits while the reader shows his rows: before anything is kept."""
        from angarium.modules.projects.api.shapes import ProjectTaskShape

        shows = ProjectTaskShape.to_representation

        def late(shape: ProjectTaskShape, row: Any) -> Any:
            if not written:
                written.append(actions.edit_task(self.task.pk, by=STAFF, title="Новое"))
            return shows(shape, row)

        written: list[Task] = []
        ProjectTaskShape.to_representation = late  # type: ignore[method-assign]
        self.addCleanup(setattr, ProjectTaskShape, "to_representation", shows)
        old, _, _ = self.asked("/tasks/")
        assert [one["title"] for one in old] == ["Макет"]
        new, status, _ = self.asked("/tasks/")
        assert ([one["title"] for one in new], status) == (["Новое"], "angarium; fwd=miss")

    def test_pm_b7_members_have_lists_of_their_own_which_follow_what_they_may_see(self) -> None:
        ann, boris = somebody(), somebody()
        hers, his = (with_token(make_token(person=one)) for one in (ann, boris))
        path = f"/tasks/?project={self.project.pk}"
        for api in (hers, his):
            assert [self.assert_kept(one, api) for one in (*LISTS, path)] == [[], [], []]
        actions.set_member(self.project.pk, by=STAFF, person=ann.pk, role="viewer")
        assert [len(self.assert_kept(one, hers)) for one in (*LISTS, path)] == [1, 1, 1]
        assert [self.assert_kept(one, his) for one in (*LISTS, path)] == [[], [], []]
        actions.edit_task(self.task.pk, by=STAFF, title="Новое")
        assert [self.assert_kept(one, hers)[0]["title"] for one in ("/tasks/", path)] == ["Новое"] * 2
        actions.assign_task(self.task.pk, by=STAFF, person=ann.pk)
        assert len(self.assert_kept(f"/tasks/?assignee={ann.pk}", hers)) == 1
        actions.assign_task(self.task.pk, by=STAFF, person=None)
        assert self.assert_kept(f"/tasks/?assignee={ann.pk}", hers) == []
        actions.remove_member(self.project.pk, by=STAFF, person=ann.pk)
        assert [self.assert_kept(one, hers) for one in (*LISTS, path)] == [[], [], []]

    def test_what_concerns_another_list_alone_leaves_it_kept(self) -> None:
        other = Project.objects.create(name="Другой")
        quiet = f"/tasks/?project={self.project.pk}"
        for path in ("/projects/", quiet):
            self.assert_kept(path)
        Task.objects.create(project=other, title="Другая", due_date=NOON)
        Comment.objects.create(task=self.task, author="Ира", content="Да")
        Place.objects.create(task=self.task, rank="i")
        for path in ("/projects/", quiet):
            assert self.asked(path)[1] == "angarium; hit", path
        Assignment.objects.create(task=self.task, person=uuid4())
        assert self.asked(quiet)[1] == "angarium; fwd=miss"

    def test_pm_b7_whoever_has_the_list_gets_304_until_it_changes(self) -> None:
        for path in LISTS:
            tag = self.api("GET", path)["ETag"]
            same = self.api("GET", path, if_none_match=f'"other", {tag}')
            assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
            assert same["Cache-Control"] == "private, no-cache"
        actions.edit_task(self.task.pk, by=STAFF, title="Новое")
        changed = self.api("GET", "/tasks/", if_none_match=tag)
        assert changed.status_code == 200
        assert changed["ETag"] != tag
        head = self.api("HEAD", "/tasks/")
        assert (head.status_code, body_of(head), head["ETag"]) == (200, b"", changed["ETag"])

    def test_pm_06_after_a_project_is_deleted_no_list_has_its_tasks(self) -> None:
        Member.objects.create(project=self.project, person=somebody().pk)
        for path in LISTS:
            self.assert_kept(path)
        assert self.api("DELETE", f"/projects/{self.project.pk}/").status_code == 204
        assert [self.assert_kept(path) for path in LISTS] == [[], []]

    def test_the_relay_raises_once_more_and_that_does_no_harm(self) -> None:
        kept = self.assert_kept("/tasks/")
        while stamp():
            pass
        assert self.assert_kept("/tasks/") == kept
        assert self.assert_kept("/tasks/") == kept


class KeptInRedis(Kept):
    url = staticmethod(redis_url)

    def keys(self) -> list[str]:
        with client.Redis.from_url(redis_url(), decode_responses=True) as server:
            return sorted(server.scan_iter("angarium:caches:*"))

    def test_pm_15_the_list_is_in_redis_for_a_while_under_the_version_of_its_scope(self) -> None:
        client.Redis.from_url(redis_url()).flushall()
        self.assert_kept("/tasks/")
        with client.Redis.from_url(redis_url(), decode_responses=True) as server:
            (version,) = (key for key in self.keys() if key.endswith("}:projects.tasks:all"))
            kept = f"{version}:{server.get(version)}"
            assert kept in self.keys()
            assert 0 < server.ttl(kept) <= 60
            assert "Макет" in next(iter(client.Redis.from_url(redis_url()).hgetall(kept).values())).decode(
                errors="replace"
            )
            actions.edit_task(self.task.pk, by=STAFF, title="Новое")
            assert kept not in self.keys()
