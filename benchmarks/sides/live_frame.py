"""The frame that both sides send, the same in length: what Angarium says of a lesson that is about to start."""

from __future__ import annotations

from typing import Any

LESSON = 7
TIMEZONE = "Europe/Moscow"


def title(number: int) -> str:
    """Where the listeners look for the update's number."""
    return f"#{number:07} Algebra, before the examination"


def frame(number: int) -> dict[str, Any]:
    """As it is in JSON."""
    return {
        "v": 1,
        "log": "events",
        "generation": "0123456789abcdef0123456789abcdef",
        "position": number,
        "type": "lesson.starting.soon",
        "topic": f"lesson:{LESSON}",
        "ts": "2026-11-26T10:00:00.123456Z",
        "data": {
            "id": LESSON,
            "title": title(number),
            "student_id": 7,
            "teacher_id": 3,
            "starts_at": "2030-01-01T10:00:00Z",
            "timezone": TIMEZONE,
            "duration_minutes": 60,
        },
    }
