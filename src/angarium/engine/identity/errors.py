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


class LinkSpent(Conflict):
    """This link lets nobody in any more: it was used, withdrawn or has expired. Ask for a new one."""

    code = "link_spent"


class AlreadySetUp(Conflict):
    """This installation has its people; ask one of its administrators."""

    code = "already_set_up"


class AddressTaken(Conflict):
    """Somebody has this e-mail address already."""

    code = "address_taken"


class NameTaken(Conflict):
    """Somebody has this name already; choose another one."""

    code = "name_taken"


class NotInvited(Conflict):
    """This person has no invitation to send again or to withdraw: it was accepted."""

    code = "not_invited"


class WrongPassword(Conflict):
    """This is not your password."""

    code = "wrong_password"


class LastAdmin(Conflict):
    """This is the last administrator who can sign in; make somebody else one first."""

    code = "last_admin"


class NotYourself(Conflict):
    """You cannot deactivate yourself; another administrator can."""

    code = "not_yourself"
