"""What people, rates, days of the calendar and delegations look like over HTTP."""

from __future__ import annotations

from typing import Any, cast

from rest_framework import serializers

from angarium.engine.api.public import Boolean, Email, Integer, Moment, Shape, SingleLineText, Timezone
from angarium.engine.identity.public import Language
from angarium.modules.timeoff.lifecycle import DayKind, Role
from angarium.modules.timeoff.models import Employee
from angarium.modules.timeoff.rights import sight_of

from .fields import Day, Exact

MOST_ID = 2**31 - 1


def key(**options: Any) -> Integer:
    """The number of a row."""
    return Integer(**{"min_value": 1, "max_value": MOST_ID, **options})


class DepartmentShape(Shape):
    """A department. Its head decides for those in it who have no manager of their own."""

    id = Integer(read_only=True)
    name = SingleLineText(max_length=200)
    head_id = key(required=False, allow_null=True)
    parent_id = key(required=False, allow_null=True)


class EmployeeBody(Shape):
    """What of an employee can be written; they leave by a dismissal. `id` and `version` are ignored in a body."""

    id = Integer(read_only=True)
    name = SingleLineText()
    email = Email(required=False, allow_blank=True)
    department_id = key(required=False, allow_null=True)
    manager_id = key(required=False, allow_null=True)
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    hired_on = Day()
    timezone = Timezone(required=False)
    language = serializers.ChoiceField(choices=Language.choices, required=False, allow_blank=True)
    vacation_days = Integer(required=False)
    person = serializers.UUIDField(required=False, allow_null=True)
    version = Integer(read_only=True)


class EmployeeShape(EmployeeBody):
    """An employee, as far as whoever asks may see: what they may not is not there."""

    dismissed_on = Day(read_only=True)

    def to_representation(self, instance: Employee) -> dict[str, Any]:
        context = cast("dict[str, Any]", self.context)
        if "sight" not in context:
            context["sight"] = sight_of(context["view"].principal, many=True)
        seen = context["sight"].fields_of(instance)
        return {name: value for name, value in super().to_representation(instance).items() if name in seen}


class EmployeeFilter(Shape):
    """The query string of the list; `q` is a part of the name."""

    q = SingleLineText(required=False, allow_blank=True)
    department = key(required=False)
    manager = key(required=False)
    working_on = Day(required=False)


class DismissalShape(Shape):
    """The last day of work."""

    on = Day()


class RateShape(Shape):
    """What somebody's rate is, from `valid_from` to `valid_to` inclusive; null is until further notice. It is known
    from `recorded_at` to `superseded_at`."""

    id = Integer(read_only=True)
    employee_id = key()
    share = Exact(places=3)
    salary = Exact()
    valid_from = Day()
    valid_to = Day(required=False, allow_null=True)
    because = SingleLineText(required=False, allow_blank=True, max_length=500)
    recorded_at = Moment(read_only=True)
    superseded_at = Moment(read_only=True)
    recorded_by = serializers.UUIDField(read_only=True)


class RateBody(Shape):
    """A rate to be recorded. Without `valid_to` it holds until the next one that is known."""

    employee_id = key()
    share = Exact(places=3)
    salary = Exact()
    valid_from = Day()
    valid_to = Day(required=False, allow_null=True)
    because = SingleLineText(required=False, allow_blank=True, max_length=500)


class RateFilter(Shape):
    """The query string of the list: valid `on` that day, as known at that instant (now); with `history`, all that was
    ever recorded."""

    employee = key(required=False)
    on = Day(required=False)
    as_known_at = Moment(required=False)
    history = Boolean(required=False)


class HolidayShape(Shape):
    """A day that is not as its weekday says, and where that is written."""

    id = Integer(read_only=True)
    country = serializers.RegexField(r"^[A-Z]{2}$", required=False)
    day = Day()
    kind = serializers.ChoiceField(choices=DayKind.choices)
    name = SingleLineText(max_length=200)
    source = SingleLineText(max_length=300)  # type: ignore[assignment]
    version = Integer(read_only=True)


class HolidayFilter(Shape):
    """The query string of the list."""

    year = Integer(min_value=1900, max_value=2199, required=False, source="day__year")
    country = SingleLineText(required=False, max_length=2)
    kind = serializers.ChoiceField(choices=DayKind.choices, required=False)


class DelegationShape(Shape):
    """Who decides for whom from `start` to `end` inclusive. Without a `manager_id` it is oneself."""

    id = Integer(read_only=True)
    manager_id = key(required=False)
    deputy_id = key()
    start = Day()
    end = Day()
    created_at = Moment(read_only=True)
