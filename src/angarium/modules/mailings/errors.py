"""What the mailings module refuses."""

from angarium.kernel.errors import Conflict, Forbidden, Invalid, Missing


class NoMailer(Missing):
    """There is no such mailing, or you may not see it."""

    code = "no_mailer"


class NoClient(Missing):
    """There is no such client, or you may not see it."""

    code = "no_client"


class NoMessage(Missing):
    """There is no such message, or you may not see it."""

    code = "no_message"


class NoImport(Missing):
    """There is no such import, or you may not see it."""

    code = "no_import"


class NotYours(Forbidden):
    """You may read this, but not change it."""

    code = "not_yours"


class PhoneTaken(Invalid):
    """Another client has this phone number."""

    code = "phone_taken"


class BadSpan(Invalid):
    """A mailing must end after it starts, and not in the past."""

    code = "bad_span"


class BadWindow(Invalid):
    """A window needs both its start and its end, or neither."""

    code = "bad_window"


class NothingFailed(Conflict):
    """Nothing of this mailing has failed."""

    code = "nothing_failed"


class TooLate(Conflict):
    """The mailing's finish has passed; move it first."""

    code = "too_late"


class OptedOut(Conflict):
    """This client is not to be written to, also not for a test."""

    code = "opted_out"
