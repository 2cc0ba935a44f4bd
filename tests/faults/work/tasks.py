"""What is done about each parcel: in the database, outside of it, at the second attempt, or never."""

from __future__ import annotations

from datetime import timedelta

from angarium.engine.events.public import publish
from angarium.engine.tasks.public import Done, Run, Slot, current_run, task
from tests.faults.history import record

from . import bad  # noqa: F401  registers its tasks
from .facts import Kept, Placed, Tried
from .models import Effect

SOON = timedelta(milliseconds=50)
#: Attempts enough for any number of workers that die.
MANY = 1000
#: Where each task leaves its effect: a row, a line in the history (outside), or nowhere.
EFFECTS = {
    "work.keep": "row",
    "work.echo": "row",
    "work.send": "outside",
    "work.stumble": "row",
    "work.never": "none",
    "work.tick": "row",
}


def leave(name: str) -> None:
    """Leave the effect of the running task as a row, in the transaction that is open."""
    run = current_run()
    Effect.objects.create(task=f"work.{name}", operation=run.operation, event=run.claim.event_id)


@task(on=Placed, first_retry=SOON, max_attempts=MANY)
def keep(event: Placed) -> None:
    """An effect and an event, in the transaction of the outcome."""
    leave("keep")
    publish(Kept(box=event.box, write=event.write))


@task(on=Kept, first_retry=SOON, max_attempts=MANY)
def echo(event: Kept) -> None:
    """A reaction to what a reaction did."""
    leave("echo")


@task(on=Placed, outside=True, first_retry=SOON, max_attempts=MANY)
def send(run: Run, event: Placed) -> Done:
    """An effect that no transaction can take back: it may come again, with the same key and no other."""
    record("outside", task="work.send", key=run.operation, event=run.claim.event_id, epoch=run.claim.epoch)
    return Done(record=lambda: leave("send"))


@task(on=Tried, first_retry=SOON, max_attempts=MANY)
def stumble(run: Run, event: Tried) -> None:
    """Fails at the first attempt, after it has written."""
    leave("stumble")
    if run.attempt == 1:
        raise ConnectionError("Not at the first attempt.")


@task(on=Tried, first_retry=SOON, max_attempts=2)
def never(event: Tried) -> None:
    """Fails for good, after it has written."""
    leave("never")
    raise ConnectionError("Never.")


@task(every=timedelta(seconds=1), catch_up=timedelta(minutes=10))
def tick(slot: Slot) -> None:
    """A slot of a schedule."""
    leave("tick")
