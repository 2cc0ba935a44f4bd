"""Kept lists when something dies: Redis away, silent, or back with what it held; a writer that could not say a word."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis as client
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from prometheus_client import REGISTRY

from angarium.engine.api import cached
from angarium.engine.caches import breaker, looking
from angarium.engine.caches.stores.shared import Shared
from angarium.engine.events import committed
from angarium.engine.events.public import stamp
from angarium.engine.events.testing import together
from angarium.engine.identity.testing import make_token
from angarium.modules.projects import actions
from angarium.modules.projects.api.shapes import ProjectTaskShape
from angarium.modules.projects.models import Project, Task
from tests.servers import polling, redis

from .asking import NOON, Api, body_of, shown, with_token
from .deeds import STAFF

pytestmark = pytest.mark.django_db(transaction=True)
HIT, MISS, AWAY = ("angarium; hit", "angarium; fwd=miss", "angarium; fwd=bypass; detail=away")


@pytest.fixture(scope="module")
def running() -> Iterator[redis.Server]:
    made = redis.new_server()
    yield made
    made.stop()


@pytest.fixture
def server(running: redis.Server, settings: Any, monkeypatch: pytest.MonkeyPatch) -> redis.Server:
    settings.REDIS_URL = running.url
    monkeypatch.setattr(breaker, "AGAIN", 0.05)
    running.wipe()
    return running


@pytest.fixture
def api(transactional_db: None) -> Api:
    return with_token(make_token())


@pytest.fixture
def task(transactional_db: None) -> Task:
    return Task.objects.create(project=Project.objects.create(name="Сайт"), title="Макет", due_date=NOON)


def asked(api: Api) -> tuple[list[str], str]:
    """The titles, and how they were come by."""
    answer = api("GET", "/tasks/")
    return [one["title"] for one in shown(answer)], answer["Cache-Status"]


def keep(api: Api) -> None:
    asked(api)
    assert asked(api)[1] == HIT


def rename(api: Api, task: Task, title: str) -> float:
    """Seconds that the write took."""
    began = time.monotonic()
    assert api("PATCH", f"/tasks/{task.pk}/", {"title": title}).status_code == 200
    return time.monotonic() - began


def wait_until_kept(api: Api) -> None:
    polling.eventually(lambda: asked(api)[1] == HIT, within=10)


@pytest.mark.parametrize("silent", [False, True], ids=["away", "silent"])
def test_pm_17_without_redis_lists_are_slower_and_writes_succeed_and_what_was_kept_is_gone(
    server: redis.Server, api: Api, task: Task, silent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(api)
    failed = _failures("look")
    (server.pause if silent else server.stop)()
    try:
        monkeypatch.setattr(breaker, "AGAIN", 60)
        began = time.monotonic()
        assert asked(api) == (["Макет"], AWAY)
        assert time.monotonic() - began < 1.5
        assert rename(api, task, "Новое") < 1.5
        assert asked(api) == (["Новое"], AWAY)
        assert _failures("look") >= failed + 2
        assert REGISTRY.get_sample_value("angarium_cache_away") == 1
    finally:
        (server.resume if silent else server.start)()
    monkeypatch.setattr(looking.store().breaker, "_until", 0.0)  # type: ignore[attr-defined]
    assert asked(api) == (["Новое"], MISS)
    wait_until_kept(api)
    assert REGISTRY.get_sample_value("angarium_cache_away") == 0


def test_pm_17_while_redis_is_silent_nobody_waits_for_it_again_and_again(
    server: redis.Server, api: Api, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "AGAIN", 60)
    server.pause()
    try:
        asked(api)
        looked = _failures("look")
        began = time.monotonic()
        assert {asked(api)[1] for _ in range(5)} == {AWAY}
        assert time.monotonic() - began < 5 * 0.25
        assert _failures("look") == looked + 5
    finally:
        server.resume()
    monkeypatch.setattr(looking.store().breaker, "_until", 0.0)  # type: ignore[attr-defined]
    wait_until_kept(api)


def test_pm_17_a_writer_for_whom_redis_is_away_is_seen_by_those_for_whom_it_is_there(
    server: redis.Server, api: Api, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(api)
    gone = Shared("redis://127.0.0.1:1/0")
    monkeypatch.setattr("angarium.engine.caches.hearing.store", lambda: gone)
    rename(api, task, "Новое")
    monkeypatch.undo()
    assert asked(api)[0] == ["Новое"]


def test_pm_16_a_redis_that_comes_back_with_what_it_held_tells_nothing_old(
    server: redis.Server, api: Api, task: Task
) -> None:
    keep(api)
    client.Redis.from_url(server.url).save()
    rename(api, task, "Новое")
    keep(api)
    server.stop()
    server.start()
    held = client.Redis.from_url(server.url).keys("angarium:caches:*tasks:all:*")
    assert held, "it has come back empty, which shows nothing"
    polling.eventually(lambda: asked(api)[1] != AWAY, within=10)
    assert asked(api)[0] == ["Новое"]


def test_pm_16_what_redis_pushed_out_is_made_anew(server: redis.Server, api: Api, task: Task) -> None:
    keep(api)
    held = client.Redis.from_url(server.url)
    (version,) = (key for key in held.keys("*projects.tasks:all"))
    held.delete(version)
    assert asked(api)[1] == MISS
    keep(api)
    held.flushall()
    assert asked(api) == (["Макет"], MISS)


def test_pm_16_a_writer_that_dies_right_after_its_commit_is_made_up_for_by_the_relay(
    server: redis.Server, api: Api, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(api)
    monkeypatch.setattr(committed, "_hearers", [])
    actions.edit_task(task.pk, by=STAFF, title="Новое")
    assert asked(api) == (["Макет"], HIT)  # nobody has had an answer for that write
    while stamp():
        pass
    assert asked(api)[0] == ["Новое"]


@pytest.mark.parametrize("redis_there", [True, False], ids=["redis", "memory"])
def test_migrations_change_rows_without_a_word_and_everything_begins_anew(
    server: redis.Server, api: Api, task: Task, settings: Any, redis_there: bool
) -> None:
    settings.REDIS_URL = settings.REDIS_URL if redis_there else ""
    keep(api)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_task SET title = 'Молча'")
    assert asked(api) == (["Макет"], HIT)  # nobody can know it
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert asked(api) == (["Молча"], MISS)


def test_the_relay_leaves_alone_what_its_writer_has_raised(server: redis.Server, api: Api, task: Task) -> None:
    stamp()
    rename(api, task, "Новое")
    keep(api)
    while stamp():
        pass
    assert asked(api) == (["Новое"], HIT)


@pytest.mark.parametrize("redis_there", [True, False], ids=["redis", "memory"])
def test_of_many_who_miss_the_same_list_at_once_one_makes_it(
    server: redis.Server, task: Task, settings: Any, redis_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = settings.REDIS_URL if redis_there else ""
    secret, made, shows = make_token(), [], ProjectTaskShape.to_representation
    monkeypatch.setattr(ProjectTaskShape, "to_representation", lambda *row: made.append(1) or shows(*row))
    found = together(*[lambda: asked(with_token(secret))[0]] * 8)
    assert found == [["Макет"]] * 8
    assert len(made) < 4


def test_pm_16_in_memory_what_another_process_wrote_is_seen_at_once_and_without_a_relay(
    api: Api, task: Task, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = ""
    stamp()
    keep(api)
    monkeypatch.setattr(committed, "_hearers", [])
    for title in ("Раз", "Два"):
        actions.edit_task(task.pk, by=STAFF, title=title)
        assert asked(api) == ([title], MISS)
        assert asked(api) == ([title], HIT)
    while stamp():
        pass
    assert asked(api) == (["Два"], HIT)
    actions.edit_task(task.pk, by=STAFF, title="Три")
    while stamp():
        pass
    assert asked(api) == (["Три"], MISS)


def test_pm_15_a_list_that_is_too_long_to_be_kept_is_whole_all_the_same(
    server: redis.Server, api: Api, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [Task(project_id=task.project_id, title=str(number), due_date=NOON) for number in range(1200)]
    Task.objects.bulk_create(rows)
    assert len(asked(api)[0]) == 1201
    assert asked(api)[1] == HIT
    actions.edit_task(task.pk, by=STAFF, title="Новое")
    for module in (cached, looking):
        monkeypatch.setattr(module, "LONGEST", 100_000)
    for _ in range(2):
        answer = api("GET", "/tasks/")
        assert "Cache-Status" not in answer
        assert body_of(answer).count(b'"title"') == 1201


def _failures(what: str) -> float:
    return REGISTRY.get_sample_value("angarium_cache_failures_total", {"what": what}) or 0.0
