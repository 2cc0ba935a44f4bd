"""The admin writes through the actions: what is made there is planned, what is deleted there stays in the history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Role
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.engine.tasks.testing import settled, working
from angarium.kernel.clock import now
from angarium.modules.mailings.counting import note_moves
from angarium.modules.mailings.models import Client, Mailer, Message

MAILERS = "admin:mailings_mailer_changelist"
CLIENTS = "admin:mailings_client_changelist"
MESSAGES = "admin:mailings_message_changelist"


@pytest.fixture
def admin(db: None) -> Browser:
    return client_signed_in(make_person(role=Role.STAFF))


def client(number: int = 1, **columns: Any) -> Client:
    return Client.objects.create(**{"phone": f"7900{number:07}", "operator_code": "900", **columns})


def mailer(**columns: Any) -> Mailer:
    times = {"start": now() + timedelta(hours=1), "finish": now() + timedelta(hours=2)}
    return Mailer.objects.create(**{**times, "content": "Скидка", **columns})


def message(mailer: Mailer, to: Client, state: str = "queued", reason: str = "") -> Message:
    note_moves(mailer.pk, [(None, (state, reason), 1)])
    return Message.objects.create(mailer=mailer, client=to, state=state, reason=reason, due_at=now())


def mailer_form(row: Mailer | None = None, **changes: Any) -> dict[str, Any]:
    """What the form sends: for an existing mailing what it showed."""
    start, finish = (timezone.localtime(row.start), timezone.localtime(row.finish)) if row else times()
    shown = {
        "content": row.content if row else "Скидка",
        "start_0": f"{start:%Y-%m-%d}",
        "start_1": f"{start:%H:%M:%S}",
        "finish_0": f"{finish:%Y-%m-%d}",
        "finish_1": f"{finish:%H:%M:%S}",
        "days": ["1", "7"],
        "seen_version": row.version if row else "",
    }
    return dict.fromkeys(("tag", "operator_code", "window_start", "window_end"), "") | shown | changes


def times() -> tuple[Any, Any]:
    return timezone.localtime() + timedelta(hours=1), timezone.localtime() + timedelta(hours=5)


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    errors: dict[str, list[str]] = answer.context["adminform"].form.errors
    return errors


def said(answer: Any) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)]


def chosen(action: str, *rows: Any, **more: str) -> dict[str, Any]:
    return {"action": action, "_selected_action": [row.pk for row in rows], **more}


def told() -> list[str]:
    types = Event.objects.filter(type__startswith="mailings.").order_by("id").values_list("type", flat=True)
    return [name.removeprefix("mailings.mailer_").removesuffix(".v1") for name in types]


def test_mail_28_every_page_opens(admin: Browser) -> None:
    rows = {"client": client(), "mailer": mailer()}
    rows |= {"message": message(rows["mailer"], rows["client"])}  # type: ignore[arg-type, dict-item]
    for model, row in rows.items():
        pages = [reverse(f"admin:mailings_{model}_changelist")]
        pages += [reverse(f"admin:mailings_{model}_{page}", args=[row.pk]) for page in ("change", "history")]
        if model != "message":
            pages += [reverse(f"admin:mailings_{model}_add"), reverse(f"admin:mailings_{model}_delete", args=[row.pk])]
        for page in pages:
            assert admin.get(page).status_code == 200, page


def counted(answer: Any) -> list[dict[str, int]]:
    return [row.counted for row in answer.context["cl"].result_list]


def test_mail_28_the_list_shows_how_many_messages_are_in_each_state(
    admin: Browser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    people = [client(number) for number in range(3)]
    first, second = mailer(), mailer()
    for one, state in zip(people, ("sent", "sent", "failed"), strict=True):
        message(first, one, state)
    page = admin.get(reverse(MAILERS))
    assert [(row["sent"], row["failed"], row["queued"]) for row in counted(page)] == [(0, 0, 0), (2, 1, 0)]
    assert '<td class="field-sent' in page.content.decode()
    for _ in range(20):
        message(mailer(), people[0], "queued")
    with django_assert_max_num_queries(12):
        assert len(counted(admin.get(reverse(MAILERS)))) == 22
    assert second.pk > first.pk


def test_mail_28_the_page_of_a_mailing_shows_its_numbers_and_why(admin: Browser) -> None:
    row = mailer()
    for number, (state, reason) in enumerate([("sent", ""), ("failed", "refused"), ("failed", "refused")]):
        message(row, client(number), state, reason)
    page = admin.get(reverse("admin:mailings_mailer_change", args=[row.pk])).content.decode()
    for line in ("sent: 1", "failed: 2", "expired: 0", "in all: 3", "2 × failed (the sender refused it for good)"):
        assert line in page
    assert f"{reverse(MESSAGES)}?mailer__id__exact={row.pk}" in page


@pytest.mark.django_db(transaction=True)
def test_mail_10_a_mailing_made_in_the_admin_is_planned_as_any_other(admin: Browser) -> None:
    fits, other = client(1, tag="vip"), client(2)
    with working():
        answer = admin.post(reverse("admin:mailings_mailer_add"), mailer_form(tag="vip"))
        assert answer.status_code == 302, errors_of(answer)
        settled()
    row = Mailer.objects.get()
    assert (row.content, row.state, row.weekdays) == ("Скидка", "planned", 0b1000001)
    assert [one.client_id for one in Message.objects.filter(mailer=row)] == [fits.pk]
    assert other.pk != fits.pk
    assert told() == ["created"]


def test_mail_28_a_mailing_is_edited_through_the_actions(admin: Browser) -> None:
    row = mailer()
    page = reverse("admin:mailings_mailer_change", args=[row.pk])
    assert admin.post(page, mailer_form(row, content="Иначе")).status_code == 302
    row.refresh_from_db()
    assert (row.content, told()) == ("Иначе", ["created", "updated"])
    stale = admin.post(page, mailer_form(row, content="Опять", seen_version=row.version - 1))
    assert errors_of(stale)["__all__"][0].startswith("Somebody changed this")
    row.refresh_from_db()
    assert row.content == "Иначе"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("content", {"content": ""}),
        ("finish", {"finish_0": "2001-01-01"}),
        ("finish", {"finish_0": "never"}),
        ("operator_code", {"operator_code": "90"}),
        ("window_end", {"window_start": "09:00"}),
        ("window_start", {"window_end": "09:00"}),
        ("days", {"days": ["8"]}),
    ],
)
def test_mail_28_what_does_not_fit_is_an_error_beside_its_field(
    admin: Browser, field: str, wrong: dict[str, Any]
) -> None:
    assert list(errors_of(admin.post(reverse("admin:mailings_mailer_add"), mailer_form(**wrong)))) == [field]
    assert not Mailer.objects.exists()


def test_mail_28_actions_pause_resume_and_cancel_and_say_what_they_could_not(admin: Browser) -> None:
    row, cancelled = mailer(), mailer(content="Старая")
    Mailer.objects.filter(pk=cancelled.pk).update(state="cancelled")
    for action, state in (("pause", "paused"), ("resume", "planned"), ("cancel", "cancelled")):
        answer = admin.post(reverse(MAILERS), chosen(action, row, cancelled))
        row.refresh_from_db()
        assert row.state == state
        assert {line.partition(":")[0] for line in said(answer)} == {"Старая", "Done"}


def test_mail_28_what_failed_is_tried_again(admin: Browser) -> None:
    row = mailer(start=now() - timedelta(hours=1))
    [refusal] = said(admin.post(reverse(MAILERS), chosen("retry", row)))
    assert refusal == "Скидка: Nothing of this mailing has failed."
    message(row, client(), "failed", "refused")
    answer = admin.post(reverse(MAILERS), chosen("retry", row))
    assert said(answer)[-1] == "Done: 1."


def test_mail_20_deleting_in_the_admin_keeps_what_was_sent(admin: Browser) -> None:
    row = mailer()
    message(row, client(), "sent")
    page = reverse("admin:mailings_mailer_delete", args=[row.pk])
    assert "Скидка" in admin.get(page).content.decode()
    assert admin.post(page, {"post": "yes"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, Message.objects.get().state) == ("deleted", "sent")
    assert admin.get(reverse("admin:mailings_mailer_change", args=[row.pk])).status_code == 302
    assert counted(admin.get(reverse(MAILERS))) == []


def test_mail_20_many_are_deleted_the_same_way(admin: Browser) -> None:
    rows = [mailer(), mailer()]
    message(rows[0], client(), "sent")
    asked = admin.post(reverse(MAILERS), chosen("delete_selected", *rows))
    assert asked.status_code == 200
    admin.post(reverse(MAILERS), chosen("delete_selected", *rows, post="yes"))
    assert set(Mailer.objects.values_list("state", flat=True)) == {"deleted"}
    assert Message.objects.count() == 1
    assert told() == ["created", "created", "deleted", "deleted"]


def client_form(**changes: Any) -> dict[str, Any]:
    return {"phone": "79001234567", "tag": "vip", "timezone": "Asia/Kamchatka", **changes}


def test_mail_28_a_client_is_entered_and_edited(admin: Browser) -> None:
    assert admin.post(reverse("admin:mailings_client_add"), client_form()).status_code == 302
    row = Client.objects.get()
    assert (row.phone, row.operator_code, row.timezone) == ("79001234567", "900", "Asia/Kamchatka")
    page = reverse("admin:mailings_client_change", args=[row.pk])
    assert admin.post(page, client_form(phone="79111234567")).status_code == 302
    row.refresh_from_db()
    assert row.operator_code == "911"


@pytest.mark.parametrize(
    "wrong", [{"phone": "89001234567"}, {"phone": "79000000001"}, {"timezone": "Mars"}, {"phone": "79001234567\n1"}]
)
def test_mail_28_a_wrong_client_is_an_error_of_the_form(admin: Browser, wrong: dict[str, str]) -> None:
    client(1)
    assert list(errors_of(admin.post(reverse("admin:mailings_client_add"), client_form(**wrong)))) == list(wrong)
    assert Client.objects.count() == 1


def test_mail_04_a_client_deleted_in_the_admin_gets_nothing_more_and_stays_in_the_history(admin: Browser) -> None:
    row, people = mailer(), [client(1), client(2)]
    waiting = [message(row, one) for one in people]
    admin.post(reverse("admin:mailings_client_delete", args=[people[0].pk]), {"post": "yes"})
    admin.post(reverse(CLIENTS), chosen("delete_selected", people[1], post="yes"))
    assert Client.objects.filter(deleted_at__isnull=True).count() == 0
    for one in waiting:
        one.refresh_from_db()
        assert (one.state, one.reason) == ("cancelled", "client_deleted")


def test_mail_b14_clients_are_opted_out_and_in_again(admin: Browser) -> None:
    row = client()
    waiting = message(mailer(), row)
    admin.post(reverse(CLIENTS), chosen("opt_out", row))
    waiting.refresh_from_db()
    row.refresh_from_db()
    assert (waiting.state, row.opted_out_at is None) == ("suppressed", False)
    admin.post(reverse(CLIENTS), chosen("opt_in", row))
    row.refresh_from_db()
    assert row.opted_out_at is None


def test_mail_28_messages_are_there_to_be_looked_at(admin: Browser) -> None:
    row = message(mailer(), client(7), "failed", "refused")
    for query in ({}, {"q": "79000000007"}, {"q": str(row.pk)}, {"mailer__id__exact": row.mailer_id}):
        found = admin.get(reverse(MESSAGES), query)
        assert found.context["cl"].result_count == 1, query
    assert "7900***0007" in found.content.decode()
    page = reverse("admin:mailings_message_change", args=[row.pk])
    assert admin.get(page).status_code == 200
    assert admin.post(page, {"state": "queued"}).status_code == 403
    assert admin.post(reverse("admin:mailings_message_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert admin.get(reverse("admin:mailings_message_add")).status_code == 403


def test_mail_28_members_do_not_enter(db: None) -> None:
    mailer()
    assert client_signed_in().get(reverse(MAILERS)).status_code == 302
