"""Writers of letters: messages that no event asks for, and that must reach their reader under one name."""

from __future__ import annotations


def write(name: str) -> None:
    """Have one letter sent to the student of the instance."""
    from angarium.engine.delivery.public import Recipient, send

    send(
        to=Recipient(kind="student", id="7", name="Анна", address="anna@example.org"),
        channel="email",
        key=name,
        template="lessons/letter",
        subject="tests.letters:1",
        context={"heading": name, "sentence": "Завтра.", "title": name, "when": "15:00"},
    )
