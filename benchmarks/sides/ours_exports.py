"""Angarium's export of operations: `seed` makes the tables and a token, `build <file>` does what a worker does with an
export that it has claimed, and prints seconds and MB."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from angarium.engine.exports.building import Building, Plan  # noqa: E402
from angarium.engine.exports.public import dataset_named, granted  # noqa: E402
from angarium.engine.exports.storage import fetch  # noqa: E402
from angarium.engine.identity.public import SYSTEM, create_token  # noqa: E402


def seed() -> None:
    call_command("migrate", verbosity=0)
    with open(os.environ["BENCH_TOKEN"], "w") as file:
        file.write(create_token("bench", ["*"])[1])


def most_kept() -> float:
    """MB that this process has kept at most; the system's `maxrss` is also that of the process it was started by."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def build(target: str) -> None:
    of, nothing = dataset_named("operations.operations"), dict[str, Any]()
    began, key = time.monotonic(), f"{uuid4()}.1.xlsx"
    plan = Plan(
        dataset=of,
        source=of.rows(SYSTEM, nothing),
        columns=granted(of, SYSTEM, nothing).columns,
        format="xlsx",
        language="en",
        zone=ZoneInfo("UTC"),
        key=key,
    )
    building = Building(plan)
    building.begin()
    while not building.wait(0.5):
        pass
    rows, took = building.result().rows, time.monotonic() - began
    most = most_kept()
    with fetch(key) as file, open(target, "wb") as copy:
        shutil.copyfileobj(file, copy)
    json.dump({"seconds": took, "memory": most, "rows": rows}, sys.stdout)


if sys.argv[1] == "seed":
    seed()
elif sys.argv[1] == "build":
    build(sys.argv[2])
else:
    call_command(*sys.argv[1:])
