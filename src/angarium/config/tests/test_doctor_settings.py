"""What the doctor reads in the settings by themselves; Django's own check says it too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from angarium.config.doctor import celery, host
from angarium.config.doctor import settings as static
from angarium.config.doctor.check import check_of
from angarium.config.doctor.settings import SETTINGS
from angarium.config.doctor.system import others, settings_fit
from angarium.config.settings.broker import transport_options
from angarium.engine.tasks.public import CONSUMER_TIMEOUT, task
from angarium.engine.tasks.testing import own_tasks

POSTGRES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
LOOPBACK = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
RANDOM = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def _sound(settings: Any) -> Iterator[None]:
    """Settings of which the doctor has nothing to say, and one task that takes fifty minutes."""
    settings.SECRET_KEY, settings.ALLOWED_HOSTS = RANDOM, LOOPBACK
    on(settings, "memory://localhost/")
    with own_tasks():

        @task(name="tests.long", queue="tests", timeout=timedelta(minutes=50))
        def long() -> None: ...

        assert found() == []
        yield


def on(settings: Any, broker: str, **options: Any) -> None:
    settings.CELERY_BROKER_URL = broker
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {**transport_options(broker), **options}


def found() -> list[str]:
    return [str(message.id) for message in settings_fit(None)]


def test_ang001_a_message_is_given_out_again_while_its_task_still_runs(settings: Any) -> None:
    on(settings, "rediss://localhost/0")
    assert found() == []
    on(settings, "redis://localhost/0", visibility_timeout=2999)
    assert found() == ["ANG001"]
    assert list(celery.visibility_timeout(None)) == ["visibility_timeout is 2999 s, and tests.long may take 3000 s."]
    on(settings, "redis://localhost/0", visibility_timeout=3000)
    assert found() == []


def test_ang001_without_a_word_redis_waits_an_hour(settings: Any) -> None:
    on(settings, "redis://localhost/0")
    del settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]

    @task(name="tests.longer", queue="tests", timeout=timedelta(seconds=3601))
    def longer() -> None: ...

    assert list(celery.visibility_timeout(None)) == ["visibility_timeout is 3600 s, and tests.longer may take 3601 s."]


def test_ang002_rabbitmq_confirms_nothing(settings: Any) -> None:
    on(settings, "amqp://localhost//")
    assert found() == []
    on(settings, "amqps://localhost//", confirm_publish=False)
    assert found() == ["ANG002"]


def test_ang003_a_message_goes_with_the_process_that_is_killed(settings: Any) -> None:
    settings.CELERY_TASK_REJECT_ON_WORKER_LOST = False
    assert found() == ["ANG003"]


def test_ang004_messages_are_acknowledged_too_early(settings: Any) -> None:
    settings.CELERY_TASK_ACKS_LATE = False
    assert found() == ["ANG004"]


@pytest.mark.parametrize("ahead", [0, 4])
def test_ang005_messages_wait_behind_a_long_task(settings: Any, ahead: int) -> None:
    settings.CELERY_WORKER_PREFETCH_MULTIPLIER = ahead
    assert found() == ["ANG005"]


def test_ang006_a_task_outlasts_the_consumer_timeout(settings: Any) -> None:
    on(settings, "amqp://localhost//")

    @task(name="tests.endless", queue="tests", timeout=timedelta(milliseconds=CONSUMER_TIMEOUT + 1000))
    def endless() -> None: ...

    assert found() == ["ANG006"]


def test_ang007_a_result_backend_is_set_and_its_password_is_not_told(settings: Any) -> None:
    settings.CELERY_RESULT_BACKEND = "redis://:sesame@localhost/1"
    assert found() == ["ANG007"]
    assert "sesame" not in str(settings_fit(None))


def test_ang008_work_runs_inside_the_request(settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    assert found() == ["ANG008"]


@pytest.mark.parametrize(("databases", "hosts"), [(POSTGRES, LOOPBACK), (None, ["example.org"])])
def test_ang009_debug_where_others_may_come(settings: Any, databases: Any, hosts: list[str]) -> None:
    settings.DATABASES = databases or {"default": {"ENGINE": "django.db.backends.sqlite3"}}
    settings.DEBUG, settings.ALLOWED_HOSTS = True, hosts
    assert found() == ["ANG009"]


def test_ang009_debug_on_one_s_own_machine_is_nobody_s_business(settings: Any) -> None:
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
    settings.DEBUG = True
    assert found() == []


@pytest.mark.parametrize("key", ["f" * 64, RANDOM[:49], f"django-insecure-{RANDOM}", f"changeme{RANDOM}"])
def test_ang010_a_secret_key_that_can_be_guessed(settings: Any, key: str) -> None:
    settings.SECRET_KEY = key
    assert found() == ["ANG010"]
    assert key not in str(settings_fit(None))


@pytest.mark.parametrize(("seconds", "codes"), [(2, ["ANG011"]), (3, []), (30, [])])
def test_ang011_a_lease_of_less_than_three_renewals(settings: Any, seconds: int, codes: list[str]) -> None:
    settings.LEASE_SECONDS = seconds
    assert found() == codes


def test_ang013_what_other_checks_complain_of_is_told_too(settings: Any) -> None:
    on(settings, "redis://localhost/0")
    assert list(others(None)) == []
    settings.ANGARIUM_OPEN, settings.ALLOWED_HOSTS = True, ["*"]
    (wrong,) = others(None)
    assert wrong.startswith("ANGARIUM_OPEN lets everybody act without a token")
    assert "(angarium.config.E001)" in wrong
    settings.SILENCED_SYSTEM_CHECKS = ["angarium.config.E001"]
    assert list(others(None)) == []


def test_ang014_there_is_room_here() -> None:
    assert list(host.disk(None)) == []


def test_a_message_of_django_s_says_what_to_do_and_where_more_is_said(settings: Any) -> None:
    settings.LEASE_SECONDS = 2
    (message,) = settings_fit(None)
    assert message.msg == "LEASE_SECONDS is 2: a worker has 0.7 s for each renewal."
    assert message.hint == ("Set LEASE_SECONDS to 3 or more; 30 is the default. docs/reference/doctor.md#ang011")
    assert not message.is_serious()


def test_only_what_loses_or_doubles_work_keeps_a_role_from_starting(settings: Any) -> None:
    settings.CELERY_TASK_ACKS_LATE = False
    (message,) = settings_fit(None)
    assert message.is_serious()


def test_every_static_check_is_one_of_django_s() -> None:
    assert sorted(SETTINGS.checks) == [f"ANG{number:03}" for number in range(1, 13)]
    assert all(check_of(code).source == "settings" for code in SETTINGS.checks)
    assert static.SETTINGS is SETTINGS
