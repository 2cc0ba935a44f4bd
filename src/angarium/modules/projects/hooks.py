"""Entering webhooks, changing them, and sending again what was sent: for the owners of a project and for staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from angarium.engine.delivery.public import (
    NEVER_QUIET,
    OPEN,
    Delivery,
    DeliveryStep,
    NoDelivery,
    Recipient,
    message_of,
    new_seed,
    refuse_at_once,
    secret_from,
    send,
    send_again,
    target_of,
)
from angarium.engine.identity.public import Principal
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid
from angarium.kernel.ids import uuid7

from .errors import HookIsOff, NoHook, NotYours, StillUnderWay, TooManyHooks, UnknownProject
from .lifecycle import HOOK_EVENTS, Role
from .models import Member, Project
from .queries import may_own, projects_seen_by, writes_all
from .subscriptions import Hook

#: What messages to hooks call their recipients, and the template they are.
KIND, TEMPLATE = "projects.hook", "delivery/webhook"
#: Hooks that one project may have, and that may hear of all projects.
MOST = 20
#: How long the secret before signs as well; how long a message is of use: as long as the schedule tries.
OVERLAP, USEFUL = timedelta(hours=24), timedelta(days=4)


class HookChanges(TypedDict, total=False):
    """What of a hook can be changed; what is left out stays."""

    url: str
    note: str
    events: Sequence[str]
    enabled: bool


def hooks_seen_by(by: Principal) -> QuerySet[Hook]:
    """All for staff, to others those of the projects that they own."""
    if writes_all(by):
        return Hook.objects.all()
    return Hook.objects.filter(project_id__in=_owned(by))


def hook_seen_by(by: Principal, id: UUID) -> Hook:
    """NoHook when there is none or it is not for this principal."""
    hook = hooks_seen_by(by).filter(pk=id).select_related("project").first()
    if hook is None:
        raise NoHook
    return hook


def projects_to_hook(by: Principal) -> QuerySet[Project]:
    """The projects that this principal may enter hooks for."""
    return projects_seen_by(by) if writes_all(by) else projects_seen_by(by).filter(pk__in=_owned(by))


def create_hook(
    *, by: Principal, url: str, project: int | None = None, events: Sequence[str] = (), note: str = ""
) -> tuple[Hook, str]:
    """Enter a hook; with it comes its secret, which nobody sees again. Without a project it hears of all, which is for
    staff. UnknownProject, NotYours, TooManyHooks, Invalid."""
    with transaction.atomic():
        _refuse_others(by, project)
        hook = Hook(project_id=project, seed=new_seed(), person=by.id if by.kind == "person" else None)
        _fill(hook, {"url": url, "events": events, "note": note})
        hook.save(force_insert=True)
    return hook, secret_from(hook.seed)


def change_hook(id: UUID, *, by: Principal, **changes: Unpack[HookChanges]) -> Hook:
    """Change a hook, or switch it on or off. NoHook, Invalid."""
    with transaction.atomic():
        hook = _for_update(id, by)
        _fill(hook, changes)
        if changes.get("enabled") is True:
            hook.off_at, hook.because = None, ""
        elif changes.get("enabled") is False and hook.enabled:
            hook.off_at, hook.because = now(), f"Switched off by {by}."[:500]
        hook.save()
    return hook


def renew_secret(id: UUID, *, by: Principal) -> tuple[Hook, str]:
    """Another secret. For a day each message is signed by the one before as well, so that the receiver can change over
    in its own time. NoHook."""
    with transaction.atomic():
        hook = _for_update(id, by)
        hook.old_seed, hook.old_until = hook.seed, now() + OVERLAP
        hook.seed = new_seed()
        hook.save()
    return hook, secret_from(hook.seed)


def delete_hook(id: UUID, *, by: Principal) -> None:
    """Remove a hook; what waits for it fails. NoHook."""
    with transaction.atomic():
        _for_update(id, by).delete()


def ping(id: UUID, *, by: Principal) -> Delivery:
    """Have a message of the type `ping` sent, whatever events were asked for. NoHook, HookIsOff."""
    with transaction.atomic():
        hook = _for_update(id, by)
        if not hook.enabled:
            raise HookIsOff
        return tell(hook, "ping", {"hook": str(hook.pk), "project": hook.project_id}, key=f"ping:{uuid7()}")


def replay(id: UUID, delivery: UUID, *, by: Principal) -> Delivery:
    """Have a message sent once more, with its first `webhook-id`, whether it arrived or not. While it is under way
    nothing else is sent. NoHook, NoDelivery, HookIsOff, StillUnderWay."""
    with transaction.atomic():
        hook = _for_update(id, by)
        first = Delivery.objects.filter(subject=hook.subject, pk=delivery).first()
        if first is None:
            raise NoDelivery
        if not hook.enabled:
            raise HookIsOff
        base = first.key.partition("~")[0]
        same = Delivery.objects.filter(Q(key=base) | Q(key__startswith=f"{base}~"), channel=first.channel)
        if same.filter(state__in=OPEN).exists():
            raise StillUnderWay
        return send_again(first, key=f"{base}~{same.count()}", not_after=now() + USEFUL)


def webhook_id(delivery: Delivery) -> UUID:
    """By which its receiver knows the message: that of the first, where it is sent again."""
    return message_of(delivery).id


def deliveries_to(hook: Hook) -> QuerySet[Delivery]:
    """Its messages, the newest first."""
    return Delivery.objects.filter(subject=hook.subject).order_by("-id")


def answers_to(sent: Sequence[Delivery]) -> dict[UUID, str]:
    """What the receiver said last to each of these messages. One query."""
    steps = DeliveryStep.objects.filter(delivery__in=[one.pk for one in sent]).exclude(answer="").order_by("id")
    return dict(steps.values_list("delivery", "answer"))


def tell(hook: Hook, kind: str, data: object, *, key: str, at: object = None) -> Delivery:
    """Have one message sent to it, once for this key: `{type, timestamp, data}`, the time that of what happened."""
    payload = msgspec.json.encode({"type": kind, "timestamp": at or now(), "data": data}).decode()
    to = Recipient(
        kind=KIND, id=str(hook.pk), name=hook.note, address=target_of(hook.url).origin[:320], quiet=NEVER_QUIET
    )
    return send(
        to=to,
        template=TEMPLATE,
        channel="webhook",
        key=f"{key}:{hook.pk}",
        subject=hook.subject,
        context={"payload": payload},
        not_after=now() + USEFUL,
    )


def _owned(by: Principal) -> QuerySet[Member, Any]:
    """The projects that this principal decides about; none for whoever may not write."""
    if by.id is None or not by.may("projects:write"):
        return Member.objects.none().values("project_id")
    return Member.objects.filter(person=by.id, role=Role.OWNER).values("project_id")


def _refuse_others(by: Principal, project: int | None) -> None:
    if project is None and not writes_all(by):
        raise NotYours(_("Only staff may have a webhook for all projects."), field="project")
    if project is not None:
        if not projects_seen_by(by).filter(pk=project).exists():
            raise UnknownProject(_("There is no project %(id)s.") % {"id": project}, field="project")
        if not may_own(by, project):
            raise NotYours(_("Only its owners may enter webhooks for a project."), field="project")
        Project.objects.select_for_update(no_key=True).filter(pk=project).first()  # one after the other is counted
    if Hook.objects.filter(project=project).count() >= MOST:
        raise TooManyHooks


def _fill(hook: Hook, changes: HookChanges) -> None:
    if "url" in changes:
        hook.url = changes["url"].strip()
        refuse_at_once(target_of(hook.url))
    if "events" in changes:
        unknown = sorted(set(changes["events"]) - set(HOOK_EVENTS))
        if unknown:
            raise Invalid(_("There is no event %(name)s.") % {"name": unknown[0][:100]}, field="events")
        hook.events = sorted(set(changes["events"]))
    if "note" in changes:
        hook.note = changes["note"].strip()


def _for_update(id: UUID, by: Principal) -> Hook:
    hook = hooks_seen_by(by).select_for_update(no_key=True).filter(pk=id).first()
    if hook is None:
        raise NoHook
    return hook
