"""What every store of lists does: one suite over all of them."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.engine.caches import store as contract
from angarium.engine.caches.public import Scope
from angarium.engine.caches.store import Store
from angarium.engine.caches.stores import memory
from angarium.engine.caches.stores.memory import Memory
from angarium.engine.caches.stores.shared import Shared
from tests.servers.redis import redis_url

pytestmark = pytest.mark.django_db
TASKS = Scope("tasks", "tasks:7")
HERS = Scope("tasks", "tasks:7", ("person:ann", "person:all"))


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return Memory()
    made = Shared(redis_url())
    made._client.flushall()
    return made


def keep(store: Store, scope: Scope, question: str = "?", answer: bytes = b"[]") -> bool:
    generation = store.generation()
    return store.keep(generation, scope, question, store.look(generation, scope, question).versions, answer)


def kept(store: Store, scope: Scope, question: str = "?") -> bytes | None:
    return store.look(store.generation(), scope, question).kept


def test_what_was_kept_is_found_by_its_scope_and_question(store: Store) -> None:
    assert kept(store, TASKS) is None
    assert keep(store, TASKS, answer=b"[1]")
    assert kept(store, TASKS) == b"[1]"
    assert kept(store, TASKS, "other") is None
    assert kept(store, Scope("tasks", "tasks:8")) is None
    assert kept(store, HERS) is None


def test_a_raised_version_is_a_new_one_and_nothing_is_found_under_it(store: Store) -> None:
    keep(store, TASKS)
    keep(store, HERS)
    before = store.look(store.generation(), HERS, "?").versions
    store.raise_versions(["tasks:7"])
    assert (kept(store, TASKS), kept(store, HERS)) == (None, None)
    after = store.look(store.generation(), HERS, "?").versions
    assert (after[0] != before[0], after[1:]) == (True, before[1:])


@pytest.mark.parametrize("name", HERS.names)
def test_any_of_its_scopes_makes_it_void(store: Store, name: str) -> None:
    keep(store, HERS)
    assert kept(store, HERS) == b"[]"
    store.raise_versions(["tasks:8", name])
    assert kept(store, HERS) is None


@pytest.mark.parametrize("name", HERS.names)
def test_who_looked_before_a_raise_cannot_keep(store: Store, name: str) -> None:
    versions = store.look(store.generation(), HERS, "?").versions
    store.raise_versions([name])
    assert not store.keep(store.generation(), HERS, "?", versions, b"[1]")
    assert kept(store, HERS) is None


def test_what_was_never_asked_for_can_be_raised(store: Store) -> None:
    store.raise_versions(["tasks:1", "tasks:2"])
    assert keep(store, Scope("tasks", "tasks:1"))


def test_of_one_scope_only_so_much_is_kept(store: Store) -> None:
    kept_of_it = [keep(store, TASKS, str(number)) for number in range(contract.MOST_OF_A_SCOPE + 1)]
    assert kept_of_it == [True] * contract.MOST_OF_A_SCOPE + [False]
    assert keep(store, TASKS, "0", b"[2]")


def test_it_counts_what_was_found_and_what_was_not(store: Store) -> None:
    kept(store, TASKS)
    keep(store, TASKS)
    for _ in range(3):
        kept(store, TASKS)
    assert store.told() == (3, 2)
    store.look(store.generation(), TASKS, "?", counts=False)
    assert store.told() == (3, 2)


def test_what_was_raised_for_an_event_need_not_be_raised_again(store: Store) -> None:
    store.raise_versions(["tasks:7"], [1, 2])
    assert store.not_raised([1, 2]) == set()
    assert store.not_raised([2, 3]) == (set() if isinstance(store, Memory) else {3})


def test_memory_holds_so_many_bytes_and_scopes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 10)
    monkeypatch.setattr(memory, "SCOPES", 3)
    store = Memory()
    for number in range(4):
        assert keep(store, Scope("tasks", f"tasks:{number}"), answer=b"1234")
    assert [kept(store, Scope("tasks", f"tasks:{number}")) for number in (3, 2)] == [b"1234", b"1234"]
    assert store._bytes == 8
    assert len(store._versions) <= 3


def test_memory_keeps_a_list_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SECONDS", 0)
    store: Any = Memory()
    keep(store, TASKS)
    assert kept(store, TASKS) is None
    assert store._bytes == 0
