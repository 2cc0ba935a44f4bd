"""Entering and editing a mailing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from angarium.engine.console.public import fill, page, signed_in, zone_of
from angarium.engine.identity.public import principal_of
from angarium.modules.mailings import actions
from angarium.modules.mailings.errors import NotYours
from angarium.modules.mailings.models import LONGEST_CONTENT
from angarium.modules.mailings.queries import mailer_seen_by, writes_all

from .rights import writer
from .standing import standings_of
from .tags import tags_in_use
from .whom import told
from .wishes import MailingForm


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: HttpRequest) -> HttpResponse:
    by = writer(request)
    form = MailingForm(request.POST or None, zone=zone_of(request))
    mailer = fill(form, lambda: actions.add_mailer(by=by, **form.wishes))
    if mailer is not None:
        return redirect("mailings_pages:show", id=mailer.pk)
    return _shown(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, id: int) -> HttpResponse:
    by = principal_of(request)
    mailer = mailer_seen_by(by, id)
    if not writes_all(by):
        raise NotYours
    form = MailingForm(request.POST or None, zone=zone_of(request), mailer=mailer)
    changed = fill(form, lambda: actions.edit_mailer(id, by=by, **form.changes, expected_version=form.seen))
    if changed is not None:
        return redirect("mailings_pages:show", id=id)
    return _shown(request, form, mailer=mailer, row=standings_of([mailer])[0])


def _shown(request: HttpRequest, form: MailingForm, **more: Any) -> HttpResponse:
    given = {name: form[name].value() for name in form.fields if name != "content"}
    given["mailer"] = more["mailer"].pk if "mailer" in more else None
    context = {"form": form, "tags": tags_in_use(), "longest": LONGEST_CONTENT, **told(given, zone=form.zone), **more}
    return page(request, "mailings/form.html", context, status=422 if form.errors else 200)
