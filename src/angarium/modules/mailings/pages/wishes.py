"""The form of a mailing: what is said, to whom and when, times on the reader's own clock."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from angarium.engine.console.public import WallClock
from angarium.kernel.clock import now
from angarium.modules.mailings.models import LONGEST_CONTENT, Mailer, three_digits
from angarium.modules.mailings.windows import EVERY_DAY, weekdays_of

from .weekdays import DAYS

FILLED = _("{tag}, {phone} and {operator_code} are filled in for each client.")
#: How long a new mailing may take unless another finish is said.
DAY = timedelta(days=1)


class Content(forms.CharField):
    """A text as it was written; a browser's line ends count as one character, as in the API."""

    def to_python(self, value: Any) -> str | None:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class Clock(forms.TimeField):
    """A time of the day, in whole minutes or with seconds."""

    input_formats = ("%H:%M", "%H:%M:%S")
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class Whom(forms.Form):
    """Which clients get it."""

    tag = forms.CharField(
        required=False,
        max_length=100,
        label=_("Tag"),
        widget=forms.TextInput(attrs={"list": "tags", "autocomplete": "off"}),
    )
    operator_code = forms.CharField(
        required=False,
        max_length=3,
        label=_("Operator code"),
        validators=[three_digits],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class MailingForm(Whom):
    """A mailing to be entered or edited. Times without an offset are on the clock of `zone`."""

    content = Content(
        max_length=LONGEST_CONTENT, label=_("Text"), widget=forms.Textarea(attrs={"rows": 4}), help_text=FILLED
    )
    start = WallClock(label=pgettext_lazy("mailing", "Start"), help_text=_("A start that has passed means at once."))
    finish = WallClock(label=_("Finish"), help_text=_("After it no message is sent."))
    window_start = Clock(required=False, label=pgettext_lazy("a time", "From"))
    window_end = Clock(required=False, label=_("until"))
    weekdays = forms.TypedMultipleChoiceField(
        coerce=int,
        choices=DAYS,
        label=_("On these days"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, zone: zoneinfo.ZoneInfo, mailer: Mailer | None = None) -> None:
        super().__init__(data, initial=shown(mailer, zone) if mailer else begun(zone))
        self.zone = zone

    def clean_start(self) -> datetime:
        return self._instant("start")

    def clean_finish(self) -> datetime:
        return self._instant("finish")

    def _instant(self, name: str) -> datetime:
        wall: datetime = self.cleaned_data[name]
        if not 1970 <= wall.year <= 9998:
            raise forms.ValidationError(_("The year is out of range; it lies between 1970 and 9998."))
        moment = wall.replace(tzinfo=self.zone)
        if moment.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != wall:
            sentence = _("There is no such time in {zone}: the clocks jump over it.")
            raise forms.ValidationError(str(sentence).format(zone=self.zone.key))
        return moment

    @property
    def wishes(self) -> dict[str, Any]:
        """All that was said, as arguments of an action."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    @property
    def seen(self) -> int | None:
        """The version that the form showed."""
        version: int | None = self.cleaned_data["version"]
        return version

    @property
    def changes(self) -> dict[str, Any]:
        """What differs from how the form was shown."""
        return {name: self.wishes[name] for name in self.changed_data if name != "version"}


def shown(mailer: Mailer, zone: zoneinfo.ZoneInfo) -> dict[str, Any]:
    """A mailing as the form shows it, in whole minutes."""
    names = ("content", "tag", "operator_code", "window_start", "window_end", "version")
    times = {name: _wall(getattr(mailer, name), zone) for name in ("start", "finish")}
    return {
        **{name: getattr(mailer, name) for name in names},
        **times,
        "weekdays": sorted(weekdays_of(mailer.weekdays)),
    }


def begun(zone: zoneinfo.ZoneInfo) -> dict[str, Any]:
    """What a new mailing begins with: now, for a day, at any hour of any day."""
    start = now()
    return {"start": _wall(start, zone), "finish": _wall(start + DAY, zone), "weekdays": sorted(EVERY_DAY)}


def _wall(instant: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
