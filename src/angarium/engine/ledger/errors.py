"""What the ledger refuses."""

from angarium.kernel.errors import Conflict, Invalid, Missing


class UnknownKind(Invalid):
    """No task of this name is known here."""

    code = "unknown_kind"


class NoOperation(Missing):
    """There is no such operation, or you may not see it."""

    code = "no_operation"


class LeaseLost(Conflict):
    """This epoch is over: the operation was given to another worker, cancelled or paused. Stop working on it."""

    code = "lease_lost"


class NotClaimed(Conflict):
    """This epoch was never given out: claim the operation first."""

    code = "not_claimed"


class OtherBody(Conflict):
    """This (epoch, seq) was already reported with another body."""

    code = "other_body"


class AlreadyFinal(Conflict):
    """The operation has ended; its state never changes again."""

    code = "already_final"


class NotReportable(Conflict):
    """The operation is not running; claim it before you report."""

    code = "not_running"


class NotClaimable(Conflict):
    """The operation cannot be claimed now."""

    code = "not_claimable"


class NotPaused(Conflict):
    """The operation is not paused; only a paused one can be resumed."""

    code = "not_paused"


class StillOpen(Conflict):
    """The operation has not ended; only an ended one can be retried by hand."""

    code = "still_open"
