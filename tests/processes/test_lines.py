"""One story told by JSON lines: from the request through the event to the operation and the delivery."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from tests.processes.instance import LESSON, Instance

#: A member of the staff with a token, who is also the student; prints the person's id and the token.
ANN = """
from angarium.engine.identity.public import Person, create_token
from angarium.modules.lessons.models import Student
person = Person.objects.create_user("ann", role="staff")
Student.objects.filter(id=7).update(person=person.id)
print(person.id, create_token("hers", ["*"], person=person)[1])
"""


def lines(output: str, **fields: object) -> list[dict[str, Any]]:
    """The JSON lines that say this; `ready:` and the notifications' own lines are none."""
    found = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [line for line in found if fields.items() <= line.items()]


def test_a_story_is_followed_from_its_request_to_its_delivery_by_the_ids_of_its_lines(seeded: Instance) -> None:
    instance = seeded.copy()
    person, secret = instance.run("shell", "-c", ANN).split()[-2:]
    with instance.up(LOG_FORMAT="json") as process:
        headers = {"X-Request-Id": "story-1", "Authorization": f"Bearer {secret}"}
        asked = instance.ask("POST", "/api/lessons/lessons/", {**LESSON, "title": "По следам"}, headers=headers)
        assert asked.status == 201, asked
        process.wait_for(
            rf'^(?=.*"person_id": "{person}").*"task": "delivery.deliver", "state": "succeeded"', within=30
        )
        events = instance.rows("select uid, type from events_event where request_id = 'story-1'")
        output = process.output
    (request,) = lines(output, event="request", request_id="story-1")
    assert (request["person_id"], request["status"]) == (person, 201)
    event = next(str(UUID(uid)) for uid, kind in events if kind == "lessons.lesson_created.v1")
    (ran,) = lines(output, event="tasks.ran", event_id=event, task="lessons.notify_student")
    assert UUID(ran["operation_id"])
    hers = {"event_id": event, "person_id": person}  # her teacher, who is no person, is written to as well
    delivered = lines(output, event="tasks.ran", task="delivery.deliver", **hers)[0]
    assert UUID(delivered["delivery_id"]).version == 7
    assert UUID(delivered["operation_id"]) != UUID(ran["operation_id"])
