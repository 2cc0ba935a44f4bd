"""F20: readers who lose their connection, whose server dies, whose hints fail, hear everything, in order, once."""

from __future__ import annotations

import faulthandler
import os
import resource
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from angarium.engine.live.tests.client import Listener
from tests.processes.instance import Instance
from tests.processes.live_crowd import Crowd, crowd
from tests.processes.live_reader import Message, Reader
from tests.processes.live_scene import STUDENT, LiveFleet, Scene
from tests.servers import polling, postgres
from tests.servers.environment import free_port
from tests.servers.processes import Process

LONG = bool(os.environ.get("PROVE"))
#: Starts the task that makes the reports of all projects, as it is started by hand.
REPORT = """
from angarium.engine.ledger.public import start
from angarium.kernel.clock import now
print("started", start("projects.send_daily_summary", slot=now().isoformat()))
"""
#: Seconds until somebody has heard; many thousands who come back at once are welcomed one after the other.
PATIENCE = 180 if LONG else 30
#: Readers, and how often they hang up before the server is killed and after it is back.
STREAMS, SOCKETS, DROPS = 60, 20, 80


def _heard_lately(one: Reader, title: str) -> bool:
    return any(titled(each.message, title) for each in (one.kept or ())[-999:])


def happens(scene: Scene, readers: Crowd, drops: int) -> None:
    """Have things happen, each as somebody has heard of the last, until readers have hung up so many times more.

    In the long form each as all who keep what they hear have, for what is ahead of the crowd is a gap for all who come
    back; and they hang up so often and no more, or those who come back would do so in the midst of the gap, forever.
    """
    enough = readers.ends["dropped"] + drops
    if LONG:
        readers.drops = drops
    for title in scene.rounds():
        heard = partial(_heard_lately, title=title)
        if LONG:
            readers.wait(heard, PATIENCE, [one for one in readers.readers if one.kept is not None])
        else:
            readers.wait_for_one(heard, PATIENCE)
        if readers.ends["dropped"] >= enough:
            return


def titled(message: Message, title: str) -> bool:
    return bool(message.get("data", {}).get("title") == title)


def settled(scene: Scene, readers: Crowd, within: float) -> list[str]:
    """Wait until everything has run and everybody heard of it; what is wrong with what they heard."""
    readers.calm()
    polling.eventually(scene.done, within=within, what=scene.waiting)
    witnesses = [one for one in readers.readers if one.visitor.name == "staff"]
    heads = scene.heads()
    readers.wait(lambda one: one.place["work"] >= heads["work"], within, witnesses)
    readable = scene.readable(readers)
    readers.wait_for(readable, within)
    return readers.complaints(readable) + scene.forgotten(readers)


def all_back(readers: Crowd, killed: float, serves: float, within: float) -> None:
    """Who was heard before the server was killed is welcomed in time, nobody is turned away by the one that serves
    since that moment, and they do not come all at once, since nobody has told them to."""
    readers.wait(lambda one: one.welcomed > killed, within)
    tried = readers.attempts(serves)
    refused = [each for each in tried if each.outcome not in {"welcomed", "", "too late"}]
    assert refused == [], f"{len(refused)} of {len(tried)}"
    again = sorted(next(each.at for each in one.attempts if each.welcomed > killed) for one in readers.readers)
    busiest = max(bisect_left(again, at + 0.5) - number for number, at in enumerate(again))
    assert busiest <= len(again) / 2, f"{busiest} of {len(again)} come within half a second"


def test_f20_readers_who_hang_up_and_whose_server_is_killed_miss_nothing_and_hear_nothing_twice(
    seeded: Instance,
) -> None:
    instance = seeded.copy()
    scene = Scene(instance)
    port = free_port()
    with instance.up(PORT=str(port)) as process:
        scene.open()
        with crowd(port, scene.visitors, streams=STREAMS, sockets=SOCKETS) as readers:
            happens(scene, readers, DROPS)
            killed = time.monotonic()
            process.kill()
            with instance.up(PORT=str(port)):
                serves = time.monotonic()
                happens(scene, readers, DROPS)
                all_back(readers, killed, serves, 40)
                wrong = settled(scene, readers, 60)
    assert wrong == []


@pytest.fixture(scope="module")
def running() -> Iterator[Scene]:
    """A fleet with the role live, in which something happens."""
    with postgres.alone() as database:
        fleet = LiveFleet(database)
        try:
            fleet.begin()
            scene = Scene(fleet)
            scene.open()
            yield scene
        finally:
            fleet.end()


@contextmanager
def listening(scene: Scene) -> Iterator[Crowd]:
    """Readers who never hang up; in the end each must still be on its first connection, and have heard everything."""
    with crowd(fleet_of(scene).live_port, scene.visitors, streams=16, sockets=8, restless=0) as readers:
        yield readers
        wrong = settled(scene, readers, 60)
        assert wrong == []
        assert [len(one.attempts) for one in readers.readers] == [1] * 24


def fleet_of(scene: Scene) -> LiveFleet:
    assert isinstance(scene.instance, LiveFleet)
    return scene.instance


def heard_by_all(readers: Crowd, what: Callable[[Message], bool], who: str = "") -> float:
    """Wait until all who keep what they hear have heard this, or those with this name; when the last of them did."""

    def when(one: Reader) -> float:
        return next((each.at for each in one.kept or () if what(each.message)), 0.0)

    hearers = [one for one in readers.readers if one.kept is not None and who in ("", one.visitor.name)]
    readers.wait(lambda one: when(one) > 0, 20, hearers)
    return max(when(one) for one in hearers)


def seconds_to_hear(scene: Scene, readers: Crowd) -> float:
    """From the answer to an edit until all who may hear of it have."""
    title = f"Правка {next(scene.numbers)}"
    scene.edit(scene.pair[0], title)
    answered = time.monotonic()
    return heard_by_all(readers, lambda message: titled(message, title)) - answered


def about(message: Message, lesson: int) -> Message:
    """What a frame says of work that is about this lesson."""
    return dict(message["data"]) if f"lesson:{lesson}" in message.get("also", ()) else {}


@pytest.mark.postgres
def test_what_a_worker_commits_is_heard_by_those_who_listen_elsewhere(running: Scene) -> None:
    fleet = fleet_of(running)
    with listening(running) as readers:
        fleet.roles["live"].wait_for("live.redis_heard")
        id = running.enter(STUDENT)
        heard_by_all(readers, lambda message: about(message, id).get("state") == "succeeded", "staff")
        touched = ("touched", f"lesson:{id}")
        heard_by_all(readers, lambda message: (message["type"], message["topic"]) == touched, "anna")
    assert "tasks.ran" not in fleet.roles["live"].output


@pytest.mark.postgres
def test_pm_14_a_report_that_a_worker_makes_is_heard_by_those_who_listen_elsewhere(running: Scene) -> None:
    fleet = fleet_of(running)
    project = fleet.ask("POST", "/api/projects/projects/", {"name": "Сайт"}).json["id"]
    task = {"project": project, "title": "Макет", "due_date": "2020-01-01T00:00:00Z"}
    assert fleet.ask("POST", "/api/projects/tasks/", task).status == 201
    board = {"topics": [f"project:{project}"]}
    with (
        Listener(fleet.live_port, token=fleet.token, hello=board) as one,
        Listener(fleet.live_port, token=fleet.token, headers={"Host": "projects.localhost"}) as other,
    ):
        id = fleet.run("shell", "-c", REPORT).partition("started ")[2].split()[0]
        frames = [each.next("report.generated", within=20) for each in (one, other)]
    fleet.worker.wait_for(rf"tasks\.ran .*{id}")
    assert all("tasks.ran" not in fleet.roles[role].output for role in ("web", "live", "relay"))
    assert frames[0] == frames[1]
    assert (frames[0]["topic"], frames[0]["also"]) == (f"report:{frames[0]['data']['id']}", [f"project:{project}"])
    told = ("project", "name", "pending", "in_progress", "completed", "overdue")
    assert [frames[0]["data"][name] for name in told] == [project, "Сайт", 1, 0, 0, 1]


@pytest.mark.postgres
@pytest.mark.parametrize("how", ["stopped", "silent"] if LONG else ["silent"])
def test_f20_while_redis_is_away_sockets_stay_and_frames_come(running: Scene, how: str) -> None:
    fleet = fleet_of(running)
    live = fleet.roles["live"]
    with listening(running) as readers:
        live.wait_for("live.redis_heard")
        heard = len(live.output)
        (fleet.hints.stop if how == "stopped" else fleet.hints.pause)()
        unnoticed = seconds_to_hear(running, readers)
        live.wait_for("live.redis_lost", after=heard)
        away = sorted(seconds_to_hear(running, readers) for _ in range(3))
        (fleet.hints.start if how == "stopped" else fleet.hints.resume)()
        live.wait_for("live.redis_heard", after=heard)
        back = sorted(seconds_to_hear(running, readers) for _ in range(3))
    assert unnoticed < 6
    assert away[1] < 1.5, away
    assert back[0] < 0.2, back
    assert back[2] < 1.5, back


@pytest.mark.postgres
def test_f20_while_live_is_killed_others_write_and_who_comes_back_hears_of_it(
    running: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the long form with many thousand readers, and a bound for what each may cost."""
    fleet = fleet_of(running)
    streams, sockets, drops = (10_000, 1_000, 5_000) if LONG else (24, 8, 15)
    words = {"restless": 60, "keep_every": 100, "sources": 20} if LONG else {}
    if LONG:
        faulthandler.cancel_dump_traceback_later()  # it takes minutes, and nothing here waits without a limit
    fleet.roles["live"].kill()
    with many_files():
        diary = Diary(fleet, streams + sockets)
        with crowd(
            fleet.live_port, running.visitors, streams=streams, sockets=sockets, within=300, **words
        ) as readers:  # fmt: skip
            each = diary.note("all there")
            happens(running, readers, drops)
            polling.eventually(running.done, within=60, what=running.waiting)  # what a gap may hold is limited
            diary.note("heard")
            killed = time.monotonic()
            fleet.roles["live"].kill()
            next(running.rounds())
            fleet.start_live(LIVE_ATTEMPTS=str(10**6))
            serves = time.monotonic()
            diary.note("killed, and serves")
            happens(running, readers, drops)
            diary.note("heard")
            all_back(readers, killed, serves, 120 if LONG else 40)
            diary.note("all back")
            wrong = settled(running, readers, 300 if LONG else 60)
            grown = diary.note("settled")
    if LONG:
        with capfd.disabled():
            sys.stderr.write(f"\n{diary}\nconnections that ended: {dict(readers.ends)}\n")
    assert wrong == []
    assert not LONG or each < 50, diary
    assert not LONG or grown < 100, diary


class Diary:
    """How long each part took, and the memory that the process of the role live has then for each reader."""

    def __init__(self, fleet: LiveFleet, readers: int) -> None:
        self._fleet, self._readers, self._lines = fleet, readers, list[str]()
        self._empty = resident(fleet.start_live(LIVE_ATTEMPTS=str(10**6)))
        self._began = time.monotonic()

    def note(self, what: str) -> float:
        """In kB for each reader, beyond what it has with none."""
        seconds, self._began = time.monotonic() - self._began, time.monotonic()
        size = (resident(self._fleet.roles["live"]) - self._empty) / self._readers
        self._lines.append(f"{what} after {seconds:.1f} s more, {size:.1f} kB for each")
        sys.stderr.write(f"{self._lines[-1]}\n")
        return size

    def __str__(self) -> str:
        return "\n".join(self._lines)


def resident(process: Process) -> float:
    """The memory of a process, in kB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@contextmanager
def many_files() -> Iterator[None]:
    """As many files as this process may have; its children have as many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
