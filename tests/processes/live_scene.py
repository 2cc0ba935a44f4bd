"""What the crowds of `test_live.py` read: people and lessons, things that happen, and what each may read in the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count
from uuid import UUID

from tests.processes.fleet import Fleet
from tests.processes.instance import LESSON, NOT_A_TIMER, Instance, start
from tests.processes.live_crowd import Crowd, Readable
from tests.processes.live_reader import LOGS, Message, Visitor
from tests.servers import redis
from tests.servers.environment import free_port
from tests.servers.processes import Process

#: A student who signs in, and one who does not; prints a token of the one who does, and the number of the other.
PEOPLE = """
from angarium.engine.identity.public import Person, create_token
from angarium.modules.lessons.models import Student
anna = Person.objects.create_user("anna", role="member")
Student.objects.filter(id=7).update(person=anna.id)
boris = Student.objects.create(name="Борис", email="boris@example.org")
print(create_token("of anna", ["*"], person=anna)[1], boris.id)
"""
STUDENT = 7
#: What has no position yet in one of the logs.
UNTOLD = """
select (select count(*) from events_event where position is null)
     + (select count(*) from ledger_transition where id > (select max(upto) from ledger_stretch))
     + (select count(*) from ledger_transition where id in (select id from ledger_gap))
"""
#: Who writes in the same server: what comes after it has no position as long as it has not ended.
HOLDING = """
select datname, state, now() - xact_start, left(query, 200) from pg_stat_activity where backend_xid is not null
"""


class Scene:
    """An instance, or a fleet, in which something happens; `visitors` are those who may read different parts of it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        said = re.findall(r"^(\S{20,}) (\d+)$", instance.run("shell", "-c", PEOPLE), re.MULTILINE)[-1]
        self.anna, self.other = said[0], int(said[1])
        self.numbers = count()
        self.visitors: list[Visitor] = []

    def open(self) -> None:
        """Enter the lessons that some follow alone; the instance serves."""
        first, second = self.enter(STUDENT), self.enter(self.other)
        self.pair = [first, second]
        alone = f"lesson:{first},lesson:{second}"
        self.visitors = [
            Visitor("staff", self.instance.token),
            Visitor("anna", self.anna, "lesson:*"),
            Visitor("two lessons", self.instance.token, alone),
            Visitor("staff, lessons", self.instance.token, "lesson:*"),
        ]

    def enter(self, student: int) -> int:
        lesson = {**LESSON, **start(next(self.instance.hours)), "title": f"Урок {next(self.numbers)}"}
        answer = self.instance.ask("POST", "/api/lessons/lessons/", {**lesson, "student_id": student})
        assert answer.status == 201, answer
        return int(answer.json["id"])

    def rounds(self) -> Iterator[str]:
        """Each time something happens: now and then lessons come, end and go, and two change; to this title at last."""
        for number in count():
            if number % 4 == 0:
                mine, others = self.enter(STUDENT), self.enter(self.other)
                self.ask("POST", f"{mine}/completion")
                self.ask("DELETE", f"{others}")
            title = f"Правка {next(self.numbers)}"
            for id in self.pair:
                self.edit(id, title)
            yield title

    def edit(self, id: int, title: str) -> None:
        answer = self.instance.ask("PATCH", f"/api/lessons/lessons/{id}", {"title": title})
        assert answer.status == 200, answer

    def ask(self, method: str, path: str) -> None:
        answer = self.instance.ask(method, f"/api/lessons/lessons/{path}")
        assert answer.status in (200, 201, 204), answer

    def done(self) -> bool:
        """Has everything run that does not wait for its time, and has all that happened its position?"""
        return self.instance.rows(f"select ({NOT_A_TIMER}) + ({UNTOLD})") == [(0,)]

    def waiting(self) -> dict[str, object]:
        """What keeps it from being done, for a person to read; in a fleet, whose transactions are open as well."""
        open = self.instance.rows("select kind, queue, claimed, publishes, due_at from ledger_due")
        held = self.instance.rows(HOLDING) if isinstance(self.instance, Fleet) else []
        untold = self.instance.rows(UNTOLD)
        return {"open": [each for each in open if each[0] != "lessons.remind"], "untold": untold, "held by": held}

    def heads(self) -> dict[str, int]:
        return dict(self.instance.rows("select log, value from events_logposition"))

    def readable(self, crowd: Crowd) -> dict[str, Readable]:
        """What each visitor may read. Which operation has which position is asked of one who reads all of them; that
        this one heard them all is seen from the positions, of which there is one for each."""
        rows = self.instance.rows("select position, subject from events_event where position is not null")
        lessons = {
            position: int(subject.rpartition(":")[2]) for position, subject in rows if "lessons.lesson:" in subject
        }
        students = dict(self.instance.rows("select id, student_id from lessons_lesson"))
        about = self._subjects(crowd)

        def of(which: set[int]) -> Readable:
            events = sorted(position for position, lesson in lessons.items() if lesson in which)
            return dict(zip(LOGS, (events, sorted(at for at, lesson in about.items() if lesson in which)), strict=True))

        every = {*lessons.values(), *about.values()} - {0}
        return {
            "staff": {"events": sorted(lessons), "work": range(1, self.heads()["work"] + 1)},
            "staff, lessons": of(every),
            "anna": of({lesson for lesson, student in students.items() if student == STUDENT}),
            "two lessons": of(set(self.pair)),
        }

    def _subjects(self, crowd: Crowd) -> dict[int, int]:
        """Which position of the work is about which lesson; 0 for none."""
        query = "select o.id, e.subject from ledger_operation o join events_event e on e.uid = o.event_id"
        subjects = {UUID(str(id)): subject for id, subject in self.instance.rows(query)}
        witness = next(one for one in crowd.readers if one.visitor.name == "staff" and one.kept is not None)
        frames = [heard.message for heard in witness.kept or () if heard.message["log"] == "work"]
        found = {frame["position"]: subjects.get(UUID(frame["data"]["id"]), "") for frame in frames}
        return {position: _lesson(subject) for position, subject in found.items()}

    def forgotten(self, crowd: Crowd) -> list[str]:
        """Where what a reader knows in the end, of what it heard of, is not what the database holds."""
        states = {UUID(str(id)): state for id, state in self.instance.rows("select id, state from ledger_operation")}
        titles = dict(self.instance.rows("select id, title from lessons_lesson"))
        wrong = []
        for one in crowd.readers:
            for topic, knows in _known([heard.message for heard in one.kept or ()]).items():
                kind, _, id = topic.partition(":")
                holds = states[UUID(id)] if kind == "operation" else titles.get(int(id))
                if knows != holds:
                    wrong.append(f"{one.visitor.name} knows {topic} as {knows}, and it is {holds}")
        return wrong


def _known(frames: Iterable[Message]) -> dict[str, object]:
    """What these frames tell last of each topic: the state of work, the title of a lesson, None for what is gone."""
    known: dict[str, object] = {}
    for frame in frames:
        if frame["type"] in {"gone", "lesson.deleted"}:
            known[frame["topic"]] = None
        elif frame["type"] != "touched":
            known[frame["topic"]] = frame["data"]["state" if frame["log"] == "work" else "title"]
    return known


def _lesson(subject: str) -> int:
    """Which lesson an event is about; 0 for none."""
    kind, _, id = subject.partition(":")
    return int(id) if kind == "lessons.lesson" else 0


class LiveFleet(Fleet):
    """A fleet with the role live on a port of its own, and a Redis for hints beside the one that is the broker: a
    broker that is away holds up the relay, which is another matter. Its database should be in a server of its own: what
    has its position waits for every transaction of its server that began before, other tests' as well."""

    def __init__(self, database: str) -> None:
        super().__init__(database)
        self.hints = redis.new_server()
        self.environment["REDIS_URL"] = self.hints.url

    def begin(self) -> None:
        super().begin()
        self.live_port = free_port()
        self.start_live()

    def start_live(self, **environment: str) -> Process:
        """Live, serving, on the same port each time."""
        self.roles["live"] = live = self.start("live", PORT=str(self.live_port), **environment)
        live.wait_for("live: running")
        return live

    def end(self) -> None:
        super().end()
        self.hints.stop()
