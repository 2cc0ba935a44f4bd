"""Every way of writing a mailing through the ORM is an event, or is refused; none is missed and none is told twice."""

from __future__ import annotations

from contextlib import suppress
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError

from angarium.engine.events.public import Event, Untrackable
from angarium.kernel.errors import Stale
from angarium.kernel.transitions import IllegalMove
from angarium.modules.mailings.models import Mailer, Message

from .conftest import HOUR, Told, people, values

pytestmark = pytest.mark.django_db


class Undone(Exception):
    """Raised to roll a transaction back."""


def test_mail_10_create_tells_of_one_creation(told: Told) -> None:
    mailer = Mailer.objects.create(**values(tag="A", window_start=time(9), window_end=time(18)))
    event = Event.objects.get()
    assert (event.type, event.subject, event.subject_version) == (
        "mailings.mailer_created.v1",
        f"mailings.mailer:{mailer.pk}",
        1,
    )
    assert (event.data["tag"], event.data["window"], event.data["state"]) == ("A", "09:00-18:00", "planned")


@pytest.mark.parametrize("state", ["sending", "paused", "finished", "cancelled", "deleted"])
def test_a_mailing_is_not_entered_in_another_state(told: Told, state: str) -> None:
    with pytest.raises(IllegalMove), transaction.atomic():
        Mailer(**values(), state=state).save()
    assert not Mailer.objects.exists()
    assert told() == []


def test_mail_18_saving_tells_what_changed_and_saving_again_nothing(mailer: Mailer, told: Told) -> None:
    mailer.content = "Иначе"
    mailer.save()
    mailer.save()
    mailer.state = "paused"
    mailer.save(update_fields=["state"])
    assert told() == ["updated", "paused"]
    assert Event.objects.order_by("id")[0].data["changed"] == ["content"]


def test_mail_10_queryset_update_tells_of_each_row(mailer: Mailer, told: Told) -> None:
    Mailer.objects.create(**values(), tag="B")
    Event.objects.all().delete()
    before = mailer.updated_at
    assert Mailer.objects.update(tag="B") == 2
    assert told() == ["updated"]
    mailer.refresh_from_db()
    assert mailer.version == 2
    assert mailer.updated_at >= before


def test_mail_18_an_update_by_expression_tells_what_it_came_to(mailer: Mailer, told: Told) -> None:
    Mailer.objects.filter(pk=mailer.pk).update(finish=F("finish") + HOUR)
    event = Event.objects.get()
    assert event.data["changed"] == ["finish"]
    assert event.data["finish"] == (mailer.finish + HOUR).isoformat().replace("+00:00", "Z")


def test_an_illegal_bulk_update_changes_no_row_at_all(mailer: Mailer, told: Told) -> None:
    cancelled = Mailer.objects.create(**values())
    Mailer.objects.filter(pk=cancelled.pk).update(state="cancelled")
    Event.objects.all().delete()
    with pytest.raises(IllegalMove), transaction.atomic():
        Mailer.objects.update(state="sending")
    assert told() == []
    assert set(Mailer.objects.values_list("id", "state")) == {(mailer.pk, "planned"), (cancelled.pk, "cancelled")}


def test_mail_10_bulk_create_tells_of_each_row(told: Told) -> None:
    Mailer.objects.bulk_create([Mailer(**values()), Mailer(**values(tag="A"))])
    assert told() == ["created", "created"]


def test_bulk_create_that_hides_what_it_did_is_refused(told: Told) -> None:
    with pytest.raises(Untrackable):
        Mailer.objects.bulk_create([Mailer(**values())], ignore_conflicts=True)
    assert told() == []
    assert not Mailer.objects.exists()


def test_mail_10_bulk_update_tells_of_each_row(mailer: Mailer, told: Told) -> None:
    mailer.state = "paused"
    Mailer.objects.bulk_update([mailer], ["state"])
    assert told() == ["paused"]
    mailer.refresh_from_db()
    assert (mailer.state, mailer.version) == ("paused", 2)


def test_get_or_create_and_update_or_create_tell_what_they_did(told: Told) -> None:
    Mailer.objects.get_or_create(content="А", defaults=values(content="А"))
    Mailer.objects.get_or_create(content="А", defaults=values(content="А"))
    Mailer.objects.update_or_create(content="А", defaults={"state": "paused"})
    assert told() == ["created", "paused"]


def test_mail_20_deleting_tells_once_whether_the_row_stays_or_goes(mailer: Mailer, told: Told) -> None:
    second = Mailer.objects.create(**values())
    third = Mailer.objects.create(**values())
    Event.objects.all().delete()
    mailer.state = "deleted"
    mailer.save()
    mailer.delete()
    second.delete()
    Mailer.objects.filter(pk=third.pk).delete()
    assert told() == ["deleted", "deleted", "deleted"]
    assert not Mailer.objects.exists()


def test_mail_20_a_mailing_with_messages_cannot_be_deleted_past_them(mailer: Mailer, told: Told) -> None:
    [client] = people(("A", "900"))
    Message.objects.create(mailer=mailer, client=client)
    with pytest.raises(ProtectedError):
        mailer.delete()
    with pytest.raises(ProtectedError):
        client.delete()
    assert told() == []


def test_fixtures_tell_nothing(mailer: Mailer, told: Told, tmp_path: Path) -> None:
    mailer.state = "finished"
    fixture = tmp_path / "mailers.json"
    fixture.write_text(serializers.serialize("json", [mailer, Mailer(pk=mailer.pk + 1, **values())]))
    call_command("loaddata", str(fixture), verbosity=0)
    assert list(Mailer.objects.values_list("state", flat=True)) == ["finished", "planned"]
    assert told() == []


def test_mail_10_a_rolled_back_transaction_leaves_no_event(told: Told) -> None:
    with suppress(Undone), transaction.atomic():
        Mailer.objects.create(**values())
        assert told() == ["created"]
        raise Undone
    assert told() == []


def test_mail_18_a_stale_save_cannot_turn_a_state_back(mailer: Mailer, told: Told) -> None:
    stale = Mailer.objects.get(pk=mailer.pk)
    mailer.state = "cancelled"
    mailer.save()
    stale.content = "late"
    with pytest.raises(Stale):
        stale.save()
    assert told() == ["cancelled"]
    assert Mailer.objects.values_list("state", "content").get() == ("cancelled", mailer.content)


@pytest.mark.parametrize(
    "wrong",
    [
        {"content": ""},
        {"finish": values()["start"] - HOUR},
        {"weekdays": 0},
        {"weekdays": 128},
        {"window_start": time(9)},
        {"window_end": time(9)},
    ],
)
def test_mail_05_the_database_itself_refuses_what_no_mailing_can_be(told: Told, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Mailer.objects.create(**values(**wrong))
    assert told() == []
