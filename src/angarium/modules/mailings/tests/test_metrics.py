"""What Prometheus is told: what waits is read from what is counted and from the index, what workers do is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pytest_django import DjangoAssertNumQueries

from angarium.engine.observability.metrics import exposition
from angarium.engine.tasks.testing import settled, working
from angarium.kernel.clock import now
from angarium.modules.mailings.counting import note_moves
from angarium.modules.mailings.metrics import read
from angarium.modules.mailings.models import Client, Mailer, Message
from tests.servers.sender import sender

from .conftest import HOUR, people, values


def message(mailer: Mailer, client: Client, state: str, due: timedelta) -> None:
    note_moves(mailer.pk, [(None, (state, ""), 1)])
    Message.objects.create(mailer=mailer, client=client, state=state, due_at=now() + due)


@pytest.mark.django_db
def test_mail_30_what_waits_and_since_when(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    first, second, third = people(("A", "900"), ("A", "900"), ("A", "900"))
    sending, planned = Mailer.objects.create(**values()), Mailer.objects.create(**values(start=now() + HOUR / 2))
    Mailer.objects.filter(pk=sending.pk).update(state="sending")
    message(sending, first, "queued", -HOUR / 60)
    message(sending, second, "deferred", HOUR)
    message(sending, third, "sent", -HOUR)
    message(planned, first, "queued", -HOUR)
    with django_assert_max_num_queries(2):
        waiting, oldest = read()
    assert waiting.values == {("queued",): 2, ("deferred",): 1, ("sending",): 0}
    assert 60 <= oldest.values[()] < 70


@pytest.mark.django_db
def test_mail_30_where_nothing_waits_the_numbers_are_nought() -> None:
    waiting, oldest = read()
    assert {*waiting.values.values(), *oldest.values.values()} == {0}
    told = exposition().decode()
    assert 'angarium_mailing_open{state="queued"} 0.0' in told
    assert "angarium_mailing_due_oldest_seconds 0.0" in told


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.django_db(transaction=True)
def test_mail_30_a_worker_counts_results_by_state_and_reason_and_how_long_the_sender_took(settings: Any) -> None:
    def numbers() -> tuple[float, float, float]:
        name = "angarium_mailing_messages_total"
        refused = counted(name, state="failed", reason="refused")
        return counted(name, state="sent", reason=""), refused, counted("angarium_sender_seconds_count")

    before = numbers()
    people(("A", "900"), ("A", "900"), ("A", "900"))
    with sender(lambda id, _time: "400" if id % 3 == 0 else "ok") as outside, working():
        settings.SENDER_URL, settings.SENDER_TOKEN = outside.url, "token"
        Mailer.objects.create(**values())
        settled(within=30)
    assert [after - was for after, was in zip(numbers(), before, strict=True)] == [2, 1, 3]
