"""The API's own scheduled work: forgetting idempotency keys that nobody will repeat any more."""

from __future__ import annotations

from datetime import timedelta

from angarium.engine.tasks.public import Done, Slot, crontab, task

from .idempotency import prune_idempotency_keys


@task(every=crontab(minute="20"), catch_up=timedelta(hours=1))
def forget_idempotency_keys(slot: Slot) -> Done:
    return Done({"forgotten": prune_idempotency_keys()})
