"""Tasks that misbehave end visibly after a bounded number of attempts, and harm nobody beside them."""

from __future__ import annotations

import pytest

from tests.faults.fleet import Fleet, fleet

pytestmark = pytest.mark.postgres
START = """
from django.db import transaction
from angarium.engine.ledger.public import start
from tests.faults.work.bad import TEN_MEGABYTES
with transaction.atomic():
    for name in {names}:
        start("work." + name)
    for name in {texts}:
        start("work." + name, text="x" * TEN_MEGABYTES)
"""
DEADLY = ("segfault", "leave", "interrupt", "fork", "gorge", "spin", "stuck", "frozen")
#: What they end as, and the code of the error that their operations keep.
ENDS = {
    "work.segfault": ("failed", "attempts_spent", 0),
    "work.leave": ("failed", "Quit", 0),
    "work.interrupt": ("failed", "Quit", 0),
    "work.gorge": ("failed", "MemoryError", 0),
    "work.fork": ("succeeded", None, 1),
    "work.spin": ("failed", "timeout", 0),
    "work.stuck": ("failed", "attempts_spent", 0),
    "work.frozen": ("failed", "attempts_spent", 0),
    "work.swallow": ("succeeded", None, 1),
    "work.lament": ("failed", "failed", 0),
    "work.shout": ("failed", "ValueError", 0),
}


def test_tasks_that_crash_hang_or_get_ten_megabytes_end_visibly_and_others_go_on() -> None:
    with fleet() as running:
        running.worker(2)
        running.run("shell", "-c", START.format(names=DEADLY, texts=("swallow", "lament", "shout")))
        running.write("beside", boxes=3, each=3)
        running.wait_until_done()
        running.tell()
        assert running.breaches() == []
        assert _ends(running) == ENDS
        assert running.look("select kind from ledger_operation where claims > 2") == []


def _ends(running: Fleet) -> dict[str, tuple[str, str | None, int]]:
    found = running.look(
        "select o.kind, o.state, o.error->>'code', (select count(*) from work_effect e where e.operation = o.id) "
        "from ledger_operation o join (values " + ", ".join(f"('{kind}')" for kind in ENDS) + ") k(k) on k.k = o.kind"
    )
    return {kind: (state, code, effects) for kind, state, code, effects in found}
