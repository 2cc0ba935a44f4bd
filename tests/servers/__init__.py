"""The pytest plugin that gives a run its servers, loaded with `-p` before Django reads its settings.

Write `TEST_DATABASE=sqlite` to run on SQLite; the default is a private PostgreSQL that ends with the run.
`ONLY_DATABASE=1` runs the tests that ask the database. `TEST_SERVERS=all` gives the tests of the source, which have a
broker in memory and nothing else, a private RabbitMQ and Redis too, in a run of one process (`-n 0`).
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.servers import order, postgres, rabbitmq, redis
from tests.servers.browser import browser, page
from tests.servers.environment import HOME, PRODUCT_VARIABLES, run_folder
from tests.servers.redis import redis_url

__all__ = ["browser", "page", "redis_url"]
#: Of the hash of a password in the processes of the run.
ROUNDS = 10


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """A wrapper, because pytest-django reads the settings in the same hook."""
    gc.disable()  # until all tests are there: nothing that is loaded is garbage
    options = early_config.known_args_namespace
    if HOME not in os.environ:
        _prepare(early_config, with_server=not (options.help or options.version))
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """SQLite gets a file: threads and processes of the product cannot share a database in memory. Passwords are hashed
    by few rounds: by as many as people's are, each person in a test takes a quarter of a second. How long an example of
    Hypothesis takes is for a machine that does nothing else."""
    import hypothesis
    from django.conf import settings
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    from tests.servers import emptying

    hypothesis.settings.register_profile(
        "shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("shared")
    PBKDF2PasswordHasher.iterations = ROUNDS
    config.pluginmanager.register(order)
    emptying.install()

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(Path(os.environ[HOME]) / f"test-{os.getpid()}.sqlite3")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """What was loaded stays: the collector need not look at it again and again while tests run."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """Each process of the run ends what it started; the kernel does it for one that was killed."""
    redis.stop_all()
    rabbitmq.stop_all()
    postgres.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`ONLY_DATABASE=1` leaves out what asks no database, for a second run on the other one."""
    if not os.environ.get("ONLY_DATABASE"):
        return
    left_out = [item for item in items if not _asks_the_database(item)]
    items[:] = [item for item in items if _asks_the_database(item)]
    config.hook.pytest_deselected(items=left_out)


def _asks_the_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool({"db", "transactional_db"} & fixtures)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres") and chosen_database() != "postgres":
        pytest.skip("needs PostgreSQL; this run's database is SQLite")
    _come_back()


def _come_back() -> None:
    """Ids grow within a process, also when its clock steps back: a test that was in the future leaves them there, and
    those after it would find what they make beyond now."""
    from angarium.kernel import ids

    ids._last = min(ids._last, (time.time_ns() // 1_000_000) << 12)


def pytest_report_header() -> str:
    return f"database of the run: {chosen_database()}"


def chosen_database() -> str:
    name = os.environ.get("TEST_DATABASE") or "postgres"
    if name not in {"postgres", "sqlite"}:
        raise pytest.UsageError(f"TEST_DATABASE={name} is neither postgres nor sqlite.")
    return name


def _prepare(config: pytest.Config, *, with_server: bool) -> None:
    """Own folder and own database; nothing of the product's environment around us leaks in."""
    for variable in PRODUCT_VARIABLES:
        os.environ.pop(variable, None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `make` hands SIGTERM on: end as on Ctrl-C
    home = run_folder()
    config.add_cleanup(lambda: _forget(home))
    os.environ[HOME] = os.environ["ANGARIUM_HOME"] = str(home)
    (home / "static").mkdir()  # of which somebody would be warned otherwise, at every test that asks for a page
    os.environ["DATABASE_URL"] = f"sqlite:///{home / 'angarium.sqlite3'}"
    if chosen_database() == "postgres" and with_server:
        os.environ["DATABASE_URL"] = postgres.server().url("angarium")
    if os.environ.get("TEST_SERVERS") == "all" and with_server:
        os.environ["CELERY_BROKER_URL"] = rabbitmq.new_server().url
        os.environ["REDIS_URL"] = redis.new_server().url


def _forget(home: Path) -> None:
    os.environ.pop(HOME, None)
    shutil.rmtree(home, ignore_errors=True)
