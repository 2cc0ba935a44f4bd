"""What the module keeps of its own: types of tasks, pipelines and their runs, saved views; and tasks, which are
operations of the ledger."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from angarium.engine.ledger.public import Operation, kinds
from angarium.kernel.clock import now
from angarium.kernel.ids import uuid7

from .lifecycle import Status, status_of

#: The kind of the literal tasks.
TASK = "operations.task"
LONGEST_LEASE, LONGEST_EXPECTED = 24 * 60 * 60, 366 * 24 * 60 * 60
#: Where the runs of all pipelines are found, beside the pipelines themselves.
RUNS = "runs"

kind_name = RegexValidator(r"\A[a-z][a-z0-9_.]{0,99}\Z", _("Small latin letters, digits, _ and dots; a letter first."))
queue_name = RegexValidator(r"\A[a-z][a-z0-9_.-]{0,99}\Z", _("Small latin letters, digits, _, - and dots."))
single_line = RegexValidator(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", _("Control characters and line breaks do not belong here."), inverse_match=True
)


def not_of_the_code(name: str) -> None:
    """A kind that this system's own code runs cannot be given to somebody else by a row."""
    if name in kinds():
        raise ValidationError(_("This is the name of a task of the system itself."), code="taken")


class TaskTypes(models.Manager["TaskType"]):
    """Found by their names in fixtures, so that loading one twice changes rows and doubles none."""

    def get_by_natural_key(self, name: str) -> TaskType:
        return self.get(name=name)


class TaskType(models.Model):
    """A kind of operation that services work on. Without a queue it is never published: they fetch it by HTTP."""

    name = models.CharField(_("name"), max_length=100, unique=True, validators=[kind_name, not_of_the_code])
    queue = models.CharField(_("queue"), max_length=100, blank=True, default="processor", validators=[queue_name])
    max_claims = models.PositiveSmallIntegerField(
        _("most claims"), default=5, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    lease_seconds = models.PositiveIntegerField(
        _("lease, seconds"), default=30, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_LEASE)]
    )
    expected_seconds = models.PositiveIntegerField(
        _("expected, seconds"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_EXPECTED)]
    )
    description = models.TextField(_("description"), blank=True, max_length=2000)
    is_active = models.BooleanField(_("active"), default=True)

    objects = TaskTypes()

    class Meta:
        verbose_name, verbose_name_plural = _("task type"), _("task types")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(max_claims__range=(1, 100)), name="operations_type_claims"),
            models.CheckConstraint(condition=Q(lease_seconds__range=(1, LONGEST_LEASE)), name="operations_type_lease"),
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.name,)


class Pipelines(models.Manager["Pipeline"]):
    """Found by their names in fixtures."""

    def get_by_natural_key(self, name: str) -> Pipeline:
        return self.get(name=name)


class Pipeline(models.Model):
    """A definition that runs are made from; a run keeps the stages that it began with."""

    name = models.CharField(_("name"), max_length=100, unique=True, validators=[kind_name])
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)

    objects = Pipelines()

    class Meta:
        verbose_name, verbose_name_plural = _("pipeline"), _("pipelines")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.name == RUNS:
            raise ValidationError({"name": f"No pipeline is called {RUNS}: the runs of all of them are found there."})

    def natural_key(self) -> tuple[str]:
        return (self.name,)


class PipelineStages(models.Manager["PipelineStage"]):
    """Found by their places in fixtures."""

    def get_by_natural_key(self, pipeline: str, ordinal: int) -> PipelineStage:
        return self.get(pipeline__name=pipeline, ordinal=ordinal)


class PipelineStage(models.Model):
    """One stage: which kind of operation it is, and how long that should take."""

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages", verbose_name=_("pipeline"))
    ordinal = models.PositiveSmallIntegerField(_("place"))
    name = models.CharField(_("name"), max_length=100, validators=[single_line])
    kind = models.CharField(_("kind"), max_length=100)
    expected_seconds = models.PositiveIntegerField(
        _("expected, seconds"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_EXPECTED)]
    )

    objects = PipelineStages()

    class Meta:
        verbose_name, verbose_name_plural = _("stage"), _("stages")
        ordering = ["pipeline", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "ordinal"], name="operations_stage_place"),
            models.UniqueConstraint(fields=["pipeline", "name"], name="operations_stage_name"),
        ]

    def __str__(self) -> str:
        return f"{self.ordinal}. {self.name}"

    def natural_key(self) -> tuple[str, int]:
        return (*self.pipeline.natural_key(), self.ordinal)

    natural_key.dependencies = ["operations.pipeline"]  # type: ignore[attr-defined]


class PipelineRun(models.Model):
    """One run; never changed. Where it stands is a query over the operations whose `parent` it is; it is kept as long
    as there are any."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pipeline = models.CharField(_("pipeline"), max_length=100)
    stages = models.JSONField(default=list)
    input = models.JSONField(default=dict)
    actor = models.UUIDField(null=True)
    key = models.CharField(max_length=500, null=True, unique=True)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("pipeline run"), _("pipeline runs")
        indexes = [
            models.Index(fields=["pipeline", "id"], name="operations_run_pipeline"),
            models.Index(fields=["actor", "id"], condition=Q(actor__isnull=False), name="operations_run_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.pipeline} {self.id}"


class SavedView(models.Model):
    """A person's name for a query string of the list of operations."""

    person = models.UUIDField()
    name = models.CharField(_("name"), max_length=100, validators=[single_line])
    query = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(_("created"), default=now, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("saved view"), _("saved views")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="operations_view_once")]

    def __str__(self) -> str:
        return self.name


class Tasks(models.Manager["Task"]):
    """The operations that are literal tasks."""

    def get_queryset(self) -> models.QuerySet[Task]:
        return super().get_queryset().filter(kind=TASK)


class Task(Operation):
    """An operation of the kind `operations.task`, as the literal routes show it."""

    objects: ClassVar[Tasks] = Tasks()

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = _("task"), _("tasks")

    def __str__(self) -> str:
        return str(self.name)

    @property
    def task_id(self) -> Any:
        return self.id

    @property
    def name(self) -> str:
        return str(self.input.get("name", ""))

    @property
    def processing_time(self) -> int:
        """Seconds."""
        found = self.input.get("processing_time", 0)
        return found if isinstance(found, int) else 0

    @property
    def status(self) -> Status:
        return status_of(self.state, claimed=self.started_at is not None)
