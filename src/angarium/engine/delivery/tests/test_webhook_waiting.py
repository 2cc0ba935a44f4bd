"""What becomes of webhooks that are not taken: the schedule, one breaker for each host, and sending again."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from angarium.engine.delivery.channels import channel_named
from angarium.engine.delivery.endpoints import Endpoint
from angarium.engine.delivery.metrics import read
from angarium.engine.delivery.models import Delivery, Provider
from angarium.engine.delivery.public import delivery_timeline, send, send_again
from angarium.engine.delivery.retention import forget_providers
from angarium.engine.delivery.testing import states_of
from angarium.engine.delivery.tests import mailing
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import Operation, retry
from angarium.engine.tasks.testing import bring_forward, settled, working
from angarium.kernel.clock import now
from tests.servers.environment import free_port
from tests.servers.http import HttpServer, http_server
from tests.servers.smtp import SILENT
from tests.servers.webhooks import verified

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "delivery.deliver_patiently"


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]


@contextmanager
def receiver(status: int | str = 200) -> Iterator[HttpServer]:
    with http_server(status) as server, mailing.receiving(Endpoint(server.url, (mailing.SECRET,))), working():
        yield server


def tell(key: str = "one", host: str = "http://127.0.0.1", **wishes: Any) -> Delivery:
    to = replace(mailing.HOOK, address=host)
    body = {"payload": '{"type":"ping","timestamp":"2030-03-04T12:00:00Z","data":{}}'}
    return send(to=to, template="delivery/webhook", channel="webhook", key=key, context=body, **wishes)


def again(delivery: Delivery) -> Delivery:
    delivery.refresh_from_db()
    return delivery


def test_a_message_is_taken_once_whatever_hour_it_is(settings: Any) -> None:
    settings.QUIET_HOURS = "00:00-23:59"
    with receiver() as server:
        delivery = tell()
        settled()
    [asked] = server.asked
    assert verified(asked, mailing.SECRET)["type"] == "ping"
    assert states_of(delivery) == ["queued", "sending", "sent"]
    assert Operation.objects.get(id=again(delivery).operation).kind == KIND


def test_the_schedule_is_that_of_the_specification_and_the_id_stays_the_same() -> None:
    waited = []
    with receiver(500) as server:
        delivery = tell()
        settled()
        while found := bring_forward(KIND):
            waited += found
            settled()
    pauses: Any = channel_named("webhook")
    for real, meant in zip(waited, pauses.pauses, strict=True):
        assert meant - timedelta(seconds=5) < real < meant + timedelta(seconds=5)
    assert (again(delivery).state, delivery.attempts, len(server.asked)) == ("failed", 10, 10)
    assert {asked.headers["webhook-id"] for asked in server.asked} == {str(delivery.id)}
    assert "did not take it (500)" in delivery.because


def test_a_message_that_would_be_of_no_use_by_the_next_attempt_expires() -> None:
    with receiver(500):
        delivery = tell(not_after=now() + timedelta(minutes=2))
        settled()
        bring_forward(KIND)
        settled()
    assert again(delivery).state == "expired"


def test_a_host_that_is_away_costs_no_attempts_and_holds_up_no_other() -> None:
    with receiver() as server:
        away = Endpoint(f"http://127.0.0.1:{free_port()}", (mailing.SECRET,))
        with mailing.receiving(away):
            waits = [tell(f"away {n}", "http://away.test") for n in range(6)]
            settled()
            for _ in range(6):
                bring_forward(KIND)
                settled()
        assert {again(one).state for one in waits} == {"deferred"}
        assert Provider.objects.get().name == "webhook http://away.test"
        assert Provider.objects.get().open_until is not None
        other = tell("other", "http://here.test")
        settled()
        assert (again(other).state, len(server.asked)) == ("sent", 1)
        values = {one.name: one.values for one in read()}
        assert set(values["angarium_provider_breaker_open"].values()) == {0}
        assert values["angarium_webhook_hosts_away"] == {(): 1}
        Provider.objects.update(open_until=now())
        bring_forward(KIND)
        settled()
        for _ in range(2):
            bring_forward(KIND)
            settled()
        assert {again(one).state for one in waits} == {"sent"}
    operation = Operation.objects.get(id=waits[0].operation)
    assert operation.claims == 1


def test_a_busy_host_is_left_alone_for_as_long_as_it_asks() -> None:
    with receiver(503) as server:
        server.headers = {"Retry-After": "600"}
        tell()
        settled()
        [wait] = bring_forward(KIND)
    assert timedelta(minutes=9) < wait < timedelta(minutes=11)


def test_a_host_that_never_answers_is_not_asked_for_each_message(settings: Any) -> None:
    settings.WEBHOOK_TIMEOUT = 0.2
    with receiver(SILENT) as server:
        for n in range(7):
            tell(str(n))
            settled()
        assert len(server.asked) == 5


def test_sent_again_it_has_the_first_one_s_id_and_is_sent_once_for_a_key() -> None:
    with receiver() as server:
        first = tell()
        settled()
        second = send_again(again(first), key="one~1")
        assert send_again(first, key="one~1") == second
        settled()
        third = send_again(again(second), key="one~2")
        settled()
    assert {asked.headers["webhook-id"] for asked in server.asked} == {str(first.id)}
    assert [asked.body for asked in server.asked] == [server.asked[0].body] * 3
    assert (again(third).state, len({first.id, second.id, third.id})) == ("sent", 3)


def test_what_failed_for_good_can_be_asked_for_again() -> None:
    with receiver(413) as server:
        delivery = tell()
        settled()
        operation = again(delivery).operation
        assert operation is not None
        server.status = 200
        retry(operation, SYSTEM)
        settled()
    assert states_of(delivery) == ["queued", "sending", "failed", "queued", "sending", "sent"]
    assert delivery_timeline(delivery.id)[2].answer.startswith("413")


def test_hosts_that_nothing_has_changed_about_are_forgotten() -> None:
    long_ago = now() - timedelta(days=400)
    names = ("email", "webhook http://a", "webhook http://b")
    Provider.objects.bulk_create(Provider(name=name, changed_at=long_ago) for name in names)
    Provider.objects.filter(name="webhook http://b").update(open_until=now() + timedelta(minutes=5))
    assert forget_providers(now() - timedelta(days=90)) == 1
    assert set(Provider.objects.values_list("name", flat=True)) == {"email", "webhook http://b"}
