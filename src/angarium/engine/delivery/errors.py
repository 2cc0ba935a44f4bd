"""What delivery refuses."""

from angarium.kernel.errors import Conflict, Missing


class NoDelivery(Missing):
    """There is no such delivery, or you may not see it."""

    code = "no_such_delivery"


class TooLate(Conflict):
    """This message is not waiting any more, so it cannot be called back."""

    code = "too_late"


class Overtaken(Conflict):
    """Somebody else moved this delivery meanwhile."""

    code = "overtaken"
    retryable = True


class NoSuppression(Missing):
    """There is no such suppression."""

    code = "no_such_suppression"
