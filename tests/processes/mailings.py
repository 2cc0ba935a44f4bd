"""The fleet with an external sender: clients by the hundred, mailings over HTTP, and what became of their messages."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.processes.fleet import Fleet
from tests.servers.environment import wait_for_port
from tests.servers.polling import eventually
from tests.servers.sender import Sender, sender

IN_FLIGHT = 20
_CLIENTS = """
insert into mailings_client (id, phone, operator_code, tag, timezone, created_at, updated_at)
select %(first)s + n * %(apart)s, (79000000000 + %(first)s + n)::text, '900', %(tag)s, 'UTC', now(), now()
from generate_series(1, %(number)s) n
"""


class Mailings(Fleet):
    """Its token for the sender is in a file; `external` is the sender."""

    def __init__(self, external: Sender) -> None:
        super().__init__()
        self.external = external
        self.secret = Path(self.home) / "token"
        self.secret.write_text("jwt-1")
        self._first = 0
        self.environment |= {
            "SENDER_URL": external.url,
            "SENDER_TOKEN_FILE": str(self.secret),
            "SENDER_TIMEOUT": "5",
            "SENDER_IN_FLIGHT": str(IN_FLIGHT),
        }

    def clients(self, tag: str, number: int, apart: int = 1) -> None:
        """So many clients with this tag; their numbers lie so far apart."""
        with psycopg.connect(self.database) as connection:
            terms = {"first": self._first, "apart": apart, "tag": tag, "number": number}
            connection.execute(_CLIENTS, terms)
        self._first += number * apart

    def mailing(self, tag: str, *, starts: float = -60, lasts: float = 3600) -> tuple[int, float]:
        """Enter a mailing for them that starts in so many seconds; its number, and how long the answer took."""
        start = datetime.now(UTC) + timedelta(seconds=starts)
        finish = start + timedelta(seconds=lasts)
        body = {"start": start.isoformat(), "finish": finish.isoformat(), "content": tag, "tag": tag}
        answer = self.ask("POST", "/api/mailings/mailer/", body)
        assert answer.status == 201, answer
        return int(answer.json["id"]), answer.seconds

    def states(self, mailer: int) -> Counter[str]:
        """How many of its messages are in each state."""
        query = f"select state, count(*) from mailings_message where mailer_id = {mailer} group by 1"
        return Counter(dict(self.rows(query)))

    def state(self, mailer: int) -> str:
        return str(self.rows(f"select state from mailings_mailer where id = {mailer}")[0][0])

    def calls(self, mailer: int) -> Counter[int]:
        """How often each of its messages was handed over."""
        ids = self.rows(f"select id from mailings_message where mailer_id = {mailer}")
        return Counter({id: self.external.calls[id] for (id,) in ids})

    def is_exact(self, mailer: int) -> bool:
        """Are the counts what one counts?"""
        counted = f"select state, reason, value from mailings_count where mailer_id = {mailer} and value <> 0"
        rows = f"select state, reason, count(*) from mailings_message where mailer_id = {mailer} group by 1, 2"
        return sorted(self.rows(counted)) == sorted(self.rows(rows))

    def wait_finished(self, mailer: int, *, within: float = 40) -> None:
        eventually(lambda: self.state(mailer) == "finished", within=within, what=lambda: self.told(mailer))

    def told(self, mailer: int) -> Any:
        """For whoever reads why a test failed."""
        operations = "select kind, state, message from ledger_operation where kind like 'mailings.%' order by id desc"
        return self.state(mailer), self.states(mailer), self.rows(f"{operations} limit 8")

    def prove_each_once(self, mailer: int, number: int) -> None:
        """Everybody got it, by one call each, and the counts say so."""
        self.wait_finished(mailer)
        assert self.states(mailer) == {"sent": number}
        assert Counter(self.calls(mailer).values()) == {1: number}
        assert self.is_exact(mailer)
        query = f"select count(distinct client_id) from mailings_message where mailer_id = {mailer}"
        assert self.rows(query) == [(number,)]

    def forgive_the_sender(self) -> None:
        """What it did in other tests is forgotten."""
        with psycopg.connect(self.database) as connection:
            connection.execute("update delivery_provider set failures = 0, openings = 0, open_until = null")

    def kill_all(self) -> None:
        for process in self.roles.values():
            process.kill()
        self.roles.clear()

    def start_all(self) -> None:
        """Every role anew, at the same address."""
        port = urlsplit(self.url).port
        assert port is not None
        self.roles["web"] = self.start("web", PORT=str(port))
        self.roles["beat"] = self.start("beat")
        self.roles["relay"] = self.start("relay")
        self.start_worker()
        wait_for_port(port)


def on_the_clock(at: float) -> float:
    """The monotonic time of so many seconds from now."""
    return time.monotonic() + at


@contextmanager
def mailings() -> Iterator[Mailings]:
    with sender() as external:
        made = Mailings(external)
        try:
            made.begin()
            yield made
        finally:
            made.end()
