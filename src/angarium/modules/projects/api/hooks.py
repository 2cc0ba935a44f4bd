"""Webhooks: whom we tell, what became of each message, and sending it again. For the owners of a project and staff.

What answers with a secret keeps no answer for a repeated Idempotency-Key: secrets are kept nowhere.
"""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from angarium.engine.api.public import Boolean, Integer, ListView, PagedList, Shape, SingleLineText, View, idempotent
from angarium.engine.delivery.public import LONGEST_URL, Delivery, State
from angarium.modules.projects import hooks
from angarium.modules.projects.lifecycle import HOOK_EVENTS
from angarium.modules.projects.subscriptions import Hook


class HookShape(Shape):
    """An address that is told of what happens in a project, or in all without one. `events` is empty for every kind.
    Switched off it has a reason in `because`; `enabled` switches it on again."""

    id = serializers.UUIDField(read_only=True)
    project = Integer(min_value=1, source="project_id", required=False, allow_null=True)
    url = SingleLineText(max_length=LONGEST_URL)
    note = SingleLineText(required=False, allow_blank=True)
    events = serializers.ListField(child=serializers.ChoiceField(choices=HOOK_EVENTS), required=False)
    enabled = Boolean(required=False)
    because = serializers.CharField(read_only=True)
    person = serializers.UUIDField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)


class HookFilter(Shape):
    """The query string of the list."""

    project = Integer(required=False)


class NewHook(HookShape):
    """The hook, and what verifies its messages, which is shown this once."""

    secret = serializers.CharField(read_only=True)


class HookMessageShape(serializers.ModelSerializer[Delivery]):
    """One message and where it stands; `payload` is what was sent, as text, `webhook_id` by which its receiver knows
    it."""

    payload = serializers.SerializerMethodField()
    webhook_id = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=State.choices)

    class Meta:
        model = Delivery
        fields = (
            "id", "webhook_id", "state", "because", "attempts", "due_at", "created_at", "sent_at", "operation",
            "event_id", "payload",
        )  # fmt: skip

    def get_payload(self, delivery: Delivery) -> str:
        return str(delivery.context.get("payload", ""))

    def get_webhook_id(self, delivery: Delivery) -> str:
        return str(hooks.webhook_id(delivery))


class Hooks(ListView):
    """The webhooks that you may change, newest first."""

    shows, filters, paging = HookShape, HookFilter, PagedList(newest_first=True)
    answers: ClassVar = {"POST": NewHook}

    def rows(self) -> QuerySet[Hook]:
        return hooks.hooks_seen_by(self.principal).filter(**self.query())

    def post(self, request: Request) -> HttpResponseBase:
        given = _named(self.read())
        given.pop("enabled", None)
        hook, secret = hooks.create_hook(by=self.principal, **given)
        return _secretly(self, hook, secret, 201, location=reverse("projects_api:hook", args=[hook.pk]))


class OneHook(View):
    """One webhook. Its project stays what it is."""

    shows = HookShape

    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(hooks.hook_seen_by(self.principal, id))

    def patch(self, request: Request, id: UUID) -> HttpResponseBase:
        hook = hooks.hook_seen_by(self.principal, id)
        changes = _named(self.read(hook, partial=True))
        changes.pop("project", None)
        return self.answer(hooks.change_hook(id, by=self.principal, **changes))

    def delete(self, request: Request, id: UUID) -> HttpResponseBase:
        hooks.delete_hook(id, by=self.principal)
        return HttpResponse(status=204)


class Secret(View):
    """Another secret; for a day messages are signed by the one before as well."""

    shows, reads = NewHook, {}

    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return _secretly(self, *hooks.renew_secret(id, by=self.principal))


class Ping(View):
    """A message of the type `ping`, to see whether it arrives."""

    shows, reads = HookMessageShape, {}
    answers_with: ClassVar = {"POST": 202}

    @idempotent
    def post(self, request: Request, id: UUID) -> HttpResponseBase:
        return self.answer(hooks.ping(id, by=self.principal), 202)


class Messages(ListView):
    """What was sent to a webhook, newest first."""

    shows, paging = HookMessageShape, PagedList(newest_first=True)

    def rows(self) -> QuerySet[Delivery]:
        self.query()
        return hooks.deliveries_to(hooks.hook_seen_by(self.principal, self.kwargs["id"]))


class Replay(View):
    """The message once more, with its first `webhook-id`. 409 while it is under way."""

    shows, reads = HookMessageShape, {}
    answers_with: ClassVar = {"POST": 202}

    @idempotent
    def post(self, request: Request, id: UUID, delivery: UUID) -> HttpResponseBase:
        return self.answer(hooks.replay(id, delivery, by=self.principal), 202)


def _secretly(view: View, hook: Hook, secret: str, status: int = 200, *, location: str = "") -> HttpResponseBase:
    """The hook with its secret, for nobody's cache."""
    hook.secret = secret  # type: ignore[attr-defined]
    answer = view.answer(hook, status, location=location)
    answer["Cache-Control"] = "no-store"
    return answer


def _named(body: dict[str, Any]) -> dict[str, Any]:
    return {"project" if name == "project_id" else name: value for name, value in body.items()}
