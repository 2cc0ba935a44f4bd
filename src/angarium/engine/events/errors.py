"""What the event log refuses."""

from angarium.kernel.errors import AngariumError


class OutsideTransaction(AngariumError):
    """An event can only be published inside the transaction that makes it true: use transaction.atomic()."""

    code = "outside_transaction"


class Untrackable(AngariumError):
    """This way of writing would bypass the event log."""

    code = "untrackable"
