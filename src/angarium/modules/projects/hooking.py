"""From what happens in projects to messages for webhooks; and where these go, as delivery asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from angarium.contracts import projects as told
from angarium.contracts.event import Event
from angarium.engine.delivery.public import Delivery, Endpoint, endpoints, secret_from
from angarium.engine.events.public import Event as Entry
from angarium.engine.live.public import kind_of
from angarium.engine.observability.public import get_logger
from angarium.engine.tasks.public import Cancel, Done, Outcome, Run, Slot, crontab, task
from angarium.kernel.clock import now

from . import wire
from .hooks import KIND, tell
from .subscriptions import Hook

_log = get_logger(__name__)
FACTS = (
    *(told.ProjectCreated, told.ProjectUpdated, told.ProjectDeleted),
    *(told.TaskCreated, told.TaskUpdated, told.TaskDeleted, told.TaskPlaced, told.TaskAssigned),
    *(told.TaskCommented, told.CommentEdited, told.CommentDeleted, told.ReportGenerated),
)
#: How long the hooks of a deleted project stay: its last messages go by then.
REMAINS = timedelta(days=1)


def anybody_listens() -> bool:
    return Hook.objects.filter(off_at__isnull=True).exists()


@task(on=FACTS, when=anybody_listens)
def tell_hooks(run: Run, event: Event) -> Outcome:
    """One message for each hook that wants to hear of it, once for each (event, hook), whatever is tried again."""
    entry = Entry.objects.filter(uid=run.claim.event_id).first() if run.claim.event_id else None
    if entry is None:
        return Cancel("The event is gone from the log.")
    sent = list(_told(entry, event))
    if isinstance(event, told.ProjectDeleted):
        Hook.objects.filter(project=event.project_id, ended_at__isnull=True).update(ended_at=now())
    return Done({"deliveries": [str(one.id) for one in sent]})


def _told(entry: Entry, event: Event) -> Iterator[Delivery]:
    kind, project = kind_of(event.type), _project(event)
    for hook in _listening(kind, Q(project=project) | Q(project__isnull=True)):
        yield tell(hook, kind, wire.of_any(event), key=str(entry.uid), at=entry.at)
    if isinstance(event, told.TaskUpdated) and event.old_project_id is not None:
        lost = {"id": event.task_id, "project": event.old_project_id}
        for hook in _listening("task.gone", Q(project=event.old_project_id)):
            yield tell(hook, "task.gone", lost, key=str(entry.uid), at=entry.at)


def _project(event: Event) -> int:
    assert isinstance(event, FACTS)
    return event.project_id


def _listening(kind: str, where: Q) -> list[Hook]:
    return [hook for hook in Hook.objects.filter(where, off_at__isnull=True) if hook.hears(kind)]


@task(every=crontab(minute="35", hour="3"), catch_up=timedelta(days=1))
def forget_hooks(slot: Slot) -> Done:
    """Those of projects that were deleted more than a day ago."""
    return Done({"hooks": Hook.objects.filter(ended_at__lt=slot.at - REMAINS).delete()[0]})


def endpoint(id: str) -> Endpoint | None:
    """Where a hook is and what signs for it; None when there is none."""
    hook = _hook(id)
    if hook is None:
        return None
    old = hook.old_seed if hook.old_until and now() < hook.old_until else ""
    secrets = tuple(filter(None, (secret_from(seed) for seed in (hook.seed, old) if seed)))
    if not hook.enabled:
        return Endpoint(hook.url, secrets, off=f"The webhook is switched off. {hook.because}")
    if not secret_from(hook.seed):
        return Endpoint(hook.url, secrets, off="Its secret went with the former SECRET_KEY; give it another one.")
    return Endpoint(hook.url, secrets)


def switch_off(id: str, because: str) -> None:
    """Its receiver wants nothing more."""
    hook = _hook(id)
    if hook is not None and Hook.objects.filter(pk=hook.pk, off_at__isnull=True).update(off_at=now(), because=because):
        _log.info("projects.hook_off", hook_id=id, because=because)


def _hook(id: str) -> Hook | None:
    try:
        return Hook.objects.filter(pk=UUID(id)).first()
    except ValueError:
        return None


endpoints(KIND, find=endpoint, gone=switch_off)
