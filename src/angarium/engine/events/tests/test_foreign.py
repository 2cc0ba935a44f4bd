"""Events of another deployment are kept under the uids that they have there."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import TestCase

from angarium.contracts.event import dump
from angarium.engine.events.foreign import _inserted, insert_foreign
from angarium.engine.events.models import Event
from angarium.engine.events.public import woken

from .models import Opened

pytestmark = pytest.mark.django_db


def foreign(number: int, *, version: int | None = None, name: str = "A") -> Event:
    fact = Opened(name=name)
    return Event(uid=UUID(int=number), type=fact.type, subject=fact.subject, subject_version=version, data=dump(fact))


def test_each_is_inserted_once_whatever_comes_again_and_the_relay_is_woken() -> None:
    woken(0)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert insert_foreign([foreign(1), foreign(2)]) == {UUID(int=1): True, UUID(int=2): True}
    assert woken(1)
    assert insert_foreign([foreign(2), foreign(3)]) == {UUID(int=2): False, UUID(int=3): True}
    assert Event.objects.count() == 3


def test_another_that_says_the_same_of_the_same_version_cannot_be_and_holds_up_no_other() -> None:
    insert_foreign([foreign(1, version=7)])
    found = insert_foreign([foreign(2, version=7), foreign(3, version=8)])
    assert found == {UUID(int=2): None, UUID(int=3): True}


def test_who_was_overtaken_between_look_and_insert_finds_it_there() -> None:

    insert_foreign([foreign(1)])
    assert _inserted([foreign(1), foreign(4)]) == {UUID(int=1): False, UUID(int=4): True}
