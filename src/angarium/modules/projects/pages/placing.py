"""A card is taken to a place in a column: by the board, which is answered in JSON, or by a plain form."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from angarium.engine.console.public import safe_next, said, signed_in
from angarium.engine.identity.public import Principal, principal_of
from angarium.kernel.errors import AngariumError, Conflict, Forbidden, Invalid, Missing, Unavailable
from angarium.modules.projects import actions

from .versions import number_in, version_of

#: How a refusal is answered to the board.
CODES = ((Missing, 404), (Forbidden, 403), (Conflict, 409), (Invalid, 422), (Unavailable, 503))


@require_POST
@signed_in
def place(request: HttpRequest, id: int) -> HttpResponseBase:
    """The board gets 204, or the refusal's sentence as `{"detail": …}`; a form is led back with a message."""
    from_board = request.headers.get("Accept") == "application/json"
    try:
        _place(request, id, principal_of(request))
    except AngariumError as refusal:
        if from_board:
            code = next((code for kind, code in CODES if isinstance(refusal, kind)), 400)
            return JsonResponse({"code": refusal.code, "detail": said(refusal)}, status=code)
        if isinstance(refusal, Missing | Forbidden | Unavailable):
            raise
        messages.error(request, said(refusal))
    else:
        if from_board:
            return HttpResponse(status=204)
        messages.success(request, _("Moved."))
    return redirect(safe_next(request, reverse("projects_pages:task", args=[id])))


def _place(request: HttpRequest, id: int, by: Principal) -> None:
    """A neighbour that is no number is none of the column."""
    before = number_in(request, "before")
    if before is None and request.POST.get("before"):
        before = 0
    status = request.POST.get("status", "")
    actions.place_task(id, by=by, status=status, before=before, expected_version=version_of(request))
