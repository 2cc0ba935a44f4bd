"""`make evidence`: docs/reference/test-evidence.md and its pictures, of what real processes of a fleet did and said.

PostgreSQL, RabbitMQ (Redis where there is none) and Redis of its own; web, live, relay, worker and beat as processes;
demo data. Each chapter does something and keeps the answers, frames and lines of the log that it caused. What does not
come about is said in its chapter, and the command then ends with 1.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis as client
from playwright.sync_api import Page, sync_playwright

from angarium.engine.live.tests.client import Listener
from tests.processes.instance import Answer, Instance
from tests.processes.live_scene import LiveFleet
from tests.servers import environment, postgres, rabbitmq, redis
from tests.servers.distribution import program
from tests.servers.polling import eventually
from tests.servers.smtp import Letter, SmtpServer, smtp_server

ROOT = Path(__file__).resolve().parents[1]
PAGE, PICTURES = ROOT / "docs/reference/test-evidence.md", ROOT / "docs/pictures"
SEED = """
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
from angarium.config import demo
demo.make()
from angarium.engine.identity.public import Person
Person.objects.filter(username="user").update(email="user@example.org", timezone="Europe/Moscow")
call_command("token", "create", "evidence", "--scope", "*")
"""
DAY = """
from angarium.engine.identity.public import Person
from angarium.engine.ledger.public import start
from angarium.kernel.clock import now
person = Person.objects.get(username="user")
print("started", start("projects.tell_day", key="evidence", person=str(person.pk), day=now().date().isoformat()))
"""
SCHEDULED = ("remind_of_due_tasks", "send_daily_summary")
A_DAY_AGO = """
update tasks_schedule set last_slot = last_slot - interval '1 day' where task like 'projects.%' returning task
"""
#: Pages, the names of their pictures, and how wide the window is.
SHOWN = (
    ("/app/projects/", "projects", 1280),
    ("/app/projects/1/", "projects-board", 1280),
    ("/app/projects/1/", "projects-board-phone", 390),
    ("/app/projects/tasks/", "projects-tasks", 1280),
    ("/app/projects/tasks/3/", "projects-task", 1280),
    ("/app/projects/mine/", "projects-week", 1280),
    ("/app/projects/choices/", "projects-choices", 1280),
    ("/app/projects/hooks/", "projects-webhooks", 1280),
    ("/admin/projects/task/", "projects-admin", 1280),
)
HOST = {"Host": "projects.localhost"}
#: Escapes, and folders that are of this machine alone.
NOISE = re.compile(r"\x1b\[[0-9;]*m|/(?:dev/shm|tmp|root|home|work)/\S+")


class Evidence(LiveFleet):
    """The fleet, with demo data and a mail server."""

    rabbit: rabbitmq.Server | None = None

    def __init__(self, mail: SmtpServer) -> None:
        super().__init__()
        with contextlib.suppress(BaseException):  # where there is none, that is said as a test says it
            self.rabbit = rabbitmq.new_server()
        broker = self.rabbit.url if self.rabbit else self.broker.url
        self.environment |= {"CELERY_BROKER_URL": broker, "EMAIL_URL": mail.url, "LOG_LEVEL": "DEBUG"}
        self.mail = mail

    def seed(self) -> Instance:
        self.token = re.findall(r"^(\S{20,})$", self.run("shell", "-c", SEED), re.MULTILINE)[-1]
        return self

    def literally(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.ask(method, path, body, headers={**HOST, **headers})

    def lines(self, *roles: str, about: str, after: dict[str, int] | None = None) -> list[str]:
        """What these roles wrote to their logs that matches."""
        found = []
        for role in roles:
            said = self.roles[role].output[(after or {}).get(role, 0) :]
            lines = [NOISE.sub("…", line) for line in said.splitlines() if re.search(about, line)]
            found += [f"{role:<7}{line[:400]}" for line in lines]
        return found

    def now(self) -> dict[str, int]:
        """How much each role has said so far."""
        return {role: len(process.output) for role, process in self.roles.items()}


class Book:
    """The page, chapter by chapter."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.failed: list[str] = []

    def add(self, *paragraphs: str) -> None:
        self.text += paragraphs

    def block(self, lines: list[str] | str, kind: str = "text") -> None:
        text = lines if isinstance(lines, str) else "\n".join(lines)
        self.text.append(f"```{kind}\n{text or '(nothing)'}\n```")

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        sys.stderr.write(f"{title}\n")
        self.text.append(f"## {title}")
        try:
            yield
        except Exception as error:  # noqa: BLE001  the other chapters are worth having
            sentence = NOISE.sub("…", f"{type(error).__name__}: {error}")[:600]
            self.failed.append(f"{title}: {sentence}")
            self.text.append(f"This did not come about: `{sentence.splitlines()[0]}`")


def shown(method: str, path: str, body: Any, answer: Answer) -> list[str]:
    said = f" {json.dumps(body, ensure_ascii=False)}" if body else ""
    return [f"> {method} {path}{said}", f"< {answer.status} {answer.text[:400]}".rstrip()]


def framed(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False)


def due(**span: int) -> str:
    return f"{datetime.now(UTC) + timedelta(**span):%Y-%m-%dT%H:%M:%SZ}"


def processes(fleet: Evidence, book: Book) -> None:
    servers = ["PostgreSQL (a database of its own)", "RabbitMQ" if fleet.rabbit else "Redis as broker", "Redis"]
    book.add(f"Servers: {', '.join(servers)}. Processes: {', '.join(f'`angarium {role}`' for role in fleet.roles)}.")
    if fleet.rabbit:
        book.add("`rabbitmqctl list_queues name messages`:")
        book.block([f"{name} {messages}" for name, messages in sorted(fleet.rabbit.listed().items())])


def frames(fleet: Evidence, book: Book) -> None:
    """Two clients, the literal routes, and what each of them heard."""
    done: list[str] = []

    def say(method: str, path: str, body: Any = None) -> Any:
        answer = fleet.literally(method, path, body)
        done.extend(shown(method, path, body, answer))
        return answer.json if answer.text else None

    words: dict[str, Any] = {"token": fleet.token, "headers": HOST}
    with Listener(fleet.live_port, **words) as one, Listener(fleet.live_port, **words) as other:
        project = say("POST", "/projects/", {"name": "Evidence"})["id"]
        task = {"project": project, "title": "Write it down", "due_date": due(hours=30)}
        id = say("POST", "/tasks/", task)["id"]
        say("PUT", f"/tasks/{id}/", {**task, "status": "in_progress"})
        say("POST", f"/tasks/{id}/comments/", {"author": "Ira", "content": "Half of it is there."})
        say("DELETE", f"/tasks/{id}/")
        heard = [each.frames(6, "events") for each in (one, other)]
        welcome = one.welcome
    assert heard[0] == heard[1]
    book.add("Requests to `projects.localhost`:")
    book.block(done)
    book.add("What each of two clients of `/ws/notifications/` heard, the same:")
    book.block([framed(welcome), *map(framed, heard[0])], "json")
    place = {"log": "events", "generation": welcome["generation"], "position": heard[0][3]["position"]}
    with Listener(fleet.live_port, hello={"resume": place}, **words) as back:
        gap = back.frames(2, "events")
    book.add(f"Who comes back with `{framed({'resume': place})}` gets the gap:")
    book.block([framed(frame) for frame in gap], "json")


def tag_of(answer: Answer) -> str:
    return {name.lower(): value for name, value in answer.headers.items()}.get("etag", "")


def cached(fleet: Evidence, book: Book) -> None:
    """A list twice, a change, the list again; what was kept, and what the processes say of it."""
    before, done = fleet.now(), list[str]()

    def get(**headers: str) -> Answer:
        answer = fleet.literally("GET", "/tasks/", **headers)
        etag = tag_of(answer)
        told = f" If-None-Match: {headers['If-None-Match']}" if headers else ""
        size = f"{len(answer.json)} tasks" if answer.text else "no body"
        done.append(f"> GET /tasks/{told}\n< {answer.status} ETag: {etag} ({size}, {answer.seconds * 1000:.1f} ms)")
        return answer

    etag = [tag_of(get()), tag_of(get())][1]
    assert get(**{"If-None-Match": etag}).status == 304
    body = {"title": f"Kept until {datetime.now(UTC):%H:%M:%S}"}
    id = fleet.literally("GET", "/tasks/").json[0]["id"]
    done.append("\n".join(shown("PATCH", f"/tasks/{id}/", body, fleet.literally("PATCH", f"/tasks/{id}/", body))))
    fresh = get(**{"If-None-Match": etag})
    assert fresh.status == 200, fresh
    assert body["title"] in fresh.text
    get()
    book.block(done)
    book.add("Lines of the logs about it (`LOG_LEVEL=DEBUG`):")
    book.block(fleet.lines("web", "relay", about=r"caches\.", after=before)[:40])
    with client.Redis.from_url(fleet.environment["REDIS_URL"]) as connection:
        keys = sorted(key.decode(errors="replace") for key in connection.scan_iter())
    book.add("Keys in Redis:")
    book.block(keys[:20])
    numbers = fleet.ask("GET", "/metrics").text
    book.add("`/metrics`:")
    book.block([line for line in numbers.splitlines() if line.startswith("angarium_cache_")])


def tasks(fleet: Evidence, book: Book) -> None:
    """A task due in an hour; the beat, which was away for a day; reminders and reports that a worker makes."""
    before, project = fleet.now(), fleet.literally("GET", "/projects/").json[0]["id"]
    task = {"project": project, "title": "Due in an hour", "due_date": due(hours=1)}
    fleet.literally("POST", "/tasks/", task)
    with Listener(fleet.live_port, token=fleet.token, headers=HOST) as one:
        fleet.roles["beat"].kill()
        fleet.rows(A_DAY_AGO)
        fleet.roles["beat"] = fleet.start("beat")
        report = one.next("report.generated", within=60)
    for name in SCHEDULED:
        fleet.worker.wait_for(rf"tasks\.ran.* task=projects\.{name} state=succeeded", within=60, after=before["worker"])
    fleet.run("shell", "-c", DAY)
    eventually(lambda: any("Due in an hour" in text for text in map(written, fleet.mail.letters)), within=60)
    eventually(lambda: any(map(picture_in, fleet.mail.letters)), within=60)
    book.add(
        "The beat is killed and its schedule set back by a day, as if it had been away so long. It makes up for that, "
        "and a worker runs it:"
    )
    book.block(fleet.lines("beat", about=r"beat: Starting|beat\.slots .*task=projects\."))
    book.block(fleet.lines("worker", about=r"tasks\.ran .* task=projects\.", after=before)[:20])
    book.add("The frame that a process which runs no tasks sent to its clients:")
    book.block(framed(report), "json")
    book.add("The schedule as the database has it (`tasks_schedule`):")
    book.block(table(fleet, "select * from tasks_schedule where task like 'projects.%' order by task"))
    book.add("Operations of the module, by task and state:")
    counted = "select kind, state, count(*) from ledger_operation where kind like 'projects.%'"
    book.block(table(fleet, f"{counted} group by kind, state order by kind, state"))
    book.add("Letters:")
    book.block(next(text for text in map(written, fleet.mail.letters) if "Due in an hour" in text))
    summary, picture = next((one, found) for one in fleet.mail.letters if (found := picture_in(one)))
    book.block(written(summary))
    (PICTURES / "projects-letter.png").write_bytes(picture)
    book.add("![The picture in the letter](../pictures/projects-letter.png)")


def picture_in(letter: Letter) -> bytes:
    found = [part.get_payload(decode=True) for part in letter.message.walk() if part.get_content_type() == "image/png"]
    return bytes(found[0]) if found else b""  # type: ignore[arg-type]


def table(fleet: Evidence, query: str) -> list[str]:
    return [" | ".join(map(str, row)) for row in fleet.rows(query)]


def written(letter: Letter) -> str:
    """A letter as one reads it."""
    body = letter.message.get_body(("plain",))
    text = str(body.get_content()) if body else ""
    return f"To: {letter.message['To']}\nSubject: {letter.message['Subject']}\n\n{text.strip()}"


def outages(fleet: Evidence, book: Book) -> None:
    """Redis is gone, then the broker."""
    done = []
    body = {"project": fleet.literally("GET", "/projects/").json[0]["id"], "title": "Outage", "due_date": due(days=2)}

    def both(what: str) -> None:
        listed, entered = fleet.literally("GET", "/tasks/"), fleet.literally("POST", "/tasks/", body)
        assert (listed.status, entered.status) == (200, 201), (listed, entered)
        took = [f"{one.status} in {one.seconds * 1000:.0f} ms" for one in (listed, entered)]
        done.append(f"{what}: GET /tasks/ {took[0]}, POST /tasks/ {took[1]}")

    both("all there")
    fleet.hints.pause()
    both("Redis silent")
    fleet.hints.resume()
    broker = fleet.rabbit or fleet.broker
    broker.pause()
    both("broker silent")
    broker.resume()
    both("all there again")
    book.block(done)


def pictures(book: Book) -> None:
    """The pages of `angarium up` with demo data."""
    instance = Instance(environment={"DEMO": "1"})
    path = os.environ.get("CHROMIUM") or program(("chromium", "chromium-browser"), "chromium")
    with instance.up() as process, sync_playwright() as playwright:
        process.wait_for("ready: ")
        browser = playwright.chromium.launch(executable_path=path, args=["--headless", "--no-sandbox", "--disable-gpu"])
        page = browser.new_context(locale="en-GB", timezone_id="Europe/Moscow").new_page()
        page.goto(f"{instance.url}/login/")
        page.get_by_label("Name").fill("demo")
        page.get_by_label("Password").fill("demo")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{instance.url}/")
        for address, name, width in SHOWN:
            looked_at(page, instance.url + address, name, width, book)
        browser.close()


def looked_at(page: Page, url: str, name: str, width: int, book: Book) -> None:
    page.set_viewport_size({"width": width, "height": 800 if width > 400 else 844})
    answer = page.goto(url)
    if answer is None or answer.status != 200:
        book.failed.append(f"{name}: {answer.status if answer else 'nothing'}")
        return
    with contextlib.suppress(Exception):
        page.wait_for_load_state("networkidle", timeout=3000)
    page.screenshot(path=PICTURES / f"{name}.png")
    book.add(f"![{page.title()}](../pictures/{name}.png)")


CHAPTERS: dict[str, Callable[[Evidence, Book], None]] = {
    "What ran": processes,
    "Frames of `/ws/notifications/`": frames,
    "Lists that are kept, and given up by a change": cached,
    "Tasks of Celery: scheduled, executed, told": tasks,
    "Redis and the broker away": outages,
}


def main() -> int:
    folder = environment.run_folder()
    os.environ[environment.HOME] = os.environ["ANGARIUM_HOME"] = str(folder)
    book = Book()
    book.add(
        "# Evidence: what tests and processes of projects do",
        "<!-- Made by `make evidence` (tools/evidence.py) of what real processes did and said. -->",
        f"Made {datetime.now(UTC):%Y-%m-%d %H:%M} UTC by `make evidence`. What is asked for is shown by tests, which "
        "[requirements.md](requirements.md) names; this page shows what they look at.",
    )
    try:
        with smtp_server() as mail:
            fleet = Evidence(mail)
            try:
                fleet.begin()
                for title, chapter in CHAPTERS.items():
                    with book.chapter(title):
                        chapter(fleet, book)
            finally:
                fleet.end()
    finally:
        redis.stop_all()
        rabbitmq.stop_all()
        postgres.stop()
    with book.chapter("Pages"):
        pictures(book)
    shutil.rmtree(folder, ignore_errors=True)
    PAGE.write_text("\n\n".join(book.text) + "\n", encoding="utf-8")
    sys.stderr.write("".join(f"not shown: {line}\n" for line in book.failed))
    return bool(book.failed)


if __name__ == "__main__":
    sys.exit(main())
