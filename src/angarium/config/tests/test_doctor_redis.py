"""What the doctor finds in a real Redis (Valkey), each thing after it was made so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis as client

from angarium.config.doctor.check import check_of
from angarium.config.doctor.redis import BROKER, LIVE, Asked, reached
from angarium.config.doctor.source import Away
from tests.servers import redis
from tests.servers.environment import free_port

LARGE = 100 * 2**20


@pytest.fixture
def server(settings: Any) -> Iterator[redis.Server]:
    """A broker of which the doctor has nothing to say, as it begins."""
    made = redis.new_server()
    settings.CELERY_BROKER_URL, settings.REDIS_URL = made.url, ""
    told(made, appendonly="yes")
    assert found() == []
    yield made
    made.resume()
    made.stop()


def told(server: redis.Server, **parameters: str) -> None:
    with client.Redis.from_url(server.url) as connection:
        for name, value in parameters.items():
            connection.config_set(name.replace("_", "-"), value)


def look(server: Asked) -> list[str]:
    return [code for code in BROKER.checks for _ in check_of(code).look(server)]  # type: ignore[misc]


def found() -> list[str]:
    assert BROKER.wanted()
    with BROKER.reach() as server:
        return look(server)


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_ang021_a_policy_that_pushes_queues_out(server: redis.Server, policy: str) -> None:
    told(server, maxmemory=str(LARGE), maxmemory_policy=policy)
    assert found() == ["ANG021"]
    with reached(server.url) as asked:
        (wrong,) = check_of("ANG021").look(asked)  # type: ignore[misc]
    assert wrong == (f"maxmemory-policy of redis://127.0.0.1:{server.port} is {policy}; {LARGE} bytes are its bound.")


def test_ang022_a_server_that_keeps_nothing(server: redis.Server) -> None:
    told(server, appendonly="no")
    assert found() == ["ANG022"]
    told(server, save="60 1")
    assert found() == []


def test_ang023_queues_beside_what_pushes_them_out(server: redis.Server, settings: Any) -> None:
    settings.REDIS_URL = server.url
    assert found() == []
    told(server, maxmemory_policy="allkeys-random")
    assert found() == ["ANG021", "ANG023"]
    settings.REDIS_URL = server.url.replace("/0", "/1")
    assert found() == ["ANG021"]


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_ang020_a_broker_that_is_away_or_silent_is_one_sentence(server: redis.Server, how: str) -> None:
    getattr(server, how)()
    with pytest.raises(
        Away, match=rf"^Redis at redis://127.0.0.1:{server.port} does not answer as it should: \w+: .*\.$"
    ):
        found()


def test_ang024_the_redis_of_the_browsers_is_looked_at_where_it_is_another(server: redis.Server, settings: Any) -> None:
    assert not LIVE.wanted()
    settings.REDIS_URL = server.url.replace("/0", "/1")
    assert not LIVE.wanted()
    settings.REDIS_URL = f"redis://:sesame@127.0.0.1:{free_port()}/0"
    assert LIVE.wanted()
    with pytest.raises(Away) as away, LIVE.reach():
        pass
    assert "sesame" not in str(away.value)


def test_a_redis_that_does_not_let_itself_be_asked_is_said_to_be_so(server: redis.Server) -> None:
    told(server, appendonly="no")
    with client.Redis.from_url(server.url) as connection:
        connection.acl_setuser("default", enabled=True, nopass=True, commands=["+@all", "-config"], keys=["*"])
    with pytest.raises(client.ResponseError, match=r"NOPERM|no permissions"):
        found()
