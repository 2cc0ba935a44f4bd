"""What a real client would read of a mailing, what may be missing in it, and a test to a number of one's own."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from angarium.engine.console.public import fill, page, signed_in
from angarium.engine.identity.public import principal_of
from angarium.modules.mailings import actions
from angarium.modules.mailings.errors import NotYours
from angarium.modules.mailings.models import phone_number
from angarium.modules.mailings.preview import preview
from angarium.modules.mailings.queries import clients_seen_by, mailer_seen_by, writes_all


class TrialForm(forms.Form):
    """Where to."""

    phone = forms.CharField(
        max_length=11,
        label=_("Phone"),
        validators=[phone_number],
        help_text=_("Eleven digits, beginning with 7."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def trial(request: HttpRequest, id: int) -> HttpResponse:
    """Show it as the client of `?as=` reads it, else the first who fits; with a POST send it to a number."""
    by = principal_of(request)
    mailer = mailer_seen_by(by, id)
    if not writes_all(by):
        raise NotYours
    form = TrialForm(request.POST or None)
    delivery = fill(form, lambda: actions.send_test(id, by=by, phone=form.cleaned_data["phone"]))
    if delivery is not None:
        return redirect("console:delivery", id=delivery.id)
    reader = clients_seen_by(by).filter(phone=request.GET.get("as", "")[:11].replace("\x00", "")).first()
    context = {"mailer": mailer, "form": form, "shown": preview(mailer, reader), "asked": request.GET.get("as", "")}
    return page(request, "mailings/trial.html", context, status=422 if form.errors else 200)
