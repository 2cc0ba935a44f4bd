"""The demo's rows: several zones, a mailing that goes out at once, and one that waits for its day and its window."""

from __future__ import annotations

from typing import Any

import pytest

from angarium.engine.observability.public import bound
from angarium.engine.tasks.testing import settled, working
from angarium.modules.mailings import demo
from angarium.modules.mailings.counting import counts_of
from angarium.modules.mailings.models import Client, Mailer, Message
from tests.servers.sender import sender


@pytest.mark.django_db
def test_the_demo_has_clients_in_several_zones_and_leaves_no_ids_behind() -> None:
    demo.make()
    assert Client.objects.count() == len(demo.CLIENTS)
    assert Client.objects.values("timezone").distinct().count() >= 5
    assert not {"mailer_id", "client_id"} & set(bound())


@pytest.mark.django_db(transaction=True)
def test_one_mailing_of_the_demo_goes_out_and_one_waits(settings: Any) -> None:
    with sender() as local, working():
        settings.SENDER_URL, settings.SENDER_TOKEN = local.url, "local"
        demo.make()
        settled(within=30)
        taken = dict(local.sent)
    first, second = Mailer.objects.order_by("id")
    assert (first.state, second.state) == ("finished", "planned")
    counts = counts_of([first.pk, second.pk])
    assert counts[first.pk]["sent"] == len(taken) == 3
    waiting = Message.objects.filter(mailer=second)
    assert {row.state for row in waiting} <= {"deferred", "queued", "suppressed"}
    assert waiting.filter(state="suppressed").count() == 1
    assert waiting.count() == len(demo.CLIENTS)
