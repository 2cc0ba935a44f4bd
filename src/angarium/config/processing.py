"""The processor inside of `angarium up`: "service B" in the same process as "service A", and still only over HTTP.

The worker of this process takes the calls and hands them to four threads, which claim and report at this process's own
address with a token of their own. The secret is made at the start and kept in memory alone.
"""

from __future__ import annotations

import socket
from contextlib import suppress

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from angarium.client import Client
from angarium.engine.identity.public import create_token, revoke_token
from angarium.engine.tasks.public import hand_over
from angarium.kernel.errors import Missing
from angarium.processor.crew import Crew
from angarium.processor.registry import handlers, load_modules
from angarium.processor.runner import Runner
from angarium.processor.settings import WrongSetting, load, worker_name

NAME, SCOPE = "processor", "operations:report"
#: Seconds for which an ending process tells what is left to tell to itself.
FAREWELL = 0.5


class Processing:
    """Works from `start()` on; `stop()` belongs before the end of the server that it reports to."""

    def __init__(self, listening: socket.socket) -> None:
        try:
            given = load()
            load_modules(["angarium.processor.literal", *given.modules])
        except WrongSetting as error:
            raise ImproperlyConfigured(str(error)) from error
        self._queues = given.queues
        self._client = Client(own_address(listening), token=_new_token(), worker=worker_name())
        runner = Runner(self._client, lease_seconds=settings.LEASE_SECONDS)
        self._crew = Crew(runner, given.concurrency)

    def start(self) -> None:
        for queue in self._queues:
            hand_over(queue, handlers(), self._crew.take)

    def stop(self, timeout: float) -> None:
        """Begin nothing new; what still runs after `timeout` seconds keeps its lease and is taken up again."""
        self._crew.stop(timeout)
        self._client.close(FAREWELL)


def processing(listening: socket.socket) -> Processing | None:
    """None where the module whose routes it needs does not run."""
    return Processing(listening) if "operations" in settings.ANGARIUM_MODULES else None


def own_address(listening: socket.socket) -> str:
    """Where this process reaches itself, by a name that it answers to."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    name = f"[{host}]" if ":" in host else host
    if not validate_host(name, settings.ALLOWED_HOSTS):
        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, name]
    return f"http://{name}:{port}"


def _new_token() -> str:
    """A token that nobody has; the one of the last start ends."""
    with suppress(Missing):
        revoke_token(NAME)
    return create_token(NAME, [SCOPE])[1]
