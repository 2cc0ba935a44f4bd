"""What the projects module refuses."""

from angarium.kernel.errors import Conflict, Forbidden, Invalid, Missing


class NoProject(Missing):
    """There is no such project, or you may not see it."""

    code = "no_project"


class NoTask(Missing):
    """There is no such task, or you may not see it."""

    code = "no_task"


class NoComment(Missing):
    """There is no such comment, or you may not see it."""

    code = "no_comment"


class UnknownProject(Invalid):
    """There is no such project, or you may not see it."""

    code = "unknown_project"


class UnknownPerson(Invalid):
    """There is nobody of this name who may see the project."""

    code = "unknown_person"


class OtherColumn(Invalid):
    """The neighbour is not in the column to which the task is to go."""

    code = "other_column"


class LastOwner(Invalid):
    """A project keeps at least one owner; make somebody else one first."""

    code = "last_owner"


class NotYours(Forbidden):
    """You may read this, but not change it."""

    code = "not_yours"


class NobodyToTell(Missing):
    """Only people have choices of what they are told; you are none."""

    code = "nobody_to_tell"


class NoHook(Missing):
    """There is no such webhook, or you may not see it."""

    code = "no_hook"


class HookIsOff(Conflict):
    """This webhook is switched off; switch it on first."""

    code = "hook_off"


class StillUnderWay(Conflict):
    """This message is still being sent."""

    code = "still_under_way"


class TooManyHooks(Conflict):
    """There are as many webhooks as there may be; delete one first."""

    code = "too_many_hooks"
