"""Deciding by the link in a letter, without signing in. Looking changes nothing, since programs that check letters
follow their links; what is decided is asked of the policy when a button is pressed.

The key stands in the query string, which our log lines leave out. It is what a forged form could not have, so the page
needs no token of its own, and it is told to nobody: no cookie, no referrer, no copy.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from angarium.engine.console.public import answered, page, said
from angarium.engine.identity.public import acting_as, principal_of
from angarium.kernel.errors import AngariumError
from angarium.modules.timeoff import actions, rights
from angarium.modules.timeoff.deciding import Asked, asked_by
from angarium.modules.timeoff.errors import LinkSpent
from angarium.modules.timeoff.lifecycle import Status

from .deciding import cards_of, version_of

VERBS = {"approve": actions.approve_request, "reject": actions.reject_request}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@answered
def decide(request: HttpRequest) -> HttpResponse:
    key = request.POST.get("key", "") or request.GET.get("key", "")
    try:
        response = _answer(request, key, asked_by(key))
    except LinkSpent as refusal:
        response = _page(request, {"why": said(refusal)}, 410)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _answer(request: HttpRequest, key: str, asked: Asked) -> HttpResponse:
    refusal = _refused(request, asked)
    if refusal:
        return _page(request, {"why": refusal}, 403)
    if request.method != "POST":
        return _shown(request, key, asked)
    verb = VERBS.get(request.POST.get("verdict", ""))
    if verb is None:
        return _shown(request, key, asked, _("Approve or reject?"), 422)
    comment = request.POST.get("comment", "")[:1000]
    try:
        with acting_as(asked.by):
            verb(asked.request.pk, by=asked.by, comment=comment, expected_version=version_of(request))
    except AngariumError as refusal_of_verb:
        asked.request.refresh_from_db()
        return _shown(request, key, asked, said(refusal_of_verb), 409)
    asked.request.refresh_from_db()
    return _shown(request, key, asked)


def _refused(request: HttpRequest, asked: Asked) -> str:
    """Why whoever follows the link may neither see nor decide the request, by the rights that hold now."""
    viewer = principal_of(request)
    if viewer.kind == "person" and not viewer.is_open and viewer.id != asked.by.id:
        return _("This link is somebody else's; you are signed in as %(name)s.") % {"name": viewer.name}
    if not rights.may_decide(asked.by, asked.request):
        return _("You are not asked to decide about this request any more.")
    return ""


def _shown(request: HttpRequest, key: str, asked: Asked, why: str = "", status: int = 200) -> HttpResponse:
    [card] = cards_of(request, asked.by, [asked.request])
    is_open = asked.request.status == Status.SUBMITTED
    context = {"key": key, "card": card, "one": asked.request, "why": why, "is_open": is_open, "as_whom": asked.by.name}
    return _page(request, context, status)


def _page(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    return page(request, "timeoff/decide.html", context, status=status)
