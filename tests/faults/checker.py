"""Reads a history and says what of the promise was broken; pure, so that it can be tested itself.

What it reads, by `what` (tests.faults.history, tests.faults.tables):

    asked       a write was asked for: `write` its name, `events` how many events it makes
    answered    what was answered: `status` 2xx, 4xx, 5xx, or "rolled back"; `seconds` it took
    outside     an effect outside the database: `task`, `key`, `event`, `about` where an event has several of one task
    seen        where an operation stood at that time: `operation`, `state`, `epoch`, `seq`
    reaction    `task` reacts to events of `type`; `effect` is left in a row, "outside" or not ("none", null: unknown)
    event, operation, transition, due, dead, count, effect, delivery      the tables as they are now, after `tables`

A write that was asked and never answered, or answered 5xx, is unknown: all of its events are there, or none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

Line = Mapping[str, Any]
#: What is said while things happen; the other lines are the tables, and those told last count.
SAID = ("asked", "answered", "outside", "seen")
TERMINAL = {"succeeded", "failed", "cancelled"}
#: Seconds after which an answer is a hang.
PATIENCE = 5.0
#: Seconds: what is due later than that waits for its time and not for somebody.
FAR = 1800.0


class History:
    """The lines, found by what they are about."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            if line["what"] == "tables":
                self._lines = defaultdict(list, {what: self._lines[what] for what in SAID if what in self._lines})
            self._lines[line["what"]].append(line)

    def __getitem__(self, what: str) -> Sequence[Line]:
        return self._lines.get(what, [])

    def by(self, what: str, name: str) -> Mapping[Any, Sequence[Line]]:
        found: dict[Any, list[Line]] = defaultdict(list)
        for line in self[what]:
            found[line[name]].append(line)
        return found

    @cached_property
    def events(self) -> Mapping[str, Line]:
        return {line["uid"]: line for line in self["event"]}

    @cached_property
    def operations(self) -> Mapping[str, Line]:
        return {line["id"]: line for line in self["operation"]}

    @cached_property
    def reactions(self) -> Mapping[str, Line]:
        """By task; a task that reacts to several types has several lines, which differ in the type alone."""
        return {line["task"]: line for line in self["reaction"]}


def violations(lines: Iterable[Line]) -> list[str]:
    """A sentence for each breach; empty when all is well."""
    history = History(lines)
    rules = (_writes, _answers, _positions, _reactions, _ends, _heads, _moves, _sightings, _side_tables, _counters)
    return [sentence for rule in (*rules, _rows, _outside, _deliveries, _order, _slots) for sentence in rule(history)]


def _writes(history: History) -> Iterator[str]:
    """Nothing accepted is lost, nothing refused or rolled back has left an event, nothing is there by half."""
    answers = {line["write"]: line["status"] for line in history["answered"]}
    asked = {line["write"]: line["events"] for line in history["asked"]}
    made = Counter(line["write"] for line in history["event"] if line["type"] in _asked_types(history))
    for write, expected in asked.items():
        status, number = answers.get(write), made[write]
        if _accepted(status) and number < expected:
            yield f"lost: {write} was accepted, and {number} of its {expected} events are there"
        elif _refused(status) and number:
            yield f"leaked: {write} was answered {status}, and {number} of its events are there"
        elif number not in (0, expected):
            yield f"not whole: {write} has {number} of its {expected} events"
    yield from (f"from nowhere: nobody asked for {write}" for write in made if write and write not in asked)


def _asked_types(history: History) -> set[str]:
    """Types of events that writes make; those that reactions make follow from these."""
    return {line["type"] for line in history["asked"]}


def _accepted(status: Any) -> bool:
    return isinstance(status, int) and 200 <= status < 300


def _refused(status: Any) -> bool:
    return status == "rolled back" or (isinstance(status, int) and 400 <= status < 500)


def _answers(history: History) -> Iterator[str]:
    """Whoever asks is answered soon."""
    for line in history["answered"]:
        if line.get("seconds", 0) > PATIENCE:
            yield f"hung: {line['write']} was answered after {line['seconds']:.1f} s"


def _positions(history: History) -> Iterator[str]:
    """Every event has a position of its own, without gaps."""
    positions = sorted(line["position"] or 0 for line in history["event"])
    if positions and positions != list(range(positions[0], positions[0] + len(positions))):
        yield f"positions: {positions} have gaps or repeat"
    yield from (f"unread: the relay never saw {line['uid']}" for line in history["event"] if not line["position"])


def _reactions(history: History) -> Iterator[str]:
    """Exactly one operation for each event and reaction; no operation without its event. What a reaction starts
    carries its event too, and may be many."""
    made = Counter((line["event"], line["kind"]) for line in history["operation"] if line["event"])
    expected = {
        (uid, reaction["task"])
        for uid, event in history.events.items()
        for reaction in history.by("reaction", "type").get(event["type"], ())
    }
    yield from (f"no work: {task} was never started for {event}" for event, task in sorted(expected - set(made)))
    for (event, task), number in made.items():
        if event not in history.events:
            yield f"ghost: {task} was started for {event}, which never happened"
        elif number > 1 and (event, task) in expected:
            yield f"doubled: {task} was started {number} times for {event}"


def _ends(history: History) -> Iterator[str]:
    """Everything ends, unless its time is far, and succeeds, unless its task can only fail."""
    far = {line["operation"] for line in history["due"] if (line.get("seconds") or 0) > FAR}
    for line in history["operation"]:
        if line["state"] not in TERMINAL and not (line["state"] == "scheduled" and line["id"] in far):
            yield f"open: {line['kind']} {line['id']} is still {line['state']}"
        elif line["state"] == "failed" and history.reactions.get(line["kind"], {}).get("effect") in ("row", "outside"):
            yield f"failed: {line['kind']} {line['id']} failed, which it never does by itself"


def _heads(history: History) -> Iterator[str]:
    """The head is the greatest applied transition, whatever came when."""
    lines = history.by("transition", "operation")
    for id, head in history.operations.items():
        applied = [line for line in lines.get(id, ()) if line["verdict"] == "applied"]
        greatest = max(((line["epoch"], line["seq"]) for line in applied), default=None)
        if greatest != (head["epoch"], head["seq"]):
            yield f"head: {id} stands at {(head['epoch'], head['seq'])}, the greatest of its log is {greatest}"
        states = [line["state"] for line in sorted(applied, key=_place) if line["state"]]
        if states[-1:] != [head["state"]]:
            yield f"head: {id} is {head['state']}, the last of its log is {states[-1:]}"


def _place(line: Line) -> tuple[int, int]:
    return line["epoch"], line["seq"]


def _moves(history: History) -> Iterator[str]:
    """Lines are unique by (epoch, seq), each epoch is written before the next, nothing is applied after the end."""
    for id, lines in history.by("transition", "operation").items():
        if len({_place(line) for line in lines}) < len(lines):
            yield f"twice: {id} has two lines with one (epoch, seq)"
        applied = sorted((line for line in lines if line["verdict"] == "applied"), key=lambda line: line["id"])
        if [_place(line) for line in applied] != sorted(_place(line) for line in applied):
            yield f"backwards: {id} was moved back to what was before"
        if any(line["state"] in TERMINAL for line in applied[:-1]):
            yield f"after the end: {id} was moved after it had ended"


def _sightings(history: History) -> Iterator[str]:
    """Whoever looks twice never sees an operation go back, or a terminal one change."""
    last: dict[str, Line] = {}
    for line in (*history["seen"], *({**line, "operation": line["id"]} for line in history["operation"])):
        before = last.get(line["operation"])
        if before is not None and _place(line) < _place(before):
            yield f"seen going back: {line['operation']} from {_place(before)} to {_place(line)}"
        if before is not None and before["state"] in TERMINAL and line["state"] != before["state"]:
            yield f"seen changing after the end: {line['operation']} from {before['state']} to {line['state']}"
        last[line["operation"]] = line


def _side_tables(history: History) -> Iterator[str]:
    """Exactly the open ones are due, exactly the failed ones that nobody retried are dead letters."""
    due = {line["operation"] for line in history["due"]}
    dead = {line["operation"] for line in history["dead"]}
    retried = {line.get("retry_of") for line in history["operation"]}
    for id, head in history.operations.items():
        if (id in due) != (head["state"] not in TERMINAL):
            yield f"due: {id} is {head['state']} and {'due' if id in due else 'not due'}"
        if (id in dead) != (head["state"] == "failed" and id not in retried):
            yield f"dead: {id} is {head['state']} and {'a' if id in dead else 'no'} dead letter"
    yield from (f"orphan: {id} is due or dead and no operation" for id in (due | dead) - set(history.operations))


def _counters(history: History) -> Iterator[str]:
    """Counters are counts."""
    counted = {(line["kind"], line["state"]): line["number"] for line in history["count"]}
    rows = Counter((line["kind"], line["state"]) for line in history["operation"])
    for key in sorted(set(counted) | set(rows)):
        if counted.get(key, 0) != rows[key]:
            yield f"counters: {key} is counted {counted.get(key, 0)} times and there are {rows[key]}"


def _rows(history: History) -> Iterator[str]:
    """Each operation that succeeded has left its effect once in the database; any other, never."""
    kept = Counter((line["task"], line["operation"]) for line in history["effect"])
    for id, head in history.operations.items():
        effect = history.reactions.get(head["kind"], {}).get("effect")
        number = kept.pop((head["kind"], id), 0)
        expected = 1 if head["state"] == "succeeded" and effect in ("row", "outside") else 0
        if effect is not None and number != expected:
            yield f"effects: {head['kind']} {id} is {head['state']} and left {number} rows"
    yield from (f"effects: {task} left rows for {id}, which is no operation" for task, id in kept)


def _outside(history: History) -> Iterator[str]:
    """Outside effects may come again with the same key and no other; each that succeeded has come."""
    keys: dict[tuple[str, str, Any], set[str]] = defaultdict(set)
    for line in history["outside"]:
        keys[line["task"], line["event"], line.get("about")].add(line["key"])
        if line["event"] is not None and line["event"] not in history.events:
            yield f"ghost: {line['task']} had an effect for {line['event']}, which never happened"
    for (task, event, _), used in keys.items():
        if len(used) > 1:
            yield f"outside: {task} used {len(used)} keys for {event}"
    came = {(line["task"], line["key"]) for line in history["outside"]}
    for id, head in history.operations.items():
        outside = history.reactions.get(head["kind"], {}).get("effect") == "outside"
        if outside and head["state"] == "succeeded" and (head["kind"], id) not in came:
            yield f"outside: {head['kind']} {id} succeeded and never had its effect"


def _deliveries(history: History) -> Iterator[str]:
    """A delivery stands where its timeline ends, and once it is sent it goes nowhere."""
    for line in history["delivery"]:
        if line["steps"][-1:] != [line["state"]]:
            yield f"delivery: {line['id']} is {line['state']}, its timeline says {line['steps']}"
        if "sent" in line["steps"][:-1]:
            yield f"delivery: {line['id']} went on after it was sent: {line['steps']}"


def _order(history: History) -> Iterator[str]:
    """Of one subject's events, each task has its effects in the order of the events (the first time, if repeated)."""
    last: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], float] = {}
    for line in (*history["effect"], *history["outside"]):
        if line["event"] in history.events and line.get("at") is not None:
            key = line["task"], line["event"]
            first[key] = min(line["at"], first.get(key, line["at"]))
    for (task, event), _ in sorted(first.items(), key=lambda item: item[1]):
        subject, position = history.events[event]["subject"], history.events[event]["position"] or 0
        if position < last.get((task, subject), 0):
            yield f"order: {task} was at {position} of {subject} after {last[task, subject]}"
        last[task, subject] = position


def _slots(history: History) -> Iterator[str]:
    """Each slot of a schedule has one operation, and between the first and the last none is missing."""
    slots: dict[str, list[float]] = defaultdict(list)
    for line in history["operation"]:
        if line.get("slot") is not None:
            slots[line["kind"]].append(line["slot"])
    for task, found in slots.items():
        every = next((line["seconds"] for line in history["schedule"] if line["task"] == task), None)
        if len(set(found)) < len(found):
            yield f"slots: {task} has a slot twice"
        expected = round((max(found) - min(found)) / every) + 1 if every else len(set(found))
        if len(set(found)) != expected:
            yield f"slots: {task} has {len(set(found))} slots where {expected} have come"
