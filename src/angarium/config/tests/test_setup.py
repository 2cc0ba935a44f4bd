"""`angarium setup` prints one link that lets one person in, as long as nobody is there."""

from __future__ import annotations

from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command

from angarium.engine.identity.public import link_of
from angarium.engine.identity.testing import make_person

pytestmark = pytest.mark.django_db


def printed() -> str:
    out = StringIO()
    call_command("setup", "--site", "https://angarium.example.org/", stdout=out)
    return out.getvalue().strip()


def key(address: str) -> str:
    assert address.startswith("https://angarium.example.org/app/setup/?key=")
    return urlsplit(address).query.removeprefix("key=")


def test_the_link_is_good_until_the_next_one_is_printed() -> None:
    first = key(printed())
    assert link_of(first, "setup")
    second = key(printed())
    assert link_of(second, "setup")
    with pytest.raises(Exception, match="lets nobody in any more"):
        link_of(first, "setup")


def test_with_people_there_it_refuses() -> None:
    make_person()
    with pytest.raises(CommandError, match="has its people"):
        printed()
