"""The rows: clients, mailings, a message for each client of a mailing, and what is counted of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from angarium.engine.events.public import TrackedModel, TrackedQuerySet, tracked
from angarium.engine.identity.public import validate_timezone
from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7

from . import lifecycle
from .errors import TooLate
from .lifecycle import (
    ALIVE,
    IMPORT_LIFECYCLE,
    LIFECYCLE,
    OPEN,
    UNSENT,
    ImportState,
    MailerSnapshot,
    MessageState,
    Reason,
    State,
)
from .windows import EVERY_DAY, Window, mask_of, weekdays_of

LONGEST_CONTENT = 10_000
YEARS = range(1970, 9999)
phone_number = RegexValidator(r"\A7[0-9]{10}\Z", _("A phone number has 11 digits and begins with 7."), code="phone")
three_digits = RegexValidator(r"\A[0-9]{3}\Z", _("An operator code has three digits."), code="operator_code")


def within_reason(moment: datetime) -> None:
    """Django validator: a moment around which zones can be reckoned."""
    if moment.year not in YEARS:
        raise ValidationError(_("The year is out of range; it lies between 1970 and 9998."), code="range")


class Dated(models.Model):
    """When the row was made and last changed, whichever columns a save writes."""

    created_at = models.DateTimeField(_("created"), default=now, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=now, editable=False)

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        self.updated_at = now()
        if options.get("update_fields"):
            options["update_fields"] = {*options["update_fields"], "updated_at"}
        super().save(**options)


class Client(Dated):
    """Somebody who may be written to. One that was deleted keeps its row, since messages tell of it; its number is free
    then. `opted_out_at` is since when it is not to be written to."""

    id = models.BigAutoField(primary_key=True)
    phone = models.CharField(_("phone"), max_length=11, validators=[phone_number])
    operator_code = models.CharField(_("operator code"), max_length=3, validators=[three_digits])
    tag = models.CharField(_("tag"), max_length=100, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    opted_out_at = models.DateTimeField(_("not to be written to since"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["phone"],
                condition=Q(deleted_at__isnull=True),
                name="mailings_client_phone",
                violation_error_message=_("Another client has this phone number."),
                violation_error_code="phone_taken",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tag", "id"], condition=Q(deleted_at__isnull=True), name="mailings_client_tag"),
            models.Index(
                fields=["operator_code", "id"], condition=Q(deleted_at__isnull=True), name="mailings_client_code"
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    def save(self, **options: Any) -> None:
        """However a client is entered, its operator code is that of its phone unless it is given."""
        self.operator_code = self.operator_code or self.phone[1:4]
        super().save(**options)

    @property
    def masked(self) -> str:
        """The number as it may stand in a log."""
        return masked(self.phone)


def masked(phone: str) -> str:
    """`7900***4567`: enough to recognise a number that one knows, and no more."""
    return f"{phone[:4]}***{phone[-4:]}"


@tracked(by=lifecycle.events_of, snapshot=MailerSnapshot)
class Mailer(TrackedModel, Dated):
    """A mailing: what is said, to which clients, and in which span of time. An empty `tag` or `operator_code` asks for
    nothing, both mean clients that fit both."""

    id = models.BigAutoField(primary_key=True)
    start = models.DateTimeField(_("start"), validators=[within_reason])
    finish = models.DateTimeField(_("finish"), validators=[within_reason])
    content = models.TextField(_("content"), max_length=LONGEST_CONTENT)
    tag = models.CharField(_("tag"), max_length=100, blank=True)
    operator_code = models.CharField(_("operator code"), max_length=3, blank=True, validators=[three_digits])
    window_start = models.TimeField(_("window from"), null=True, blank=True)
    window_end = models.TimeField(_("window until"), null=True, blank=True)
    weekdays = models.PositiveSmallIntegerField(_("weekdays"), default=mask_of(EVERY_DAY))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED)

    objects: ClassVar[models.Manager[Mailer]] = models.Manager.from_queryset(TrackedQuerySet["Mailer"])()  # type: ignore[assignment]

    class Meta(TrackedModel.Meta):
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=LIFECYCLE.states), name="mailings_mailer_state"),
            models.CheckConstraint(condition=Q(finish__gt=models.F("start")), name="mailings_mailer_span"),
            models.CheckConstraint(condition=~Q(content=""), name="mailings_mailer_content"),
            models.CheckConstraint(condition=Q(weekdays__range=(1, 127)), name="mailings_mailer_weekdays"),
            models.CheckConstraint(
                condition=Q(window_start__isnull=True, window_end__isnull=True)
                | Q(window_start__isnull=False, window_end__isnull=False),
                name="mailings_mailer_window",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "id"], name="mailings_mailer_by_state")]

    def __str__(self) -> str:
        return self.content[:60]

    @property
    def window(self) -> Window:
        return Window(self.window_start, self.window_end, weekdays_of(self.weekdays))

    @property
    def snapshot(self) -> MailerSnapshot:
        return MailerSnapshot(**{field.name: getattr(self, field.name) for field in fields(MailerSnapshot)})

    @property
    def wish(self) -> str:
        """What a plan depends on, as a text that changes with it: whom, and when; not what is said."""
        whom = (self.tag, self.operator_code)
        when = [at.astimezone(UTC).isoformat() for at in (self.start, self.finish)]
        return "|".join(str(part) for part in (*whom, *when, self.window_start, self.window_end, self.weekdays))

    @property
    def allowed(self) -> tuple[str, ...]:
        """The states that may follow."""
        return LIFECYCLE.moves[self.state]

    @property
    def is_alive(self) -> bool:
        return self.state in ALIVE

    def move(self, to: str) -> None:
        """Take the mailing to another state. IllegalMove names what would be allowed."""
        LIFECYCLE.check(self.state, to)
        self.state = to

    def go_on(self, at: datetime) -> None:
        """Let it go on from where it was paused, has finished or was planned to: by its start, planned or sending.
        TooLate once its finish has passed."""
        if self.finish <= at:
            raise TooLate
        self.move(State.PLANNED if at < self.start else State.SENDING)


class Message(models.Model):
    """What one client gets of one mailing. Its number is the one that the sender knows it by, at every attempt.

    `due_at` is when somebody must look at it again: to send it, or while it is `sending` to take it from a worker that
    fell silent. `attempts` counts calls and is the fencing token: an answer to an older one changes nothing.
    `deferred_until` is what its window last made it wait for, `answer` what the sender said last. Mailings and clients
    keep their rows, so the database need not look for both with each of a million messages.
    """

    id = models.BigAutoField(primary_key=True)
    mailer = models.ForeignKey(Mailer, models.PROTECT, related_name="messages", db_index=False, db_constraint=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="messages", db_index=False, db_constraint=False)
    state = models.CharField(_("state"), max_length=10, choices=MessageState.choices, default=MessageState.QUEUED)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True, default="")
    due_at = models.DateTimeField(_("due"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    answer = models.CharField(_("answer"), max_length=200, blank=True, default="")
    deferred_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("created"), default=now)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mailer", "client"], name="mailings_message_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["mailer", "due_at", "id"], condition=Q(state__in=sorted(OPEN)), name="mailings_message_due"
            ),
            models.Index(fields=["mailer", "id"], name="mailings_message_of"),
            models.Index(
                fields=["mailer", "state", "id"], condition=Q(state__in=sorted(UNSENT)), name="mailings_message_unsent"
            ),
            models.Index(fields=["client", "id"], name="mailings_message_client"),
        ]

    def __str__(self) -> str:
        return f"{self.mailer_id}/{self.id}: {self.state}"


class Attempt(models.Model):
    """A call that did not end well, or a worker that never said how it ended. Those that did are in their message."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, models.CASCADE, related_name="failures")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(default=now)
    seconds = models.FloatField(null=True)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    answer = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.message_id}, {self.number}: {self.reason}"


class Count(models.Model):
    """How many messages of a mailing are in a state for a reason; exact, written with what it counts."""

    id = models.BigAutoField(primary_key=True)
    mailer = models.ForeignKey(Mailer, models.CASCADE, related_name="counts", db_index=False)
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=20, blank=True)
    value = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mailer", "state", "reason"], name="mailings_count_once")
        ]

    def __str__(self) -> str:
        return f"{self.mailer_id} {self.state} {self.reason}: {self.value}"


class Minute(models.Model):
    """What one mailing did in one minute."""

    id = models.BigAutoField(primary_key=True)
    mailer = models.ForeignKey(Mailer, models.CASCADE, related_name="minutes", db_index=False)
    at = models.DateTimeField()
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailer", "at"], name="mailings_minute_once")]

    def __str__(self) -> str:
        return f"{self.mailer_id} {self.at:%H:%M}: {self.sent}"


class Shift(models.Model):
    """By how much the number of a mailing's messages in one state changed in one minute; exact, as `Count` is."""

    id = models.BigAutoField(primary_key=True)
    mailer = models.ForeignKey(Mailer, models.CASCADE, related_name="shifts", db_index=False)
    at = models.DateTimeField()
    state = models.CharField(max_length=10)
    change = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailer", "at", "state"], name="mailings_shift_once")]

    def __str__(self) -> str:
        return f"{self.mailer_id} {self.at:%H:%M} {self.state}: {self.change:+}"


class Plan(models.Model):
    """For which wish (`Mailer.wish`) a mailing's messages were last planned and when; the operation that sends them."""

    mailer = models.OneToOneField(Mailer, models.CASCADE, primary_key=True, related_name="plan")
    wish = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField(null=True)
    operation = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"{self.mailer_id}: {self.wish}"


class Sitting(models.Model):
    """A worker that sends messages of a mailing right now, until when it can be believed to, and the version of the
    mailing that it has seen: whoever stops a mailing waits until it has seen that."""

    operation = models.UUIDField(primary_key=True)
    mailer = models.ForeignKey(Mailer, models.CASCADE, related_name="sittings")
    version = models.PositiveBigIntegerField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.mailer_id} by {self.operation}"


class Import(models.Model):
    """A file of clients that was uploaded, what its columns are, and how far it was read; what a row of it became is
    counted with what was written. `file` is what its files are called, `lines` about how many rows it has, `rows` how
    many were read, `errors_size` how many bytes of the file of errors are committed."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=255)
    file = models.UUIDField(default=uuid7)
    size = models.BigIntegerField()
    lines = models.BigIntegerField()
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1)
    has_header = models.BooleanField()
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED)
    rows = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    wrong = models.BigIntegerField(default=0)
    errors_size = models.BigIntegerField(default=0)
    operation = models.UUIDField(null=True)
    because = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=IMPORT_LIFECYCLE.states), name="mailings_import_state")
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    def move(self, to: str) -> None:
        """Take the import to another state. IllegalMove names what would be allowed."""
        IMPORT_LIFECYCLE.check(self.state, to)
        self.state = to


def zeros(counts: Mapping[str, int]) -> dict[str, int]:
    """Every state with its number, also where that is 0."""
    return {state: counts.get(state, 0) for state in MessageState.values}
