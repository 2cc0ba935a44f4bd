"""Angarium's mailings as a fleet runs them: a mailing is entered, `celery -A angarium worker` with one process does the
rest.

`seed` makes the tables, `fill` enters a mailing to all clients. `plan` plans one and says how
long it took, `calls N` makes so many calls to the sender as a worker does, without a database, `count TIMES` reads the
numbers of all mailings.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from angarium.engine.delivery.public import Call, Landing, Said, flights  # noqa: E402
from angarium.kernel.clock import now  # noqa: E402
from angarium.modules.mailings.counting import counts_of  # noqa: E402
from angarium.modules.mailings.models import Mailer  # noqa: E402
from angarium.modules.mailings.planning import plan  # noqa: E402


def seed() -> None:
    call_command("migrate", verbosity=0)


def enter(**changes: timedelta) -> Mailer:
    """A mailing to everybody, saved as a shell or the admin would."""
    moment = now()
    times = {"start": moment, "finish": moment + timedelta(days=1)}
    mailer = Mailer(content="Good morning! Your order has arrived.", **times)
    mailer.start += changes.get("later", timedelta(0))
    mailer.save()
    return mailer


def planned() -> None:
    """Tomorrow's mailing to everybody: seconds that its plan took, and how many messages it made."""
    mailer = enter(later=timedelta(hours=12))
    began = time.perf_counter()
    judged = plan(mailer)
    json.dump({"seconds": time.perf_counter() - began, "made": judged and judged.made, "mailer": mailer.pk}, sys.stdout)


def calls(count: int) -> None:
    """Seconds for so many calls, as many in the air as a worker has there."""
    landed: queue.SimpleQueue[Landing] = queue.SimpleQueue()
    launched = taken = 0
    began = time.perf_counter()
    while taken < count:
        free = min(settings.SENDER_IN_FLIGHT - (launched - taken), count - launched)
        if free:
            some = [Call(1 + launched + n, "79001234567", "Good morning!", 10.0) for n in range(free)]
            flights().launch(some, may_go=lambda _call: True, landed=landed.put)
            launched += free
        waiting = [landed.get()] + [landed.get_nowait() for _ in range(landed.qsize())]
        assert all(one.answer and one.answer.said is Said.OK for one in waiting)
        taken += len(waiting)
    json.dump({"seconds": time.perf_counter() - began}, sys.stdout)


def count(times: int) -> None:
    """The numbers of all mailings, and the milliseconds that each time took; the first one connects and is left out."""
    mailers, delays = list(Mailer.objects.values_list("id", flat=True)), []
    for _ in range(times + 1):
        began = time.perf_counter()
        found = counts_of(mailers)
        delays.append((time.perf_counter() - began) * 1000)
    json.dump({"counts": found, "delays": delays[1:]}, sys.stdout)


def work() -> None:
    words = ["celery", "-A", "angarium", "worker", "--loglevel", "info", "--concurrency", "1"]
    os.execv(sys.executable, [sys.executable, "-m", *words])  # noqa: S606


def main(command: str, *numbers: str) -> None:
    if command == "fill":
        enter()
    elif command == "plan":
        planned()
    else:
        {"seed": seed, "calls": calls, "count": count, "work": work}[command](*map(int, numbers))


main(*sys.argv[1:])
