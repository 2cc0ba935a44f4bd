"""What the HTTP interface itself refuses."""

from angarium.kernel.errors import AngariumError, Invalid, Unprocessable


class Malformed(Invalid):
    """The body is not JSON as RFC 8259 defines it."""

    code = "malformed"


class TooLarge(AngariumError):
    """The body is larger than this server takes."""

    code = "too_large"


class KeyReused(Unprocessable):
    """This Idempotency-Key was used for another request; take a new key for a new request."""

    code = "idempotency_key_reused"
