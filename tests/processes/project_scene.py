"""A board on which things happen, and what each of its readers has to hear and to know of them in the end."""

from __future__ import annotations

import json
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from random import Random
from typing import Any

from tests.processes.instance import Answer, Instance
from tests.processes.live_crowd import Crowd
from tests.processes.live_reader import Message, Reader, Visitor
from tests.processes.live_scene import UNTOLD
from tests.servers import polling
from tests.servers.environment import free_port
from tests.servers.processes import Process

#: The account of the open form, a member of one of two projects; prints the member's token and the projects' numbers.
PEOPLE = """
from angarium.engine.identity.public import Person, create_token
from angarium.modules.projects.models import Member, Project
Person.objects.create_user("user", role="member")
anna = Person.objects.create_user("anna", role="member")
hers, others = (Project.objects.create(name=name) for name in ("Сайт", "Чужой"))
Member.objects.create(project=hers, person=anna.id, role="editor")
print(create_token("of anna", ["*"], person=anna)[1], hers.pk, others.pk)
"""
TOPICS = "comment:*,project:*,report:*,task:*"
STATUSES = ("pending", "in_progress", "completed")
#: What is known of a task: its project, title, status and rank.
Known = dict[int, tuple[Any, ...]]
FRESH = """
select t.id, t.project_id, t.title, t.status, p.rank
from projects_task t left join projects_place p on p.task_id = t.id
"""


class Board:
    """An instance in the open form that serves; `project` is the member's, `others` is not."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.port = instance, free_port()
        words = re.findall(r"^(\S{20,}) (\d+) (\d+)$", instance.run("shell", "-c", PEOPLE), re.MULTILINE)[-1]
        self.anna, self.project, self.others = words[0], int(words[1]), int(words[2])
        self.numbers, self._dice, self._tasks = count(1), Random(13), list[int]()
        self.before: Known = {}
        self.visitors = [
            Visitor("staff", instance.token, TOPICS),
            Visitor("anna", self.anna, TOPICS),
            Visitor("board", instance.token, f"project:{self.project}"),
        ]
        self.start()

    def start(self, *, is_open: bool = True) -> Process:
        """Serve; in the open form who connects is welcomed as somebody before the token is shown."""
        words = {"PORT": str(self.port), "API_RATE": "1000000/min", "LIVE_ATTEMPTS": "1000000"}
        self.process = self.instance.up(ANGARIUM_OPEN="1" if is_open else "0", **words)
        return self.process

    # --- what happens

    def ask(self, method: str, path: str, status: int, body: object = None) -> Any:
        answer = self.instance.ask(method, f"/api/projects{path}", body)
        assert answer.status == status, answer
        return answer.json if answer.text else None

    def literally(self, method: str, path: str, body: object = None) -> Answer:
        """As a script asks that knows the module's host and no token."""
        return self.instance.ask(method, path, body, headers={"Host": "projects.localhost", "Authorization": ""})

    def enter(self, project: int = 0, **values: Any) -> int:
        body = {"project": project or self.project, "title": f"Задача {next(self.numbers)}", **values}
        return int(self.ask("POST", "/tasks/", 201, {"due_date": "2030-03-04T12:00:00Z", **body})["id"])

    def fresh(self) -> Known:
        """What one would load now."""
        return {row[0]: tuple(row[1:]) for row in self.instance.rows(FRESH)}

    def happen(self) -> None:
        """One change; of all kinds, and most of them of tasks that are there."""
        deeds = [self._enter, self._edit, self._edit, self._place, self._place, self._comment, self._delete, self._give]
        self._dice.choice(deeds if len(self._tasks) > 5 else [self._enter])()

    def _one(self) -> int:
        return self._dice.choice(self._tasks)

    def _enter(self) -> None:
        self._tasks.append(self.enter())
        self.enter(self.others)

    def _edit(self) -> None:
        changes = {"title": f"Правка {next(self.numbers)}", "status": self._dice.choice(STATUSES)}
        self.ask("PATCH", f"/tasks/{self._one()}/", 200, changes)

    def _place(self) -> None:
        self.ask("POST", f"/tasks/{self._one()}/place/", 200, {"status": self._dice.choice(STATUSES)})

    def _comment(self) -> None:
        self.ask("POST", f"/tasks/{self._one()}/comments/", 201, {"author": "Ира", "content": f"{next(self.numbers)}"})

    def _delete(self) -> None:
        id = self._one()
        self._tasks.remove(id)
        self.ask("DELETE", f"/tasks/{id}/", 204)

    def _give(self) -> None:
        """To the project of others, where it goes on changing."""
        id = self._one()
        self._tasks.remove(id)
        self.ask("PATCH", f"/tasks/{id}/", 200, {"project": self.others})
        self.ask("PATCH", f"/tasks/{id}/", 200, {"title": f"Отдано {next(self.numbers)}"})

    # --- what became of it

    def readable(self) -> dict[str, list[int]]:
        """The positions of the events that each visitor may hear of."""
        query = "select position, data from events_event where position is not null and type like 'projects.%'"
        rows = sorted((position, json.loads(data)) for position, data in self.instance.rows(query))
        hers = [at for at, data in rows if self.project in (data["project_id"], data.get("old_project_id"))]
        return {"staff": [at for at, _ in rows], "anna": hers, "board": hers}

    def settled(self, crowd: Crowd, within: float) -> list[str]:
        """Wait until everybody has heard the last; what is wrong with what they heard and know."""
        crowd.calm()
        polling.eventually(lambda: self.instance.rows(UNTOLD) == [(0,)], within=within)
        readable = self.readable()
        crowd.wait(lambda one: one.heard["events"][-1:].tolist() == readable[one.visitor.name][-1:], within)
        return [line for one in crowd.readers for line in self._complaints(one, readable)]

    def _complaints(self, one: Reader, readable: Mapping[str, Sequence[int]]) -> Iterator[str]:
        who = f"{type(one).__name__} of {one.visitor.name}"
        due = [at for at in readable[one.visitor.name] if at > one.begun["events"]]
        heard = Counter(one.heard["events"])
        if heard != Counter(due):
            missed, more = Counter(due) - heard, heard - Counter(due)
            yield f"{who} missed {sorted(missed)[:9]} and heard {sorted(more)[:9]} twice or though it may not"
        if one.resets:
            yield f"{who} was told to load anew {one.resets} times"
        yield from (f"{who}: {text}" for text in one.wrong)
        if one.kept is not None:
            yield from self._forgotten(who, [each.message for each in one.kept], one.visitor.name)

    def _forgotten(self, who: str, frames: Sequence[Message], visitor: str) -> Iterator[str]:
        """What somebody loaded before and heard since is what they would load now."""
        before, fresh = self.before, self.fresh()
        if visitor != "staff":
            before, fresh = (
                {id: row for id, row in rows.items() if row[0] == self.project} for rows in (before, fresh)
            )
        known = known_of(before, frames)
        if visitor == "board":  # a card that went to another project is told as being there
            known = {id: row for id, row in known.items() if row[0] == self.project}
        if known != fresh:
            wrong = {id: (known.get(id), fresh.get(id)) for id in known.keys() | fresh.keys()}
            yield f"{who} knows and would load {[pair for pair in wrong.items() if pair[1][0] != pair[1][1]][:5]}"


def known_of(before: Known, frames: Sequence[Message]) -> Known:
    """What these make of what was known."""
    named = ("project", "title", "status", "rank")
    known = {f"task:{id}": {"id": id, **dict(zip(named, row, strict=True))} for id, row in before.items()}
    for frame in frames:
        if frame["type"] in {"gone", "task.deleted"}:
            known.pop(frame["topic"], None)
        elif frame["topic"].startswith("task:") and frame["log"] == "events":
            known[frame["topic"]] = {**known.get(frame["topic"], {}), **frame["data"]}
    return {row["id"]: tuple(row[name] for name in named) for row in known.values()}


@contextmanager
def deaf(port: int, token: str) -> Iterator[Callable[[], bool]]:
    """A client that is let in and never reads; asks whether it is still connected."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", port))
        lines = ("GET /ws/notifications/ HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade")
        more = ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13")
        one.sendall("\r\n".join((*lines, *more, f"Authorization: Bearer {token}", "", "")).encode())
        assert one.recv(12) == b"HTTP/1.1 101"
        yield lambda: one.recv(1, socket.MSG_PEEK) != b""
