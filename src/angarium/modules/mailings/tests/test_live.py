"""Following mailings: who may, and what of the work for them is heard under them."""

from __future__ import annotations

import pytest

from angarium.engine.events.public import Event
from angarium.engine.identity.public import NOBODY, SYSTEM
from angarium.engine.ledger.public import Operation, start
from angarium.modules.mailings import actions
from angarium.modules.mailings.live import MAILERS, sent_by
from angarium.modules.mailings.models import Mailer

from .conftest import people, values
from .plans import caught_up
from .test_actions import MEMBER, OPEN, READER, STAFF, STRANGER, WRITER

pytestmark = pytest.mark.django_db


def test_staff_follows_mailings_and_nobody_else() -> None:
    id = str(Mailer.objects.create(**values()).pk)
    for one in (STAFF, SYSTEM, READER, WRITER, OPEN):
        assert MAILERS.may_read(one, id)
    for one in (MEMBER, NOBODY, STRANGER):
        assert not MAILERS.may_read(one, id)
    for text in (id, "", "x", "9" * 40, "\x00"):
        assert MAILERS.audience(text) == set()


def test_what_sends_a_mailing_is_heard_under_it_whoever_started_it() -> None:
    people(("A", "900"))
    mailer = Mailer.objects.create(**values())
    by_hand = [start("mailings.send_mailing", mailer=mailer.pk), start("mailings.retry_messages", mailer=mailer.pk)]
    start("delivery.deliver", delivery="1")
    caught_up()
    found = list(Operation.objects.all())
    Operation.objects.filter(id=by_hand[0]).update(event_id=Event.objects.values_list("uid", flat=True)[0])
    assert set(sent_by(found)) == {one.id for one in found if one.kind != "delivery.deliver"}
    assert set(sent_by(list(Operation.objects.all()))) == {
        one.id for one in found if one.kind != "delivery.deliver"
    } - {by_hand[0]}
    assert set(sent_by(found).values()) == {str(mailer.pk)}


def test_a_deleted_mailing_is_told_as_deleted() -> None:
    mailer = Mailer.objects.create(**values())
    actions.delete_mailer(mailer.pk, by=SYSTEM)
    assert [event.type for event in Event.objects.order_by("id")] == [
        "mailings.mailer_created.v1",
        "mailings.mailer_deleted.v1",
    ]
