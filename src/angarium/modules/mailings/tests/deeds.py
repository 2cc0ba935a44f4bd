"""What is done to mailings, and what one would load of them: for tests/live, which holds frames against snapshots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from angarium.engine.identity.public import Principal
from angarium.kernel.clock import now
from angarium.modules.mailings import actions
from angarium.modules.mailings.lifecycle import State, window_text
from angarium.modules.mailings.live import CARRIED
from angarium.modules.mailings.models import Client, Mailer, Message, Plan
from angarium.modules.mailings.queries import mailers_seen_by
from angarium.modules.mailings.windows import weekdays_of

Deed = Callable[[], object]
STAFF = Principal("service", UUID(int=1), "staff", "staff", frozenset({"*"}))
HOUR = timedelta(hours=1)


def snapshot(principal: Principal) -> dict[str, dict[str, Any]]:
    return {f"mailer:{row.pk}": shown(row) for row in mailers_seen_by(principal)}


def shown(row: Mailer) -> dict[str, Any]:
    window = window_text(row.window_start, row.window_end)
    told = {"id": row.pk, "window": window, "weekdays": sorted(weekdays_of(row.weekdays))}
    return told | {name: getattr(row, name) for name in CARRIED if name not in told}


def mailer(state: str = "planned", **values: Any) -> Mailer:
    start = now() + (HOUR if state == "planned" else -HOUR)
    columns = {"start": start, "finish": start + 3 * HOUR, "content": "Скидка", "tag": "A", **values}
    made = Mailer.objects.create(**columns)
    if state != State.PLANNED:
        made.move(state)
        made.save()
    return made


def client(phone: str = "79001234567", **values: Any) -> Client:
    return Client.objects.create(phone=phone, operator_code=phone[1:4], tag="A", **values)


def on(action: Callable[..., object], state: str = "planned", **words: Any) -> Callable[[], Deed]:
    """Do this to a mailing in that state, beside which there is another one."""

    def prepare() -> Deed:
        mailer(content="Другая")
        id = mailer(state).pk
        return lambda: action(id, by=STAFF, **words)

    return prepare


def on_client(action: Callable[..., object], **words: Any) -> Callable[[], Deed]:
    """Do this to a client for whom a message waits."""

    def prepare() -> Deed:
        one = client(opted_out_at=now() if action is actions.opt_in else None)
        Message.objects.create(mailer=mailer("sending"), client=one, due_at=now())
        return lambda: action(one.pk, by=STAFF, **words)

    return prepare


def add() -> Deed:
    words = {"start": now(), "finish": now() + HOUR, "content": "Новая", "operator_code": "900", "weekdays": [1, 7]}
    return lambda: actions.add_mailer(by=STAFF, **words)


def add_client() -> Deed:
    return lambda: actions.add_client(by=STAFF, phone="79001234567", tag="A")


def retry() -> Deed:
    one = mailer("finished")
    Message.objects.create(mailer=one, client=client(), state="failed", reason="refused")
    return lambda: actions.retry_failed(one.pk, by=STAFF)


def begin() -> Deed:
    id = mailer(start=now() - HOUR).pk
    return lambda: actions.begin_mailer(id)


def finish() -> Deed:
    one = mailer("sending")
    Plan.objects.create(mailer=one, wish=one.wish, at=now())
    return lambda: actions.finish_mailer(one.pk)


def reopen() -> Deed:
    id = mailer("finished").pk
    return lambda: actions.reopen_mailer(id)


def bulk() -> Deed:
    ids = [mailer(content=text).pk for text in ("А", "Б", "В")]
    return lambda: Mailer.objects.filter(id__in=ids).update(state="paused", window_start="09:00", window_end="18:00")


def bulk_create() -> Deed:
    times = {"start": now(), "finish": now() + HOUR}
    return lambda: Mailer.objects.bulk_create([Mailer(content=text, **times) for text in ("А", "Б")])


def bulk_delete() -> Deed:
    ids = [mailer(content=text).pk for text in ("А", "Б")]
    return lambda: Mailer.objects.filter(id__in=ids).delete()


def send_test() -> Deed:
    id = mailer().pk
    return lambda: actions.send_test(id, by=STAFF, phone="79001234567")


DEEDS: dict[str, Callable[[], Deed]] = {
    "add_client": add_client,
    "edit_client": on_client(actions.edit_client, tag="Б", timezone="Asia/Tokyo"),
    "delete_client": on_client(actions.delete_client),
    "opt_out": on_client(actions.opt_out),
    "opt_in": on_client(actions.opt_in),
    "add_mailer": add,
    "edit_mailer": on(actions.edit_mailer, content="Иначе", weekdays=[1, 2]),
    "edit_mailer while sending": on(actions.edit_mailer, "sending", tag="", finish=now() + 9 * HOUR),
    "edit_mailer that moves the start ahead": on(
        actions.edit_mailer, "sending", start=now() + 2 * HOUR, finish=now() + 9 * HOUR
    ),
    "edit_mailer that gives more time": on(actions.edit_mailer, "finished", finish=now() + 9 * HOUR),
    "pause_mailer": on(actions.pause_mailer, "sending"),
    "resume_mailer": on(actions.resume_mailer, "paused"),
    "cancel_mailer": on(actions.cancel_mailer, "sending"),
    "delete_mailer": on(actions.delete_mailer),
    "retry_failed": retry,
    "send_test": send_test,
    "begin_mailer": begin,
    "finish_mailer": finish,
    "reopen_mailer": reopen,
    "update": bulk,
    "bulk_create": bulk_create,
    "delete": bulk_delete,
}
