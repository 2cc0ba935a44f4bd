"""Taking messages and writing what became of them: who has a message, and whose word about it counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from angarium.engine.delivery.public import Answer, Call, Landing, Said
from angarium.engine.identity.public import SYSTEM
from angarium.engine.tasks.testing import working
from angarium.kernel.clock import now
from angarium.modules.mailings import actions
from angarium.modules.mailings.counting import reasons_of, recounted
from angarium.modules.mailings.models import Attempt, Mailer, Message
from angarium.modules.mailings.sending.judging import given_back, held, pause, result_of
from angarium.modules.mailings.sending.results import Result, write
from angarium.modules.mailings.sending.taking import Taken, next_due, take
from angarium.modules.mailings.tests.post import Post, counts, ends, planned


def lease_ends(mailer: Mailer) -> None:
    Message.objects.filter(mailer=mailer, state="sending").update(due_at=now())


def result(mailer: Mailer, taken: Taken, said: Said, finish: Any = None) -> Result:
    landing = Landing(Call(taken.id, taken.phone, mailer.content, 10), Answer(said, "so it said"), 0.1)
    return result_of(taken, landing, now(), finish or mailer.finish, away_until=None)


def rows(mailer: Mailer) -> list[tuple[Any, ...]]:
    return list(Message.objects.filter(mailer=mailer).order_by("id").values_list("state", "reason", "attempts"))


@pytest.mark.django_db(transaction=True)
def test_mail_31_what_a_worker_took_and_lost_is_handed_over_again_under_the_same_number(post: Post) -> None:
    mailer = planned(3)
    lost = take(mailer.pk, 2, now())
    assert rows(mailer) == [("sending", "", 1), ("sending", "", 1), ("queued", "", 0)]
    lease_ends(mailer)
    with working():
        ends(mailer)
    assert set(post.numbers.values()) == {1}
    assert set(post.numbers) >= {one.id for one in lost}
    assert sorted(Attempt.objects.values_list("message", "number", "reason")) == [(one.id, 1, "lost") for one in lost]
    assert write(mailer.pk, [result(mailer, one, Said.REFUSED) for one in lost]) == set()
    assert rows(mailer) == [("sent", "", 2), ("sent", "", 2), ("sent", "", 1)]
    assert counts(mailer) == {"sent": 3}


@pytest.mark.django_db(transaction=True)
def test_mail_31_a_message_under_way_belongs_to_nobody_else_until_its_lease_ends() -> None:
    mailer = planned(3)
    first = take(mailer.pk, 2, now())
    assert len(take(mailer.pk, 9, now())) == 1
    assert take(mailer.pk, 9, now() + timedelta(seconds=29)) == []
    assert {one.id for one in take(mailer.pk, 2, now() + timedelta(seconds=31))} == {one.id for one in first}


SAID = st.sampled_from(list(Said))


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(answers=st.lists(st.one_of(SAID, st.none()), min_size=1, max_size=5), order=st.randoms(use_true_random=False))
def test_mail_31_only_the_word_of_who_has_it_counts_in_whatever_order_it_comes(
    answers: list[Said | None], order: Any
) -> None:
    """A message was taken several times; what each of those workers says of it comes in any order, some of it twice."""
    with transaction.atomic():
        mailer = planned(1)
        told = []
        for said in answers:
            [taken] = take(mailer.pk, 1, now())
            told.append((taken, given_back(taken, now()) if said is None else result(mailer, taken, said)))
            lease_ends(mailer)
        last, right = told[-1]
        Message.objects.filter(pk=last.id).update(due_at=last.until)
        shuffled = [*told, *told]
        order.shuffle(shuffled)
        for taken, one in shuffled:
            written = write(mailer.pk, [one])
            assert written <= ({last.id} if taken is last else set())
        tries = last.attempt if right.called else last.attempt - 1
        assert rows(mailer) == [(right.state, right.reason, tries)]
        assert reasons_of(mailer.pk) == {key: n for key, n in recounted(mailer.pk).items() if n}
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_result_that_goes_back_to_a_mailing_that_was_cancelled_meanwhile_is_cancelled() -> None:
    mailer = planned(4)
    refused, failed, back, sent = take(mailer.pk, 9, now())
    actions.cancel_mailer(mailer.pk, by=SYSTEM)
    results = [result(mailer, refused, Said.REFUSED), result(mailer, failed, Said.TIMEOUT), given_back(back, now())]
    write(mailer.pk, [*results, result(mailer, sent, Said.OK)], version=mailer.version)
    assert [row[:2] for row in rows(mailer)] == [
        ("failed", "refused"),
        ("cancelled", "mailer_cancelled"),
        ("cancelled", "mailer_cancelled"),
        ("sent", ""),
    ]
    assert counts(mailer) == {"failed": 1, "cancelled": 2, "sent": 1}


@pytest.mark.django_db
def test_what_was_judged_by_a_mailing_that_was_changed_meanwhile_is_judged_anew() -> None:
    mailer = planned(2)
    one, other = take(mailer.pk, 9, now())
    late = held(one, mailer, mailer.finish)
    assert late is not None
    assert late.state == "expired"
    actions.edit_mailer(mailer.pk, by=SYSTEM, finish=mailer.finish + timedelta(hours=1))
    write(mailer.pk, [late, result(mailer, other, Said.OK)], version=mailer.version)
    assert rows(mailer) == [("queued", "", 0), ("sent", "", 1)]


@pytest.mark.django_db
def test_an_answer_that_no_database_would_keep_is_written_all_the_same() -> None:
    from angarium.engine.delivery.channels.sender.answers import read

    mailer = planned(1)
    [taken] = take(mailer.pk, 9, now())
    answer = read(500, b"\x00\xff\xed\xa0\x80" + "щ".encode() * 300)
    landing = Landing(Call(taken.id, taken.phone, "", 10), answer, 0.1)
    assert write(mailer.pk, [result_of(taken, landing, now(), mailer.finish, away_until=None)]) == {taken.id}
    assert Message.objects.get().answer == Attempt.objects.get().answer == answer.text


@pytest.mark.django_db
def test_what_others_have_under_way_is_looked_at_again_before_its_lease_ends() -> None:
    mailer, moment = planned(2), now()
    assert next_due(mailer.pk, moment) == mailer.start
    one, other = take(mailer.pk, 9, moment)
    assert next_due(mailer.pk, moment) == moment + timedelta(seconds=1)
    later = given_back(one, moment + timedelta(hours=1))
    write(mailer.pk, [later, result(mailer, other, Said.OK)])
    assert next_due(mailer.pk, moment) == later.due_at
    [one] = take(mailer.pk, 9, moment + timedelta(hours=2))
    write(mailer.pk, [result(mailer, one, Said.OK)])
    assert next_due(mailer.pk, moment) is None


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2), (2, 4), (5, 32), (8, 256), (9, 300), (1000, 300)])
def test_mail_15_the_pause_doubles_with_each_call_up_to_five_minutes_and_nobody_has_quite_the_same(
    attempt: int, seconds: float
) -> None:
    pauses = {pause(attempt).total_seconds() for _ in range(50)}
    assert len(pauses) > 40
    assert all(seconds * 0.5 <= one <= seconds * 1.5 for one in pauses)
