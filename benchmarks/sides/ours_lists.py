"""Angarium's lists and counts as a fleet serves them: `angarium web`, and the counters asked in a process.

`seed` makes the tables, and writes a token, a session and the path of the page to BENCH_TOKEN, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from angarium.engine.identity.public import Person, create_token  # noqa: E402
from angarium.engine.ledger.public import counts  # noqa: E402


def seed() -> None:
    call_command("migrate", verbosity=0)
    person = Person.objects.create_user("ann", role="staff")
    client = Client()
    client.force_login(person)
    found = {
        "token": create_token("bench", ["*"], person=person)[1],
        "session": client.cookies["sessionid"].value,
        "page": reverse("operations_pages:list"),
    }
    with open(os.environ["BENCH_TOKEN"], "w") as file:
        json.dump(found, file)


def count(times: int) -> None:
    """The counts, and the milliseconds that each time took; the first one connects and is left out."""
    delays = []
    for _ in range(times + 1):
        began = time.perf_counter()
        found = counts()
        delays.append((time.perf_counter() - began) * 1000)
    json.dump({"counts": found, "delays": delays[1:]}, sys.stdout)


if sys.argv[1] == "seed":
    seed()
elif sys.argv[1] == "count":
    count(int(sys.argv[2]))
else:
    call_command(sys.argv[1])
