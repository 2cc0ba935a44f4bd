"""Mailings to look at: clients in several zones, one mailing that goes out at once and has ended a moment later, one
that is planned for tomorrow with a window of the day."""

from __future__ import annotations

from datetime import time, timedelta

from angarium.engine.identity.public import SYSTEM
from angarium.engine.observability.public import bind
from angarium.kernel.clock import now

from . import actions

#: (phone, tag, zone); the last one is not to be written to.
CLIENTS = (
    ("79001110001", "новые", "Europe/Kaliningrad"),
    ("79001110002", "новые", "Europe/Moscow"),
    ("79012220003", "постоянные", "Europe/Moscow"),
    ("79012220004", "постоянные", "Asia/Yekaterinburg"),
    ("79123330005", "постоянные", "Asia/Vladivostok"),
    ("79123330006", "новые", "Asia/Kamchatka"),
    ("79211110007", "постоянные", "UTC"),
)
NOW = "Скидка 10 % на первый месяц для новых клиентов."
TOMORROW = "Напоминаем: завтра день открытых дверей, ждём вас с 10 до 18."


def make() -> None:
    """Enter them through the actions, so that the one is planned and the other sent as any other, by the workers."""
    with bind():  # ids that the actions note for the log are forgotten with it
        clients = [actions.add_client(by=SYSTEM, phone=phone, tag=tag, timezone=zone) for phone, tag, zone in CLIENTS]
        actions.opt_out(clients[-1].pk, by=SYSTEM)
        moment = now()
        actions.add_mailer(
            by=SYSTEM, content=NOW, tag="новые", start=moment - timedelta(minutes=1), finish=moment + timedelta(days=1)
        )
        start = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        actions.add_mailer(
            by=SYSTEM,
            content=TOMORROW,
            start=start,
            finish=start + timedelta(days=2),
            window_start=time(10),
            window_end=time(18),
            weekdays=[1, 2, 3, 4, 5, 6],
        )
