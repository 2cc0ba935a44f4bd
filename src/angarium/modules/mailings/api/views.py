"""The routes of mailings. Each reads a shape, calls one action and shows what became of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from angarium.engine.api.public import BareList, ListView, RowView, View, idempotent
from angarium.modules.mailings import actions, queries
from angarium.modules.mailings.models import Mailer

from .shapes import MailerFilter, MailerShape


class Mailers(ListView):
    """The mailings there are. A new one starts by itself when its time comes, at once when it has come."""

    shows, filters, literal, paging = MailerShape, MailerFilter, True, BareList()

    def rows(self) -> QuerySet[Mailer]:
        asked = {name: value for name, value in self.query().items() if value}
        return queries.mailers_seen_by(self.principal).filter(**asked)

    @idempotent
    def post(self, request: Request) -> HttpResponseBase:
        mailer = actions.add_mailer(by=self.principal, **self.read())
        return self.answer(mailer, 201, location=reverse("mailings_api:mailer", args=[mailer.id]))


class OneMailer(RowView):
    """A mailing. What was sent is not sent again after an edit; what was not follows the new text, filter and times.
    After a deletion was answered no further call begins; what was sent stays in the history."""

    shows, literal = MailerShape, True

    def current(self) -> Mailer:
        return queries.mailer_seen_by(self.principal, self.kwargs["id"])

    def edit(self, id: int, **words: Any) -> Mailer:
        return actions.edit_mailer(id, **words)

    def remove(self, id: int, **words: Any) -> None:
        actions.delete_mailer(id, **words)


class Verb(View):
    """A POST that moves one mailing; 409 with the allowed states where the move is not legal."""

    shows, reads, literal, conditional = MailerShape, {}, True, ("POST",)
    action: ClassVar[str] = ""

    def current(self) -> Mailer:
        return queries.mailer_seen_by(self.principal, self.kwargs["id"])

    @idempotent
    def post(self, request: Request, id: int) -> HttpResponseBase:
        act = getattr(actions, self.action)
        return self.answer(act(id, by=self.principal, expected_version=self.if_match()))


class Pause(Verb):
    """Nothing more goes out until it is resumed; calls that are under way may still end."""

    action = "pause_mailer"


class Resumption(Verb):
    """A paused mailing goes on with those who have not got it yet."""

    action = "resume_mailer"


class Cancellation(Verb):
    """It ends for good; what was not sent is cancelled."""

    action = "cancel_mailer"


class Retry(Verb):
    """What the sender refused for good is tried again."""

    action = "retry_failed"
