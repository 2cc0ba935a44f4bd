"""What the timeoff module refuses."""

from angarium.kernel.errors import Conflict, Forbidden, Invalid, Missing


class NoEmployee(Missing):
    """There is no such employee, or you may not see them."""

    code = "no_employee"


class NoDepartment(Missing):
    """There is no such department, or you may not see it."""

    code = "no_department"


class NoRequest(Missing):
    """There is no such request, or you may not see it."""

    code = "no_request"


class NoRate(Missing):
    """There is no such rate, or you may not see it."""

    code = "no_rate"


class NoHoliday(Missing):
    """The calendar has no such day."""

    code = "no_holiday"


class NoDelegation(Missing):
    """There is no such delegation, or you may not see it."""

    code = "no_delegation"


class UnknownEmployee(Invalid):
    """There is no such employee, or you may not see them."""

    code = "unknown_employee"


class UnknownDepartment(Invalid):
    """There is no such department."""

    code = "unknown_department"


class EndsBeforeItStarts(Invalid):
    """The last day is before the first."""

    code = "ends_before_it_starts"


class OutsideEmployment(Invalid):
    """The days are before the employee was hired or after they left."""

    code = "outside_employment"


class NoHolidayThen(Invalid):
    """None of these days is a public holiday or a day off, so there is no work on a holiday to ask for."""

    code = "no_holiday_then"


class OutOfRange(Invalid):
    """The number is outside of what is allowed."""

    code = "out_of_range"


class Roundabout(Invalid):
    """Nobody can be their own manager, however many others are between."""

    code = "roundabout"


class NotYours(Forbidden):
    """You may read this, but not change it."""

    code = "not_yours"


class OwnRequest(Forbidden):
    """Nobody decides their own request."""

    code = "own_request"


class Overlapping(Conflict):
    """There is another request for some of these days."""

    code = "overlapping"


class NotEnoughDays(Conflict):
    """The balance has not that many days left."""

    code = "not_enough_days"


class AlreadyDecided(Conflict):
    """This request has been decided."""

    code = "already_decided"


class RatesOverlap(Conflict):
    """Another rate is valid on some of these days."""

    code = "rates_overlap"


class DayTaken(Conflict):
    """The calendar has an entry for this day; change that one."""

    code = "day_taken"


class InUse(Conflict):
    """Something else hangs on this, so it cannot be removed."""

    code = "in_use"


class LinkSpent(Conflict):
    """This link does not lead to a decision (any more): it is too old, or the request was taken back."""

    code = "link_spent"


class NotADraft(Conflict):
    """Only a draft can be edited or deleted; withdraw the request and make another one."""

    code = "not_a_draft"


class NoFeed(Missing):
    """There is no such calendar feed: it was ended, or it is not for you any more."""

    code = "no_feed"


class PeopleOnly(Forbidden):
    """Only people have calendar feeds; sign in, or use a token that acts for a person."""

    code = "people_only"


class OwnTerms(Forbidden):
    """Nobody enters their own rate, balance or terms of employment; somebody else does."""

    code = "own_terms"
