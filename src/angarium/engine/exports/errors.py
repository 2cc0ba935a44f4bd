"""What exports refuse."""

from angarium.kernel.errors import AngariumError, Conflict, Forbidden, Invalid, Missing


class NoDataset(Invalid):
    """There is no dataset of this name."""

    code = "no_such_dataset"


class NoColumn(Invalid):
    """This dataset has no such column."""

    code = "no_such_column"


class NoExport(Missing):
    """There is no such export, or you may not see it."""

    code = "no_such_export"


class NoFile(Missing):
    """The file is not kept any more: its time is over, or it was taken back. Ask for it anew."""

    code = "export_gone"


class NotReady(Conflict):
    """The file is not there yet."""

    code = "export_not_ready"


class HasEnded(Conflict):
    """This export has ended, so it cannot be cancelled any more."""

    code = "export_ended"


class TooManyExports(Conflict):
    """You have as many exports under way as one may have; wait for one of them, or cancel one."""

    code = "too_many_exports"


class MayNotRead(Forbidden):
    """You may not read these rows."""

    code = "may_not_read"


class RightsChanged(Forbidden):
    """What you may read has changed since this file was built; ask for it anew."""

    code = "rights_changed"


class ForeignAddress(Forbidden):
    """You may have exports sent to your own address only."""

    code = "foreign_address"


class NotAsCounted(AngariumError):
    """The file has not as many rows as were counted."""

    code = "not_as_counted"
    retryable = True


class Stopped(AngariumError):
    """The building was stopped: somebody else does it by now, or it was cancelled."""

    code = "stopped"
