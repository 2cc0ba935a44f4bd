"""Services of the tests, each a process: `python -m angarium.client.tests.service WHAT URL SPOOL IDS…`.

They print a line for each report that was written down.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from angarium.client import Claim, Client


def endless(client: Client, ids: list[str]) -> None:
    """Report stages and progress on all operations until somebody ends this process."""
    claims = [claimed(client, id) for id in ids]
    number = 0
    while True:
        number += 1
        for held in claims:
            held.report(stage=f"s{number}", metadata={"n": number})
            held.progress(number)
        tell(number)


def finishing(client: Client, ids: list[str]) -> None:
    """Do all the work, say so, and wait to be ended: whatever was said is in the spool."""
    for id in ids:
        claimed(client, id).succeed({"done_by": os.getpid()})
    tell("finished")
    signal.pause()


def leaving(client: Client, ids: list[str]) -> None:
    """Do the work and end without a word."""
    for id in ids:
        claimed(client, id).succeed()


def forking(client: Client, ids: list[str]) -> None:
    """Report in this process and in two forked ones, which had the client before."""
    held = claimed(client, ids[0])
    held.report(stage="before")
    children = [child for id in ids[1:] if (child := forked(client, id))]
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    held.succeed()
    tell("closed" if client.close() else "left")


def forked(client: Client, id: str) -> int:
    """The child's process id, in the parent alone."""
    child = os.fork()
    if child:
        return child
    held = claimed(client, id)
    for number in range(20):
        held.report(stage=f"s{number}")
    held.succeed()
    os._exit(0 if client.close() else 1)


def tell(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def claimed(client: Client, id: str) -> Claim:
    held = client.claim(id)
    assert held is not None
    return held


if __name__ == "__main__":
    what, url, spool, *ids = sys.argv[1:]
    works: dict[str, Callable[[Client, list[str]], None]] = {
        work.__name__: work for work in (endless, finishing, leaving, forking)
    }
    works[what](Client(url, "ang_token", worker="w-2", spool=spool or None), ids)
