"""What pipelines and their runs look like over HTTP."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from angarium.engine.api.public import Integer, Moment, Shape, SingleLineText
from angarium.modules.operations.definitions import MOST_STAGES, declared
from angarium.modules.operations.models import RUNS, Pipeline
from angarium.modules.operations.pipelines import RunState, StageCourse
from angarium.modules.operations.runs import RunNow

from .fields import JsonObject

#: Seconds; a year.
LONGEST_STAGE = 366 * 24 * 3600


class StageShape(Shape):
    """A stage: work of this kind, the name of a type of task. How long it should take says its type, if nothing is said
    here."""

    name = SingleLineText(max_length=100)
    kind = SingleLineText(max_length=100)
    expected_seconds = Integer(min_value=0, max_value=LONGEST_STAGE, required=False, allow_null=True)


class Stages(Shape):
    """The stages of a pipeline in their order."""

    stages = serializers.ListField(child=StageShape(), min_length=1, max_length=MOST_STAGES)


class NewPipeline(Stages):
    """A pipeline, by its name. `runs` is none."""

    name = serializers.RegexField(rf"^(?!{RUNS}$)[a-z][a-z0-9_.]{{0,99}}$")


class PipelineShape(serializers.Serializer[Any]):
    """A pipeline as it is declared. Runs keep the stages that they began with."""

    name = serializers.CharField()
    stages = serializers.SerializerMethodField()
    is_active = serializers.BooleanField()
    created_at = Moment()

    def get_stages(self, pipeline: Pipeline) -> list[dict[str, Any]]:
        return [dict(StageShape(one).data) for one in declared(pipeline)]


class NewRun(Shape):
    """What the run is given. Asked twice with one `key` it is one run."""

    input = JsonObject(required=False)
    key = SingleLineText(max_length=200, required=False)


class RunFilter(Shape):
    """The query string of the list of runs."""

    pipeline = SingleLineText(max_length=100, required=False)
    state = serializers.ChoiceField(choices=[one.value for one in RunState], required=False)


class StageOfRun(serializers.Serializer[StageCourse]):
    """A stage of a run: where its newest operation stands (null before there is one), and the seconds that all of its
    operations waited and ran. It is stuck when it has waited or run for more than three times what is expected, and
    more than ten seconds."""

    name = serializers.CharField(source="stage.name")
    kind = serializers.CharField(source="stage.kind")
    expected_seconds = Integer(source="stage.expected_seconds", allow_null=True)
    state = serializers.CharField(allow_null=True)
    operation = serializers.UUIDField(allow_null=True)
    operations = Integer()
    waiting_seconds = serializers.FloatField(source="waiting")
    running_seconds = serializers.FloatField(source="running")
    stuck = serializers.BooleanField()
    started_at = Moment(allow_null=True)
    finished_at = Moment(allow_null=True)


class RunShape(serializers.Serializer[RunNow]):
    """A run, and where it stands: `stage` is the one that is open or that ended it, null when it has succeeded."""

    id = serializers.UUIDField(source="row.id")
    pipeline = serializers.CharField(source="row.pipeline")
    state = serializers.ChoiceField(choices=[one.value for one in RunState], source="course.state")
    stage = serializers.SerializerMethodField()
    stuck = serializers.BooleanField(source="course.stuck")
    actor = serializers.UUIDField(source="row.actor", allow_null=True)
    created_at = Moment(source="row.created_at")
    finished_at = Moment(source="course.finished_at", allow_null=True)
    stages = StageOfRun(source="course.stages", many=True)

    def get_stage(self, run: RunNow) -> str | None:
        return run.course.stage.stage.name if run.course.stage else None


class RunWithInput(RunShape):
    """The same, with what it was given."""

    input = JsonObject(source="row.input", read_only=True)


class BacklogOfStage(serializers.Serializer[Any]):
    """What is open in a stage now, of all runs that you may see, and how many seconds it took of late from the first
    claim to success: the median and nine of ten."""

    name = serializers.CharField(source="stage.name")
    kind = serializers.CharField(source="stage.kind")
    expected_seconds = Integer(source="stage.expected_seconds", allow_null=True)
    waiting = Integer()
    running = Integer()
    paused = Integer()
    stuck = Integer()
    p50_seconds = serializers.FloatField(allow_null=True)
    p90_seconds = serializers.FloatField(allow_null=True)


class BacklogShape(serializers.Serializer[Any]):
    """Where the work of a pipeline waits now."""

    pipeline = serializers.CharField()
    stages = BacklogOfStage(many=True)
