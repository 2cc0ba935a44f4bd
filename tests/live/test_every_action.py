"""Snapshot and frames are a fresh snapshot: for every action of every module, for whoever may read all and for whoever
may read a part."""

from __future__ import annotations

import inspect
from importlib import import_module
from uuid import UUID

import pytest
from django.conf import settings

from angarium.engine.identity.public import Person, Principal, of_person
from angarium.engine.live.place import here
from tests.live.following import deeds, loaded, parts, relayed, seen, told

pytestmark = pytest.mark.django_db
#: Who has a part in the rows of every deed.
ANN = UUID(int=7)
DEEDS = deeds()


@pytest.fixture
def watchers() -> list[Principal]:
    ann = Person.objects.create_user("ann", id=ANN, role="member")
    return [of_person(Person.objects.create_user("boss", role="staff")), of_person(ann)]


@pytest.mark.parametrize("name", DEEDS)
def test_what_was_loaded_and_the_frames_since_are_what_would_be_loaded_now(
    name: str, watchers: list[Principal]
) -> None:
    deed = DEEDS[name]()
    relayed()
    relayed()
    place = here()
    before = [(one, loaded(one), seen(one)) for one in watchers]
    deed()
    relayed()
    for principal, known, shown in before:
        now, touched = told(principal, known, place)
        assert now == loaded(principal), f"{principal} would load something else"
        fresh = seen(principal)
        changed = {topic for topic in shown.keys() | fresh.keys() if shown.get(topic) != fresh.get(topic)}
        assert changed <= touched, "pages that show these are not told to load them anew"


def test_every_action_of_every_module_is_among_the_deeds() -> None:
    lacking = []
    for part in parts():
        if part not in settings.ANGARIUM_MODULES.values():
            continue
        actions = import_module(f"{part}.actions")
        public = {
            name
            for name, found in inspect.getmembers(actions, inspect.isfunction)
            if f"{found.__module__}.".startswith(f"{actions.__name__}.") and not name.startswith("_")
        }
        lacking += [f"{part}.{name}" for name in public - import_module(f"{part}.tests.deeds").DEEDS.keys()]
    assert lacking == []
