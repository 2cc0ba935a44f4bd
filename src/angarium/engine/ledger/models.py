"""The ledger's rows: heads, transitions, what is due, what failed, and how many of each there are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7

from . import among  # noqa: F401  registers the lookup that filters here use
from .rule import Head
from .states import TERMINAL, State


class Operation(models.Model):
    """Where one piece of work stands. `started_at` is its first claim, `parent` what it is a part of. Narrow and
    updated in place: nothing that changes is indexed, so that PostgreSQL keeps the updates within the page (HOT); what
    is open, due or failed is found through the side tables."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State.choices)
    stage = models.CharField(max_length=100, blank=True)
    progress_done = models.FloatField(null=True)
    progress_total = models.FloatField(null=True)
    progress_unit = models.CharField(max_length=20, blank=True, default="", db_default="")
    message = models.CharField(max_length=1000, blank=True)
    epoch = models.PositiveIntegerField(default=0)
    seq = models.PositiveBigIntegerField(default=0)
    claims = models.PositiveIntegerField(default=0)
    max_claims = models.PositiveIntegerField(default=5)
    worker = models.CharField(max_length=200, blank=True)
    input = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    output = models.JSONField(null=True)
    error = models.JSONField(null=True)
    actor = models.UUIDField(null=True)
    event_id = models.UUIDField(null=True)
    retry_of = models.UUIDField(null=True)
    parent = models.UUIDField(null=True)
    unique_key = models.CharField(max_length=500, null=True, unique=True)
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "id"], name="ledger_operation_kind"),
            models.Index(fields=["actor", "id"], condition=Q(actor__isnull=False), name="ledger_operation_actor"),
            models.Index(fields=["event_id"], condition=Q(event_id__isnull=False), name="ledger_operation_event"),
            models.Index(fields=["retry_of"], condition=Q(retry_of__isnull=False), name="ledger_operation_retry_of"),
            models.Index(fields=["parent", "id"], condition=Q(parent__isnull=False), name="ledger_operation_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def head(self) -> Head:
        return Head(self.state, self.epoch, self.seq)

    @property
    def version(self) -> str:
        """What a client names in If-Match: it changes with every report that is applied and every move."""
        return f"{self.epoch}.{self.seq}"

    @property
    def is_open(self) -> bool:
        return self.state not in TERMINAL


class Transition(models.Model):
    """One line of an operation's history; never changed. Empty fields changed nothing. It is written under the lock of
    its head, so the database need not look for that a second time, which would cost a third of a report; and found by
    the operation through the index of (operation, epoch, seq)."""

    class Verdict(models.TextChoices):
        APPLIED = "applied", _("applied")
        LATE = "late", _("late")

    id = models.BigAutoField(primary_key=True)
    operation = models.ForeignKey(
        Operation, models.CASCADE, related_name="transitions", db_constraint=False, db_index=False
    )
    epoch = models.PositiveIntegerField()
    seq = models.PositiveBigIntegerField()
    state = models.CharField(max_length=12, blank=True, choices=State.choices)
    stage = models.CharField(max_length=100, blank=True)
    progress_done = models.FloatField(null=True)
    progress_total = models.FloatField(null=True)
    progress_unit = models.CharField(max_length=20, blank=True, default="", db_default="")
    message = models.CharField(max_length=1000, blank=True)
    metadata = models.JSONField(null=True)
    output = models.JSONField(null=True)
    error = models.JSONField(null=True)
    worker = models.CharField(max_length=200, blank=True)
    verdict = models.CharField(max_length=8, default=Verdict.APPLIED, choices=Verdict.choices)
    digest = models.CharField(max_length=64, blank=True)
    event_id = models.UUIDField(null=True)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "epoch", "seq"], name="ledger_transition_once"),
            models.UniqueConstraint(
                fields=["operation", "event_id"],
                condition=Q(event_id__isnull=False),
                name="ledger_transition_event_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation_id} ({self.epoch}, {self.seq}) {self.state}"


class Due(models.Model):
    """Exactly one row for each open operation. `due_at` is when somebody must look at it again:

    to publish it (not claimed), or to take it back from a worker that fell silent (claimed: the end of its lease).
    Empty while it is paused. `since` is from when on it could have run, however often it was published meanwhile;
    `publishes` counts publications that no worker has answered by claiming. Without a `queue` it is never published:
    whoever works on it fetches it. `claim_key` is the digest of what whoever holds it sent with the claim.
    """

    operation = models.OneToOneField(Operation, models.CASCADE, primary_key=True, related_name="due")
    kind = models.CharField(max_length=200)
    queue = models.CharField(max_length=100, blank=True)
    order_key = models.CharField(max_length=300, blank=True)
    ordinal = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True)
    claimed = models.BooleanField(default=False)
    epoch = models.PositiveIntegerField(default=0)
    publishes = models.PositiveIntegerField(default=0)
    claim_key = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="ledger_due_at"),
            models.Index(
                fields=["kind", "order_key", "ordinal", "operation"],
                condition=~Q(order_key=""),
                name="ledger_due_order",
            ),
            models.Index(
                fields=["kind", "order_key"],
                condition=Q(claimed=True) & ~Q(order_key=""),
                name="ledger_due_held",
            ),
            models.Index(
                fields=["kind", "due_at"], condition=Q(queue="", claimed=False), name="ledger_due_to_be_fetched"
            ),
            models.Index(fields=["claim_key"], condition=~Q(claim_key=""), name="ledger_due_claim_key"),
        ]

    def __str__(self) -> str:
        return f"{self.operation_id} due {self.due_at}"


class DeadLetter(models.Model):
    """A failed operation that nobody has retried yet, with the reason."""

    operation = models.OneToOneField(Operation, models.CASCADE, primary_key=True, related_name="dead_letter")
    kind = models.CharField(max_length=200)
    reason = models.CharField(max_length=1000)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["kind", "operation"], name="ledger_dead_letter_kind")]

    def __str__(self) -> str:
        return f"{self.operation_id}: {self.reason}"


class Count(models.Model):
    """How many operations of a kind are in a state, up to the deltas not yet folded in."""

    kind = models.CharField(max_length=200)
    state = models.CharField(max_length=12)
    value = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "state"], name="ledger_count_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}: {self.value}"


class CountDelta(models.Model):
    """A change of a count, appended by the transaction that made it true; folded into Count by the sweeper."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=200)
    state = models.CharField(max_length=12)
    delta = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.kind} {self.state}: {self.delta:+d}"


class Tally(models.Model):
    """How often something harmless has happened, up to the deltas not yet folded in. See `tallies`."""

    name = models.CharField(max_length=20, primary_key=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class TallyDelta(models.Model):
    """A few more of them, appended; folded into Tally by the sweeper."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=20)
    delta = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.name}: {self.delta:+d}"


class Stretch(models.Model):
    """A stretch of all transitions whose operations got positions in the ledger's log together. See `log`.

    It covers the ids above `after` up to `upto` without the `missing` ones, and the `late` ones from before. Each
    operation in it has one position: those from `first` to `last`, in the order of their last transitions.
    """

    last = models.BigIntegerField(primary_key=True)
    first = models.BigIntegerField()
    after = models.BigIntegerField()
    upto = models.BigIntegerField()
    missing = models.JSONField(default=list)
    late = models.JSONField(default=list)
    at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


class Gap(models.Model):
    """The id of a transition that was not to be seen when those after it were: its transaction was still open, or had
    been rolled back. Once every transaction of before `horizon` has ended it can be told which."""

    id = models.BigIntegerField(primary_key=True)
    horizon = models.BigIntegerField()
    at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return str(self.id)
