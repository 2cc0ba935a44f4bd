"""Letters from the product's own process: through a mail server that is away, and through a death in mid-letter."""

from __future__ import annotations

from typing import Any

from tests.processes.instance import Instance
from tests.servers.environment import free_port
from tests.servers.smtp import HEALTHY, SILENT, smtp_server

SEND = """
from angarium.engine.delivery.public import Recipient, send
for key in {keys!r}:
    send(to=Recipient(kind="student", id="7", name="Анна", address="anna@example.org"), channel="email", key=key,
         template="lessons/notification", subject="tests.letters:1", context={{"title": key}})
"""
SUCCEEDED = r"task=delivery.deliver state=succeeded[\s\S]*?"


def send(instance: Instance, *keys: str, **environment: str) -> None:
    instance.run("shell", "-c", SEND.format(keys=keys), **environment)


def deliveries(instance: Instance) -> list[dict[str, Any]]:
    answer = instance.ask("GET", "/api/deliveries/?subject=tests.letters:1")
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.json["results"]
    return found


def test_letters_wait_for_a_mail_server_that_is_away_and_then_go(instance: Instance) -> None:
    port = free_port()
    instance.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
    with instance.up() as process:
        send(instance, "Алгебра", "Физика")
        process.wait_for(r"(task=delivery.deliver state=scheduled[\s\S]*?){2}")
        assert {row["state"] for row in deliveries(instance)} == {"deferred"}
        assert all("email does not work" in row["because"] for row in deliveries(instance))
        with smtp_server(port) as server:
            process.wait_for(rf"({SUCCEEDED}){{2}}", within=60)
        assert {row["state"] for row in deliveries(instance)} == {"sent"}
    told = sorted(letter.message.get_content().strip() for letter in server.letters)
    assert told == [f"Уведомление отправлено студенту 7 по уроку {title}" for title in ("Алгебра", "Физика")]


def test_a_worker_killed_in_mid_letter_is_seen_and_the_letter_comes_again_under_its_name(instance: Instance) -> None:
    with smtp_server(letter=SILENT) as server:
        instance.environment |= {"EMAIL_URL": server.url, "EMAIL_TIMEOUT": "60", "LEASE_SECONDS": "2"}
        with instance.up() as process:
            send(instance, "Алгебра")
            assert server.came.wait(20), process.output
            assert [row["state"] for row in deliveries(instance)] == ["sending"]
            process.kill()
        server.answers["letter"] = HEALTHY["letter"]
        with instance.up() as process:
            process.wait_for(SUCCEEDED)
            [row] = deliveries(instance)
            timeline = instance.ask("GET", f"/api/deliveries/{row['id']}/").json["timeline"]
    first, second = (letter.message["Message-ID"] for letter in server.offered)
    assert first == second == row["provider_id"]
    assert [(step["state"], step["attempt"]) for step in timeline] == [
        ("queued", 0), ("sending", 1), ("sending", 2), ("sent", 2),
    ]  # fmt: skip
    assert "it may have arrived" in timeline[2]["because"]
