"""A file of clients, killed while it is read and started again: each client once, the counts exact."""

from __future__ import annotations

import random

from tests.processes.instance import Instance
from tests.servers.polling import eventually

IMPORTS = "/api/mailings/client/import/"
CLIENTS = 20_000
AGAIN = "\n79000000007,again\nnobody,x\n"


def begun(instance: Instance) -> str:
    """The path of an import that is being read."""
    rows = "\n".join(f"8 (900) {number // 10000:03}-{number % 10000:04},вип" for number in range(CLIENTS))
    body, headers = f"phone,tag\n{rows}{AGAIN}".encode(), {"Content-Type": "text/csv"}
    path = f"{IMPORTS}{instance.ask('POST', IMPORTS, raw=body, headers=headers).json['id']}/"
    assert instance.ask("POST", f"{path}run/", {}).status == 202
    return path


def test_import_killed_while_it_is_read_writes_each_client_once(instance: Instance) -> None:
    instance.environment["LEASE_SECONDS"] = "2"
    dice, least, path = random.Random(6), 0, ""
    for _ in range(2):
        with instance.up() as process:
            path = path or begun(instance)
            least += dice.randint(1, 4000)
            eventually(lambda path=path, least=least: instance.ask("GET", path).json["rows"] > least)  # type: ignore[misc]
            process.kill()
        [(least,)] = instance.rows("select rows from mailings_import")
    with instance.up():
        eventually(lambda: instance.ask("GET", path).json["status"] == "done", within=60)
        told = instance.ask("GET", path).json
        errors = instance.ask("GET", f"{path}errors/").text.splitlines()
    assert [told[name] for name in ("rows", "new", "changed", "unchanged", "wrong")] == [CLIENTS + 3, CLIENTS, 0, 0, 2]
    [(number, different)] = instance.rows("select count(*), count(distinct phone) from mailings_client")
    assert (number, different) == (CLIENTS, CLIENTS)
    assert [line.partition(",")[0] for line in errors[1:]] == [str(CLIENTS + 2), str(CLIENTS + 3)]
