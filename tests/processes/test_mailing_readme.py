"""The lines about mailings in the README, typed into a running instance with a sender of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.processes.instance import Answer, Instance
from tests.servers.polling import eventually

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
_BLOCK = re.compile(r"\*\*Mailings\.\*\*.*?```console\n(.*?)```", re.DOTALL)
_CALL = re.compile(r"^\$ curl (.*?)(http://localhost:8000\S+)", re.DOTALL | re.MULTILINE)


def calls() -> list[tuple[str, str, Any]]:
    """(method, path, body) of each curl."""
    (block,) = _BLOCK.findall(README)
    found = []
    for words, url in _CALL.findall(block):
        body = re.search(r"-d '([^']*)'", words)
        method = "POST" if body or "-X POST" in words else "GET"
        found.append((method, urlsplit(url).path, json.loads(body[1]) if body else None))
    return found


def test_mail_33_the_lines_of_the_readme_send_a_mailing(instance: Instance) -> None:
    typed = calls()
    assert [method for method, _path, _body in typed] == ["POST", "POST", "GET", "POST"]
    with instance.up():

        def type_in(number: int, id: int = 0) -> Answer:
            method, path, body = typed[number]
            return instance.ask(method, path.replace("ID", str(id)), body)

        assert type_in(0).status == 201
        mailer = type_in(1)
        assert mailer.status == 201, mailer

        def planned() -> bool:
            (row,) = type_in(2).json
            return bool(row["total"] == 1)

        eventually(planned, within=30)
        row = type_in(2).json[0]
        if row["sent"] + row["sending"] + row["queued"] == 0:  # it is night in Kamchatka
            assert row["deferred"] == 1
            assert type_in(3, mailer.json["id"]).json["state"] == "paused"
        else:
            eventually(lambda: type_in(2).json[0]["sent"] == 1, within=30)
