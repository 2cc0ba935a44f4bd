"""What the list of operations is narrowed to: a form, its query string, and what of it can be said of many at once."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from angarium.engine.console.public import WallClock
from angarium.engine.ledger.public import TERMINAL, State, is_known
from angarium.modules.operations.bulk import Filter

OPEN = "open"
STATES = [("", _("any")), (OPEN, _("open")), *State.choices]
#: What is offered beyond the first line of the form.
MORE = ("stage", "worker", "text", "created_after", "created_before", "retries")
NAMES = ("q", "state", *MORE)


class Filters(forms.Form):
    """A cursor, `before`, goes on after an operation. Times are on the clock of `zone`."""

    q = forms.CharField(required=False, max_length=200, label=_("Kind or identifier"))
    state = forms.ChoiceField(required=False, choices=STATES, label=_("State"))
    stage = forms.CharField(required=False, max_length=100, label=_("Stage"))
    worker = forms.CharField(required=False, max_length=200, label=_("Worker"))
    text = forms.CharField(required=False, max_length=200, label=_("Text in the message"))
    created_after = WallClock(required=False, label=_("Accepted from"))
    created_before = WallClock(required=False, label=_("until"))
    retries = forms.BooleanField(required=False, label=_("Retries only"))
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, zone: zoneinfo.ZoneInfo) -> None:
        super().__init__(data)
        self.zone = zone

    def clean_created_after(self) -> datetime | None:
        return self._instant("created_after")

    def clean_created_before(self) -> datetime | None:
        return self._instant("created_before")

    def _instant(self, name: str) -> datetime | None:
        wall: datetime | None = self.cleaned_data[name]
        if wall is not None and not 1971 <= wall.year <= 9997:
            raise forms.ValidationError(_("Nothing was accepted in such a year."))
        return wall and wall.replace(tzinfo=self.zone)

    @property
    def said(self) -> dict[str, str]:
        """What was asked for, as it was written, without where a page begins."""
        return {name: self.data[name] for name in NAMES if self.data.get(name)}

    def query(self, **changes: str) -> str:
        """The query string of this filter with some of it changed, from its first page on."""
        return urlencode({name: value for name, value in {**self.said, **changes}.items() if value})

    @property
    def more(self) -> bool:
        """Is anything said beyond kind and state?"""
        return any(name in self.said for name in MORE)

    @property
    def identifier(self) -> UUID | None:
        return as_uuid(self.cleaned_data["q"])

    @property
    def kind(self) -> str:
        """The kind that is named in full; empty when it is the beginning of one, or an identifier."""
        words: str = self.cleaned_data["q"]
        return words if words and is_known(words) else ""

    @property
    def for_many(self) -> Filter | None:
        """The same for cancelling or retrying; None when it says what cannot be said there."""
        wanted = self.cleaned_data
        if wanted["text"] or wanted["retries"] or (wanted["q"] and not self.kind):
            return None
        names = ("stage", "worker", "created_after", "created_before")
        state = "" if wanted["state"] == OPEN else wanted["state"]
        return Filter(kind=self.kind, state=state, **{name: wanted[name] for name in names})

    @property
    def scans(self) -> bool:
        """Is there no index for what is asked?"""
        wanted = self.cleaned_data
        begins = wanted["q"] and not self.kind and self.identifier is None
        searched = any(wanted[name] for name in ("stage", "worker", "text", "retries"))
        return bool(begins or searched or wanted["state"] in TERMINAL)


def as_uuid(words: str) -> UUID | None:
    try:
        return UUID(words)
    except ValueError:
        return None
