"""docs/reference/http-api.md: every command of the page is run, in its order, and gets the answer shown below it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes.instance import Answer, Instance

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "http-api.md"
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
#: What the page says once, at its beginning.
SAID = {"$A": "/api/operations", "$T": "X-Said: token", "$J": "Content-Type: application/json"}


@dataclass
class Step:
    """A command and what is shown below it; a command without an answer names what the last answer brought."""

    command: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.command)


def _whole(command: str) -> bool:
    """Has its last line come?"""
    try:
        shlex.split(command)
    except ValueError:
        return False
    return not command.endswith("\\")


def steps() -> Iterator[Step]:
    for block in BLOCKS:
        step = Step()
        for line in block.splitlines():
            if line.startswith("$ "):
                if step.command:
                    yield step
                step = Step([line[2:]])
            elif _whole(step.text):
                step.shown.append(line)
            else:
                step.command.append(line)
        yield step


def run(instance: Instance, command: str, id: str) -> Answer:
    for name, value in {**SAID, "$ID": id}.items():
        command = command.replace(name, value)
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    method, path, data, headers = "", "", None, {}
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-d":
                data = next(words).encode()
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-i":
                pass
            case _:
                path = word
    return instance.ask(method or ("POST" if data else "GET"), path, raw=data, headers=headers)


def test_every_command_of_the_page_gets_the_answer_that_it_shows(instance: Instance) -> None:
    instance.run("loaddata", "initial")
    id, last, ran = "", None, 0
    with instance.up():
        for step in steps():
            if not step.shown:
                if step.text.startswith("ID=") and last is not None:
                    id = last.json.get("id") or last.json["task_id"]
                continue
            last = run(instance, step.text, id)
            ran += 1
            shown = "\n".join(step.shown)
            assert last.status == int(shown[:3]), (step.text, last)
            actual = json.dumps(last.json, separators=(",", ":"))
            for name in re.findall(r'"(\w+)":', shown):
                assert f'"{name}":' in actual, (step.text, name, actual)
            for name, value in re.findall(r'"(\w+)": "([a-z_]+)"', shown):
                assert f'"{name}":"{value}"' in actual, (step.text, name, value, actual)
    assert ran > 30
