"""Asking for an export: a form made of the dataset's filters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from angarium.engine.api.public import Moment
from angarium.engine.console.forms import WallClock, fill
from angarium.engine.console.page import page, signed_in, zone_of
from angarium.engine.exports.public import Dataset, Export, Format, ask, offered
from angarium.engine.identity.public import Principal, principal_of

#: Filters may be called as the form's own fields are.
PREFIX = "filter-"
_TRUTH = {"true": True, "false": False}


class Asking(forms.Form):
    """The filters of a dataset, then as what and for whom."""

    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=Format.choices)
    email = forms.EmailField(label=gettext_lazy("Send it to"), required=False, max_length=254)

    def __init__(self, of: Dataset, by: Principal, own: str, data: Any, zone: Any) -> None:
        super().__init__(data)
        self.of, self.zone = of, zone
        mine = {f"{PREFIX}{name}": _field(field) for name, field in of.filters().fields.items()}
        self.fields = {**mine, **self.fields}
        address = self.fields["email"]
        address.initial = own
        address.disabled = not by.is_staff
        address.help_text = _("Empty: nobody is written to, and you fetch the file here.") if by.is_staff else ""

    def clean(self) -> dict[str, Any]:
        """The filters as their shape checks them; what it refuses stands beside its field."""
        names = [str(name) for name in self.of.filters().fields]
        given = {name: value for name in names if (value := self._given(name)) not in ("", None, [])}
        reading = self.of.reading(given, from_text=True)
        self.given, self.checked = given, {}
        if reading.is_valid():
            self.checked = dict(reading.validated_data)
        for name, sentences in reading.errors.items():
            field = f"{PREFIX}{name}"
            self.add_error(field if field in self.fields else None, str(_first(sentences)))
        return dict(self.cleaned_data)

    def _given(self, name: str) -> Any:
        """What was entered, as JSON has it."""
        value = self.cleaned_data.get(f"{PREFIX}{name}")
        field = self.of.filters().fields[name]
        if isinstance(field, serializers.BooleanField):
            return _TRUTH.get(str(value))
        if isinstance(field, serializers.ListField):
            return [word.strip() for word in str(value or "").split(",") if word.strip()]
        if isinstance(value, datetime):
            return value.replace(tzinfo=self.zone).isoformat()
        return value.isoformat() if isinstance(value, date) else value


def _first(sentences: Any) -> Any:
    found = next(iter(sentences.values())) if isinstance(sentences, dict) else sentences
    return found[0] if isinstance(found, list) else found


def _field(of: serializers.Field[Any, Any, Any, Any]) -> forms.Field:
    """The form's field for one of a shape; what is no special case is text."""
    facts: dict[str, Any] = {"required": of.required, "label": of.label, "help_text": of.help_text or ""}
    match of:
        case serializers.BooleanField():
            return forms.ChoiceField(choices=[("", _("any")), ("true", _("yes")), ("false", _("no"))], **facts)
        case serializers.ChoiceField():
            first = [] if of.required else [("", _("any"))]
            return forms.ChoiceField(choices=[*first, *of.choices.items()], **facts)
        case serializers.IntegerField():
            return forms.IntegerField(min_value=of.min_value, max_value=of.max_value, **facts)
        case serializers.DateField():
            return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **facts)
        case Moment():
            return WallClock(**facts)
    return forms.CharField(max_length=1000, **facts)


@signed_in
def enter(request: HttpRequest, name: str) -> HttpResponseBase:
    by = principal_of(request)
    of = next((one for one in offered(by) if one.name == name), None)
    if of is None:
        raise Http404
    form = Asking(of, by, str(getattr(request.user, "email", "")), request.POST or None, zone_of(request))
    row = fill(form, lambda: _ask(request, form, by))
    if row is not None:
        return redirect("console:export", id=row.id)
    return page(request, "console/exports/new.html", {"of": of, "form": form}, status=422 if form.errors else 200)


def _ask(request: HttpRequest, form: Asking, by: Principal) -> Export:
    return ask(
        form.of,
        by=by,
        filters=form.given,
        checked=form.checked,
        format=form.cleaned_data["format"],
        email=form.cleaned_data["email"] or "",
        site=request.build_absolute_uri("/"),
    )
