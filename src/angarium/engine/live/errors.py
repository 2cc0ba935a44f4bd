"""What the live part refuses before a connection is made."""

from angarium.kernel.errors import Forbidden, Invalid, Unavailable


class TokenInAddress(Invalid):
    """A token never stands in an address: send it in the first message, or as Authorization: Bearer."""

    code = "token_in_address"


class OtherOrigin(Forbidden):
    """This page comes from another origin, which may not connect here."""

    code = "other_origin"


class TooOften(Unavailable):
    """There were too many attempts to connect from this address; wait before the next one."""

    code = "too_often"


class Unidentified(Forbidden):
    """Sign in, or send a token."""

    code = "unidentified"


class NotUnderstood(Invalid):
    """This message is not one of those that docs/reference/live.md describes."""

    code = "not_understood"
