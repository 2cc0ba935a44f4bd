"""Who works: a process says every few seconds that it is there, and which queues it takes from."""

from __future__ import annotations

from collections.abc import Iterator

from angarium.engine.tasks.public import Process, processes, queue_depths, tasks

from .check import Severity, check
from .database import TABLES, Database, is_postgres, rows
from .postgres import TOLERANCE

Role = Process.Role
#: Seconds that work of another service may wait, and none of it run, before somebody asks who takes from its queue.
WAITING = 60.0
#: The processes that are ahead of the database: what they said last lies in its future.
AHEAD = """
SELECT role, host, pid, extract(epoch FROM seen_at - clock_timestamp()) FROM tasks_process
WHERE seen_at > clock_timestamp() + make_interval(secs => %s) ORDER BY role, host, pid
"""


def _there() -> list[Process]:
    return [one for one in processes() if not one.silent]


def _missing(*roles: str) -> bool:
    return not {one.role for one in _there()} & {*roles, Role.EMBEDDED}


@check(
    "ANG060",
    "No worker is there",
    of=TABLES,
    severity=Severity.ERROR,
    why="What is accepted waits in the database until one comes. A worker that cannot reach the database is not there "
    "either: it says so in a row.",
    remedy="Start `angarium worker` (or `make up`, which is all in one).",
)
def worker(_: Database) -> Iterator[str]:
    if _missing(Role.WORKER):
        yield "No worker has said for half a minute that it is there."


@check(
    "ANG061",
    "No relay is there",
    of=TABLES,
    severity=Severity.ERROR,
    why="Nobody gives events their position, starts what follows from them, or calls for what is due. Every worker "
    "has a relay inside.",
    remedy="Start `angarium relay` or a worker.",
)
def relay(_: Database) -> Iterator[str]:
    if _missing(Role.RELAY, Role.WORKER):
        yield "Neither a relay nor a worker has said for half a minute that it is there."


@check(
    "ANG062",
    "No beat is there",
    of=TABLES,
    severity=Severity.WARNING,
    why="What runs by a schedule does not begin; it is caught up with when a beat comes, as far back as each task "
    "says.",
    remedy="Start `angarium beat`; any number may run.",
)
def beat(_: Database) -> Iterator[str]:
    if _missing(Role.BEAT):
        yield "No beat has said for half a minute that it is there."


@check(
    "ANG063",
    "Nobody takes from a queue",
    of=TABLES,
    severity=Severity.ERROR,
    why="Workers that were started with -Q take from the queues named there and from no other; what travels on this "
    "one waits, however many are idle.",
    remedy="Start a worker without -Q, or one that names this queue; docs/reference/map.md says what travels on it.",
)
def untaken(_: Database) -> Iterator[str]:
    workers = [one for one in _there() if one.role in {Role.WORKER, Role.EMBEDDED}]
    taken = {queue for one in workers for queue in one.queues}
    ours = {task.queue for task in tasks().values()}
    if workers:
        for depth in queue_depths():
            late = depth.waiting and not depth.running and depth.oldest_waiting_seconds > WAITING
            if depth.queue and depth.queue not in taken and (depth.queue in ours or late):
                yield f"No worker takes from the queue {depth.queue}, where {depth.waiting} wait."


@check(
    "ANG064",
    "The clock of a process is ahead of the database's",
    of=TABLES,
    severity=Severity.WARNING,
    why="It finds things due that are not yet, and takes leases for over that are not: others' work is done again.",
    remedy="Have its machine set its clock by NTP (timedatectl set-ntp true).",
)
def ahead(database: Database) -> Iterator[str]:
    for role, host, pid, seconds in rows(database, AHEAD, TOLERANCE) if is_postgres() else ():
        yield f"The clock of the {role} {host}:{pid} is {seconds:.0f} s ahead of the database's."
