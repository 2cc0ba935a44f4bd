"""Generations: positions, and what is kept of lists, can be said to mean nothing any more."""

from __future__ import annotations

import pytest

from angarium.engine.events.positions import CACHES
from angarium.engine.events.public import begin_generation, generations, heads, publish, renew_generation, stamp

from .models import Opened

pytestmark = pytest.mark.django_db


def test_a_new_generation_keeps_the_positions_and_makes_them_others() -> None:
    publish(Opened(name="A"))
    stamp()
    generation, events, work = heads()
    begun = begin_generation()
    assert begun != generation
    assert heads() == (begun, events, work)


def test_what_is_kept_of_lists_has_a_generation_of_its_own() -> None:
    before = generations()
    renew_generation(CACHES)
    first = generations()
    renew_generation(CACHES)
    assert len({before, first, generations()}) == 3
    assert generations().split("-")[0] == first.split("-")[0]
