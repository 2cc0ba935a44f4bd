"""The door of the ledger."""

from .claim import Claim, claim, renew
from .control import cancel, cancel_many, pause, resume, retry, retry_many
from .counters import counts, fold
from .depths import Depth, queue_depths
from .dispatch import NEXT_DUE, Call, as_instant, forget_published, next_due, reclaim, take_due, unpublished
from .errors import AlreadyFinal, LeaseLost, NoOperation, NotClaimable, NotPaused, StillOpen, UnknownKind
from .fetch import claim_due
from .fresh import claim_fresh, give_back, still_claimable
from .groups import report_together
from .kinds import Kind, find_kinds_by, is_known, is_remote, kind_named, kinds, register
from .log import LAST, Change, changes_after, prune_log
from .log import stamp as stamp_work
from .models import DeadLetter, Due, Operation, Transition
from .report import REFUSALS, Answer, report, report_many
from .retention import prune
from .rule import Head, Report, Verdict
from .session import limit_session
from .start import Work, bound_event, start, start_many
from .states import LIFECYCLE, TERMINAL, State
from .tallies import Harmless, fold_tallies, tallies, tally
from .write import on_end

__all__ = [
    "LAST",
    "LIFECYCLE",
    "NEXT_DUE",
    "REFUSALS",
    "TERMINAL",
    "AlreadyFinal",
    "Answer",
    "Call",
    "Change",
    "Claim",
    "DeadLetter",
    "Depth",
    "Due",
    "Harmless",
    "Head",
    "Kind",
    "LeaseLost",
    "NoOperation",
    "NotClaimable",
    "NotPaused",
    "Operation",
    "Report",
    "State",
    "StillOpen",
    "Transition",
    "UnknownKind",
    "Verdict",
    "Work",
    "as_instant",
    "bound_event",
    "cancel",
    "cancel_many",
    "changes_after",
    "claim",
    "claim_due",
    "claim_fresh",
    "counts",
    "find_kinds_by",
    "fold",
    "fold_tallies",
    "forget_published",
    "give_back",
    "is_known",
    "is_remote",
    "kind_named",
    "kinds",
    "limit_session",
    "next_due",
    "on_end",
    "pause",
    "prune",
    "prune_log",
    "queue_depths",
    "reclaim",
    "register",
    "renew",
    "report",
    "report_many",
    "report_together",
    "resume",
    "retry",
    "retry_many",
    "stamp_work",
    "start",
    "start_many",
    "still_claimable",
    "take_due",
    "tallies",
    "tally",
    "unpublished",
]
