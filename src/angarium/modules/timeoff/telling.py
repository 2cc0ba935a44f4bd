"""Who is told what of a request, and which letters are called back since they are untrue now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings

from angarium.contracts import timeoff as told
from angarium.engine.delivery.public import WAITING, Delivery, Recipient, cancel
from angarium.engine.events.public import Event
from angarium.engine.identity.public import of_person

from .asking import human_resources, people_asked
from .deciding import person_of, submission_of
from .letters import ASKING, at_address, reader, write
from .lifecycle import Role
from .models import Employee, Request
from .queries import requests_seen_by

Told = dict[str, int]


def tell(fact: told.RequestEvent, logged: Event) -> Told:
    """Write the letters of this event, each once however often it is asked for; how many of each kind. Nothing of what
    is not so any more: the event that says what it is now tells that."""
    request = Request.objects.select_related("employee").filter(pk=fact.request_id).first()
    if request is None or request.status != fact.status:
        return {}
    story = _Story(request, logged)
    match fact:
        case told.RequestSubmitted():
            story.ask("asked", people_asked(request))
            story.confirm()
        case told.RequestEscalated(to=to):
            up = Employee.objects.filter(pk__in=to)
            story.ask("escalated", [*up, *human_resources(request).exclude(pk__in=to)])
        case told.RequestApproved() | told.RequestRejected():
            story.call_back("It was decided.")
            story.tell_employee(request.status)
        case told.RequestWithdrawn():
            story.tell_those_asked("withdrawn_of", story.call_back("It was taken back."))
            story.tell_employee("withdrawn", themselves=False)
        case told.RequestCancelled():
            story.tell_employee("cancelled")
            story.tell_deciders("cancelled_of")
    return dict(story.written)


class _Story:
    """One event of one request, and the letters that are written of it."""

    def __init__(self, request: Request, logged: Event) -> None:
        self.request, self.logged = request, logged
        self.by = logged.actor_name if logged.actor is not None else ""
        self.written: Counter[str] = Counter()

    def ask(self, kind: str, people: Iterable[Employee]) -> None:
        """Ask these to decide, with a link where they can sign in; else human resources, else the addresses of the
        setting."""
        found = [one for one in people if may_hear(one, self.request)] or list(human_resources(self.request))
        for one in found:
            self._write(kind, reader(one), decide=self._link(one))
        if not found:
            for address in settings.TIMEOFF_NOTIFY:
                self._write(kind, at_address(address))

    def confirm(self) -> None:
        """Tell the employee to whom their request went."""
        names = [one.name for one in people_asked(self.request)[:5]]
        self._write("submitted", reader(self.request.employee), asked=", ".join(names))

    def tell_employee(self, kind: str, *, themselves: bool = True) -> None:
        """Tell the employee; with `themselves` also of what they did."""
        employee = self.request.employee
        if themselves or self.logged.actor is None or self.logged.actor != employee.person:
            self._write(kind, reader(employee))

    def tell_deciders(self, kind: str) -> None:
        """Tell those who decide, but whoever did it."""
        for one in people_asked(self.request):
            if one.person is None or one.person != self.logged.actor:
                self._write(kind, reader(one))

    def tell_those_asked(self, kind: str, letters: Iterable[Delivery]) -> None:
        """Tell whoever had these letters."""
        readers = {(one.recipient_kind, one.recipient_id): one.to for one in letters}
        for to in readers.values():
            self._write(kind, to)

    def call_back(self, because: str) -> list[Delivery]:
        """Call the letters back that ask for a decision; those for which it was too late."""
        asking = Delivery.objects.filter(subject=f"timeoff.request:{self.request.pk}", topic=ASKING)
        gone = []
        for one in asking.order_by("id"):
            if one.state in WAITING and cancel(one.pk, because=because):
                self.written["called_back"] += 1
            elif one.state not in ("failed", "cancelled", "suppressed", "expired"):
                gone.append(one)
        return gone

    def _link(self, one: Employee) -> list[object] | None:
        if person_of(one) is None:
            return None
        return [self.request.pk, one.pk, submission_of(self.request.submitted_at)]

    def _write(self, kind: str, to: Recipient, **more: object) -> None:
        by = self.request.decided_by if kind in ("approved", "rejected") else self.by
        key = f"{self.logged.uid}:{kind}:{to.kind}:{to.id}"
        write(kind, self.request, to, key=key, by=by, **more)  # type: ignore[arg-type]
        self.written[kind] += 1


def may_hear(one: Employee, request: Request) -> bool:
    """May they see the request, by the policy that the API and the pages ask? Who cannot sign in is asked for what
    they are in the company alone."""
    person: UUID | None = one.person
    if one.role == Role.HR or person is None:
        return True
    found = person_of(one)
    return found is not None and requests_seen_by(of_person(found)).filter(pk=request.pk).exists()
