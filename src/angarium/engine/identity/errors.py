"""What identity refuses."""

from angarium.kernel.errors import Conflict, Missing


class TokenExists(Conflict):
    """There is a token of this name; revoke it first or take another name."""

    code = "token_exists"


class NoSuchToken(Missing):
    """There is no token of this name that is still good."""

    code = "no_such_token"


class NoSuchPerson(Missing):
    """There is no person of this username."""

    code = "no_such_person"
