"""Mailings that are really sent in a test: clients, a sender that keeps what it was asked, and waiting on both."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from django.db.models import Sum

from angarium.engine.delivery.channels.sender.beside import SenderBeside
from angarium.engine.delivery.channels.sender.local import MODES, LocalSender
from angarium.engine.identity.public import SYSTEM
from angarium.engine.tasks.testing import bring_forward, until
from angarium.kernel.clock import now
from angarium.modules.mailings.actions import add_mailer, begin_mailer
from angarium.modules.mailings.counting import counts_of, reasons_of, recounted
from angarium.modules.mailings.models import Client, Mailer, Message, Shift
from angarium.modules.mailings.planning import plan

HOUR = timedelta(hours=1)
Mode = str | Callable[["Asked"], str]


@dataclass(frozen=True)
class Asked:
    """One call as it came: the message's number, the how-manieth of that number it is, what it said, and when."""

    id: int
    time: int
    text: str
    at: datetime = field(default_factory=now)


class Post(LocalSender):
    """A sender that answers each call as `mode` says, which may be a function of the call. `asked` are all calls."""

    def __init__(self) -> None:
        super().__init__(delay=30.0)
        self.how: Mode = "ok"
        self.asked: list[Asked] = []
        self._beside: SenderBeside | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        self._beside = SenderBeside(self, port=self.port)
        self.url = self._beside.url
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        """Connecting is refused from here on, until `start()`."""
        if self._beside is not None:
            self._beside.stop()
        self._beside = None

    @property
    def numbers(self) -> Counter[int]:
        """{message: calls}."""
        return Counter(call.id for call in self.asked)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        call = Asked(body["id"], self.calls[body["id"]], body["text"])
        self.asked.append(call)
        mode = self.how if isinstance(self.how, str) else self.how(call)
        return await MODES[mode](self, request)


@contextmanager
def posting(settings: Any) -> Iterator[Post]:
    """A sender, and the settings that lead to it."""
    post = Post()
    settings.SENDER_URL, settings.SENDER_TOKEN, settings.SENDER_TOKEN_FILE = post.url, "eyJhbGciOi", ""
    try:
        yield post
    finally:
        post.stop()


def crowd(number: int, *, timezone: str = "UTC", tag: str = "") -> None:
    """So many more clients."""
    first = 79000000000 + Client.objects.count()
    phones = [str(first + n) for n in range(number)]
    Client.objects.bulk_create([Client(phone=p, operator_code=p[1:4], timezone=timezone, tag=tag) for p in phones])


def entered(**given: Any) -> Mailer:
    """A mailing that was entered and is active now."""
    moment = now()
    return add_mailer(by=SYSTEM, **{"start": moment, "finish": moment + HOUR, "content": "Скидка", **given})


def planned(number: int, **given: Any) -> Mailer:
    """A mailing to so many clients that has begun, and that nobody sends yet."""
    crowd(number)
    mailer = begin_mailer(entered(**given).pk)
    assert mailer is not None
    plan(mailer)
    return mailer


def counts(mailer: Mailer) -> dict[str, int]:
    """{state: messages}, without those states that none is in. They are as many as when counted one by one."""
    assert any(reasons_of(mailer.pk) == recounted(mailer.pk) for _ in range(20)), "others may write in between"
    assert any(shifted(mailer) == counted(mailer) for _ in range(20)), "the minutes add up to what is counted"
    return counted(mailer)


def counted(mailer: Mailer) -> dict[str, int]:
    return {state: number for state, number in counts_of([mailer.pk])[mailer.pk].items() if number}


def shifted(mailer: Mailer) -> dict[str, int]:
    """The same, from what changed in each minute."""
    rows = Shift.objects.filter(mailer=mailer).values_list("state").annotate(number=Sum("change"))
    return {state: number for state, number in rows if number}


def state(mailer: Mailer) -> str:
    return str(Mailer.objects.values_list("state", flat=True).get(pk=mailer.pk))


def ends(mailer: Mailer, *, within: float = 10) -> None:
    """Wait until the mailing has finished."""
    until(lambda: state(mailer) == "finished", within=within, what=lambda: (state(mailer), recounted(mailer.pk)))


def hurry(mailer: Mailer, *, until_it: Callable[[], bool], within: float = 10) -> None:
    """Let what waits for its next try not wait for it, again and again, until that holds."""
    deadline = time.monotonic() + within

    def holds() -> bool:
        if until_it():
            return True
        Message.objects.filter(mailer=mailer, state="queued", due_at__gt=now()).update(due_at=now())
        bring_forward("mailings.send_mailing")
        return False

    until(holds, within=deadline - time.monotonic(), what=lambda: recounted(mailer.pk))
