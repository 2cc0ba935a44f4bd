"""What the operations module refuses."""

from angarium.kernel.errors import AngariumError, Conflict, Forbidden, Missing, Unavailable


class NoTask(Missing):
    """There is no such task, or you may not see it."""

    code = "no_task"


class NotAReporter(Forbidden):
    """Work is claimed and reported by services and by staff."""

    code = "not_a_reporter"


class RunsHere(Conflict):
    """Work of this kind is done by this system's own workers; nobody else may claim it."""

    code = "not_claimable"


class KeyTaken(Conflict):
    """Another operation of this kind was created with this key."""

    code = "key_taken"


class TooManyReports(Unavailable):
    """More reports wait to be written than this server holds; nothing of yours was stored, report again in a moment."""

    code = "too_many_reports"


class NoToken(AngariumError):
    """Reports need a token, in the header Authorization."""

    code = "not_authenticated"


class NoPipeline(Missing):
    """There is no pipeline of this name."""

    code = "no_pipeline"


class NoRun(Missing):
    """There is no such run of a pipeline, or you may not see it."""

    code = "no_run"


class PipelineExists(Conflict):
    """There is a pipeline of this name, with other stages."""

    code = "pipeline_exists"


class PipelineRests(Conflict):
    """This pipeline is not active: no runs of it are started."""

    code = "pipeline_inactive"


class RunGoesOn(Conflict):
    """The run goes on or has succeeded; only one that failed or was cancelled is resumed."""

    code = "run_not_ended"


class RunEnded(Conflict):
    """The run has ended: nothing of it is open."""

    code = "run_ended"


class NotAllowedAnyMore(Forbidden):
    """Whoever asked for this may not do it any more."""

    code = "not_allowed_any_more"
