"""Letters of this module, in the reader's language and by the reader's clock; delivery sends them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from angarium.engine.delivery.public import Delivery, Recipient, send
from angarium.engine.identity.public import Person

from .models import Employee, Request

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

#: Each kind's heading and sentence: what is asked of somebody, what whoever asked is told, what who was asked is told.
WORDS: Mapping[str, tuple[_StrOrPromise, _StrOrPromise]] = {
    "asked": (_("To decide: %(who)s, %(what)s, %(when)s"), _("You are asked to decide about this request.")),
    "escalated": (
        _("Still to decide: %(who)s, %(what)s, %(when)s"),
        _("Nobody has decided about this request in time; now you are asked as well."),
    ),
    "submitted": (_("Sent: %(what)s, %(when)s"), _("Your request was sent to: %(asked)s.")),
    "approved": (_("Approved: %(what)s, %(when)s"), _("%(by)s has approved your request.")),
    "rejected": (_("Rejected: %(what)s, %(when)s"), _("%(by)s has rejected your request.")),
    "cancelled": (_("Called off: %(what)s, %(when)s"), _("%(by)s has called off what was approved.")),
    "withdrawn": (_("Taken back: %(what)s, %(when)s"), _("%(by)s has taken your request back.")),
    "cancelled_of": (_("Called off: %(who)s, %(what)s, %(when)s"), _("%(by)s has called off what was approved.")),
    "withdrawn_of": (
        _("Taken back: %(who)s, %(what)s, %(when)s"),
        _("%(by)s has taken this request back; nothing needs to be decided any more."),
    ),
}
#: Letters that ask for a decision: they are called back when there is nothing to decide any more.
ASKING = "timeoff.asking"


def reader(employee: Employee) -> Recipient:
    """An employee as whom to tell: in their own language, else that of the person who signs in, else the instance's."""
    person = Person.objects.filter(pk=employee.person).first() if employee.person else None
    return Recipient(
        kind="employee",
        id=str(employee.pk),
        name=employee.name,
        address=employee.email or (person.email if person else ""),
        language=employee.language or (person.language if person else "") or settings.LANGUAGE_CODE,
        timezone=employee.timezone,
        person=employee.person,
    )


def at_address(address: str) -> Recipient:
    """An address of the setting TIMEOFF_NOTIFY, in the language and zone of the instance."""
    return Recipient(kind="address", id=address[:100], address=address)


def write(
    kind: str,
    request: Request,
    to: Recipient,
    *,
    key: str,
    by: str = "",
    asked: str = "",
    decide: list[Any] | None = None,
) -> Delivery:
    """Have one letter sent about one request. `by` did what it tells, `asked` are the names of who decides, `decide`
    is what the reader's link is made of. To a mere address nothing goes that colleagues do not see."""
    known = to.kind != "address"
    with override(to.language):
        what = str(request.get_kind_display()) if known else translated("time off")
        words = {"who": request.employee.name, "what": what, "when": span(request.start, request.end)}
        words |= {"by": by or translated("Somebody"), "asked": asked or translated("human resources")}
        heading, sentence = (str(text) % words for text in WORDS[kind])
    context = {
        "heading": heading,
        "sentence": sentence,
        **words,
        "comment": request.comment if known else "",
        "days": f"{request.days.normalize():f}" if known and request.days else "",
        "decision": request.decision if kind in ("approved", "rejected") else "",
        "asked_at": request.submitted_at.isoformat() if request.submitted_at else "",
        "page": address_of("decide" if decide else "request", request.pk),
        "decide": decide or [],
        "lasts": settings.TIMEOFF_LINK_HOURS,
    }
    return send(
        to=to,
        template="timeoff/letter",
        channel="email",
        key=key,
        subject=f"timeoff.request:{request.pk}",
        context=context,
        topic=ASKING if kind in ("asked", "escalated") else f"timeoff.{kind}",
    )


def address_of(name: str, request: int) -> str:
    """Where this page is opened; empty where nobody said under which address."""
    if not settings.PUBLIC_URL:
        return ""
    words = [] if name == "decide" else [request]
    return f"{settings.PUBLIC_URL}{reverse(f'timeoff_pages:{name}', args=words)}"


def span(start: date, end: date) -> str:
    """`4 March 2030`, `4 March 2030 – 17 March 2030`."""
    first, last = (date_format(day, "j E Y") for day in (start, end))
    return first if start == end else f"{first} – {last}"
