"""For tests of the pages: rows that are counted as the module counts them, and what stands on a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from angarium.modules.mailings.counting import note_moves
from angarium.modules.mailings.models import Client, Mailer, Message

LIST = "/app/mailings/"
START = datetime(2030, 3, 4, 12, tzinfo=UTC)


def mailing(**columns: Any) -> Mailer:
    return Mailer.objects.create(
        **{"content": "Привет", "start": START, "finish": START + timedelta(days=1), **columns}
    )


def client(number: int = 0, **columns: Any) -> Client:
    phone = f"7900{number:07}"
    return Client.objects.create(**{"phone": phone, "operator_code": phone[1:4], **columns})


def message(mailer: Mailer, to: Client, state: str = "queued", reason: str = "", **columns: Any) -> Message:
    """A message that is counted as the module counts them."""
    note_moves(mailer.pk, [(None, (state, reason), 1)])
    return Message.objects.create(mailer=mailer, client=to, state=state, reason=reason, **columns)


def text_of(browser: Browser, path: str, status: int = 200) -> str:
    response = browser.get(path)
    assert response.status_code == status
    return response.content.decode()


def error_beside(text: str, field: str) -> str:
    found = re.search(rf'id="id_{field}_error".*?<span>(.*?)</span>', text, re.DOTALL)
    return found[1] if found else ""


def plain(text: str) -> str:
    """What stands on the page, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


@contextmanager
def queries(most: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as caught:
        yield
    assert len(caught) <= most, [one["sql"][:200] for one in caught]


WRITTEN = {
    "content": "Привет",
    "start": "2030-03-04T15:00",
    "finish": "2030-03-05T15:00",
    "tag": "",
    "operator_code": "",
    "window_start": "",
    "window_end": "",
    "weekdays": ["1", "2", "3", "4", "5", "6", "7"],
}


def sent(mailer: Mailer, **changes: Any) -> dict[str, Any]:
    """The form as the page shows the mailing, with changes."""
    return {**WRITTEN, "version": mailer.version, **changes}
