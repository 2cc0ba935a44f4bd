"""What an instance starts from is made once in a run: tables, a student, a teacher and a token; then it is copied."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.servers import postgres
from tests.servers.environment import HOME


class Seedable(Protocol):
    home: Path
    environment: dict[str, str]


#: Makes an empty instance usable: one student (number 7), one teacher (number 3), one token; prints the token.
SEED = """
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
from angarium.modules.lessons.models import Student, Teacher
Student.objects.create(id=7, name="Анна", email="anna@example.org")
Teacher.objects.create(id=3, name="Олег", email="oleg@example.org")
call_command("token", "create", "tests", "--scope", "*")
"""
#: What the product keeps in its home; and the token.
_FILES, _TOKEN = ("angarium.sqlite3", "secret-key"), "token-of-tests"


def seeded(instance: Seedable, run: Callable[[str], str]) -> str:
    """Fill this new instance, whose `run` runs a script in it; its token. A server of its own is filled by itself."""
    url = instance.environment.get("DATABASE_URL", "")
    if url and not postgres.is_ours(url):
        return planted(run)
    with once("seeds") as folder:
        seed = folder / f"seed-{'postgres' if url else 'sqlite'}-{_kind(instance)}"
        template = postgres.sibling(url, seed.name) if url else ""
        if not (seed / _TOKEN).exists():
            token = planted(run)
            _move(instance.home, seed, url, template)
            (seed / _TOKEN).write_text(token)
            return token
    _move(seed, instance.home, template, url)
    return (seed / _TOKEN).read_text()


def _move(home: Path, other: Path, url: str, to: str) -> None:
    other.mkdir(exist_ok=True)
    for name in _FILES:
        if (home / name).exists():
            shutil.copy2(home / name, other / name)
    if url:
        postgres.copy(url, to)


def planted(run: Callable[[str], str]) -> str:
    """Fill what `run` runs a script in, whatever it holds already; the token."""
    return str(re.findall(r"^(\S{20,})$", run(SEED), re.MULTILINE)[-1])


def _kind(instance: Seedable) -> str:
    """Which tables it has."""
    told = (instance.environment.get(name, "") for name in ("DJANGO_SETTINGS_MODULE", "MODULES"))
    return re.sub(r"\W", "_", "_".join(filter(None, told)) or "product")


@contextmanager
def once(what: str) -> Iterator[Path]:
    """The run's folder, to one of its processes at a time that makes such a thing."""
    folder = Path(os.environ[HOME])
    with open(folder / f"{what}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
