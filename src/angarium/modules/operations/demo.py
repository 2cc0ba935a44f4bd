"""Types of tasks to look at, a few literal tasks of the account `user`, and two runs of a pipeline, as they ended."""

from __future__ import annotations

from django.core.management import call_command

from angarium.engine.identity.public import SYSTEM, Person, Principal, of_person
from angarium.engine.ledger.public import Operation, Report, claim, report

from . import actions

#: (name, seconds)
TASKS = (("Отчёт за неделю", 2), ("Nightly import", 5), ("Unlucky", 13))
#: (input, how the stages ended)
RUNS = (
    ("https://example.org/lecture-1.mov", ("succeeded", "succeeded", "succeeded")),
    ("https://example.org/lecture-2.mov", ("succeeded", "failed")),
)


def make() -> None:
    """Enter them in the caller's transaction; whoever processes tasks finds them waiting."""
    call_command("loaddata", "initial", app_label="operations", verbosity=0)
    user = Person.objects.filter(username="user").first()
    by = of_person(user) if user else SYSTEM
    for name, seconds in TASKS:
        actions.create_task(by=by, name=name, processing_time=seconds)
    for url, ends in RUNS:
        _run(url, ends, by)


def _run(url: str, ends: tuple[str, ...], by: Principal) -> None:
    """A run whose stages somebody has worked on."""
    run = actions.start_run("render_video", by=by, input={"url": url})
    for end in ends:
        part = Operation.objects.get(parent=run.id, due__isnull=False)
        held = claim(part.id, worker="demo", lease_seconds=60)
        error = {"code": "unreadable", "message": "The last frames cannot be read."} if end == "failed" else None
        report(Report(operation=part.id, epoch=held.epoch, seq=1, state=end, error=error))
