"""A company, and everybody who may knock at its door: for tests of who may what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person, Principal, of_person
from angarium.engine.identity.testing import make_person, make_token
from angarium.kernel.clock import now
from angarium.modules.timeoff import actions, models
from angarium.modules.timeoff.feeds import key_of
from angarium.modules.timeoff.models import Delegation, Department, Employee, Holiday

from .asking import Api, vacation, with_token
from .deeds import STAFF

#: Who asks about Anna, who works in the sales department, which is a part of the company.
WHO = (
    *("nobody", "stranger", "herself", "colleague", "manager", "head", "head_above", "deputy", "deputy_then"),
    *("dismissed_manager", "hr", "dismissed_hr", "staff", "without_scope", "service", "reading", "open"),
)
#: Each as the employee who they are.
ARE = {
    "herself": "anna", "colleague": "clara", "manager": "boris", "head": "lena", "head_above": "dina", "deputy": "dora",
    "deputy_then": "dan", "dismissed_manager": "gleb", "hr": "harriet", "dismissed_hr": "hugo",
}  # fmt: skip
TODAY = now().date()
DAY = timedelta(days=1)
HIRED = date(2020, 1, 1)
ROWS = (
    *(models.Department, models.Employee, models.Request, models.Rate, models.Holiday, models.Approval),
    *(models.Delegation, models.Entry, models.Change, models.Feed),
)


def plain_person(name: str, **more: Any) -> Person:
    return make_person(name, password=None, **more)


class Company:
    """`api(who)` asks as one of WHO; `words` are what paths and bodies are filled with."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self.people = {name: plain_person(name) for name in ARE.values()}
        self._hire()
        lena, dora, dan = self.lena, self.dora, self.dan
        now_ = Delegation.objects.create(manager=lena, deputy=dora, start=TODAY - 2 * DAY, end=TODAY + 2 * DAY)
        Delegation.objects.create(manager=lena, deputy=dan, start=TODAY - 9 * DAY, end=TODAY - 3 * DAY)
        Delegation.objects.create(manager=lena, deputy=dan, start=TODAY + 3 * DAY, end=TODAY + 9 * DAY)
        self.words = {"delegation": now_.pk, **self._rows()}
        Event.objects.all().delete()

    def _hire(self) -> None:
        company = Department.objects.create(name="Компания")
        self.sales = Department.objects.create(name="Продажи", parent=company)
        self.store = Department.objects.create(name="Склад", parent=company)
        yesterday = TODAY - 2 * DAY
        self.dina = self.hired("dina", department=company)
        self.lena = self.hired("lena", department=self.sales)
        self.anna = self.hired("anna", department=self.sales, vacation_days=28)
        self.clara = self.hired("clara", department=self.sales)
        self.boris, self.dora, self.dan = (self.hired(name, department=self.store) for name in ("boris", "dora", "dan"))
        self.gleb = self.hired("gleb", department=self.store, dismissed_on=yesterday)
        self.harriet = self.hired("harriet", role="hr")
        self.hugo = self.hired("hugo", role="hr", department=self.store, dismissed_on=yesterday)
        self.loner = self.hired("loner")
        for department, head in ((company, self.dina), (self.sales, self.lena)):
            department.head = head
            department.save()

    def _rows(self) -> dict[str, Any]:
        anna, rate = self.anna, {"share": Decimal(1), "salary": Decimal(90_000), "valid_from": HIRED}
        free = Holiday.objects.get_or_create(
            day=date(2190, 7, 9), defaults={"kind": "public", "name": "Праздник", "source": "приказ"}
        )[0]
        spans = {
            "draft": (TODAY + 60 * DAY, TODAY + 61 * DAY),
            "submitted": (TODAY + 30 * DAY, TODAY + 36 * DAY),
            "approved": (TODAY + 90 * DAY, TODAY + 91 * DAY),
        }
        made = {name: vacation(anna, *map(str, span), status=name).pk for name, span in spans.items()}
        soon = TODAY + 120 * DAY
        while Holiday.objects.filter(day__in=[soon, soon + DAY]).exists():
            soon += DAY
        self.feed = actions.make_feed(by=self.principal("herself"))
        return {
            **made,
            "anna": anna.pk, "clara": self.clara.pk, "lena": self.lena.pk, "loner": self.loner.pk,
            "sales": self.sales.pk, "spare": Department.objects.create(name="Архив").pk, "holiday": free.pk,
            "rate": actions.record_rate(anna.pk, by=STAFF, **rate).pk,
            "feed": self.feed.pk, "key": key_of(self.feed.pk),
            "soon": str(soon), "then": str(soon + DAY), "far": str(TODAY + 400 * DAY),
        }  # fmt: skip

    def hired(self, name: str, **more: Any) -> Employee:
        person = self.people.get(name)
        return Employee.objects.create(
            name=name.title(), person=person.pk if person else None, **{"hired_on": HIRED, **more}
        )

    def principal(self, who: str) -> Principal:
        return of_person(self.people[ARE[who]])

    def arrange(self, who: str) -> None:
        """Whom Anna names as her manager: whoever asks as one."""
        manager = {"manager": self.boris, "dismissed_manager": self.gleb}.get(who)
        if manager is not None:
            Employee.objects.filter(pk=self.anna.pk).update(manager=manager)
            self.anna.refresh_from_db()
            Event.objects.all().delete()

    def api(self, who: str) -> Api:
        self.arrange(who)
        others: dict[str, Callable[[], Api]] = {
            "nobody": lambda: Api(Client(raise_request_exception=False)),
            "stranger": lambda: with_token(make_token(person=plain_person("stranger"))),
            "staff": lambda: with_token(make_token(person=plain_person("staff", role="staff"))),
            "without_scope": lambda: with_token(make_token("lessons:*", person=plain_person("staff", role="staff"))),
            "service": lambda: with_token(make_token()),
            "reading": lambda: with_token(make_token("timeoff:read")),
            "open": self.in_the_open_form,
        }
        if who in others:
            return others[who]()
        return with_token(make_token("timeoff:read", "timeoff:write", person=self.people[ARE[who]]))

    def in_the_open_form(self) -> Api:
        plain_person("user")
        self.settings.ANGARIUM_OPEN = True
        return Api(Client(raise_request_exception=False))

    def fill(self, value: Any) -> Any:
        """The value with the words in braces filled in; a number stays one."""
        if isinstance(value, dict):
            return {name: self.fill(one) for name, one in value.items()}
        if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
            return self.words[value[1:-1]]
        return value


def state() -> list[Any]:
    """All rows, and how much the log has."""
    return [*(list(model.objects.order_by("pk").values_list()) for model in ROWS), Event.objects.count()]  # type: ignore[attr-defined]
