"""A row as a message: text that is never escaped, HTML that always is, in the recipient's language and zone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.template import TemplateDoesNotExist

from angarium.engine.delivery.models import Delivery
from angarium.engine.delivery.rendering import message_of

TITLE = '<b>Алгебра</b> & "co"\r\nBcc: x@y'


def row(**changes: Any) -> Delivery:
    return Delivery(
        template="tests/told", recipient_id="7", context={"title": TITLE, "at": "2026-07-01T12:00:00+00:00"}, **changes
    )


def test_text_is_not_escaped(templates: Path) -> None:
    assert message_of(row()).body == f"7: {TITLE}"


def test_without_a_template_for_it_the_subject_is_the_first_line(templates: Path) -> None:
    message = message_of(row())
    assert (message.subject, message.html) == ('7: <b>Алгебра</b> & "co"', "")


def test_a_subject_is_one_line(templates: Path) -> None:
    (templates / "told.subject.txt").write_text("Lesson\n{{ title }}\n")
    assert message_of(row()).subject == 'Lesson <b>Алгебра</b> & "co" Bcc: x@y'


@pytest.mark.parametrize(
    ("language", "foot"),
    [
        ("en", "This letter was written by a program; nobody reads the answers to it."),
        ("ru", "Это письмо написала программа; ответы на него никто не читает."),
    ],
)
def test_html_stands_in_our_layout_and_is_escaped(templates: Path, language: str, foot: str) -> None:
    (templates / "told.html").write_text(
        '{% extends "delivery/letter.html" %}{% block content %}<p>{{ title }}</p>{% endblock %}'
    )
    html = message_of(row(language=language)).html
    assert "&lt;b&gt;Алгебра&lt;/b&gt; &amp; &quot;co&quot;" in html
    assert "<b>" not in html
    assert f'<html lang="{language}">' in html
    assert f'<div class="foot">{foot}</div>' in html
    assert "prefers-color-scheme: dark" in html
    assert not any(word in html for word in ("src=", "url(", "@import", "<link", "<script", "http:", "https:"))


@pytest.mark.django_db
def test_a_moment_goes_through_the_row_and_comes_out_by_the_recipient_s_clock(templates: Path) -> None:
    (templates / "told.txt").write_text("{% load delivery %}{{ at|moment|date:'Y-m-d H:i' }}")
    kept = Delivery.objects.create(
        template="tests/told", timezone="Asia/Tokyo", context={"at": datetime(2026, 7, 1, 20, tzinfo=UTC)}
    )
    assert message_of(Delivery.objects.get(id=kept.id)).body == "2026-07-02 05:00"


def test_words_and_hours_are_the_recipient_s(templates: Path) -> None:
    (templates / "told.txt").write_text(
        "{% load delivery i18n %}{% get_current_language as l %}{{ l }} {{ at|moment|date:'H:i' }}"
    )
    at = "2026-07-01T12:00:00+00:00"
    told = [
        message_of(Delivery(template="tests/told", language=language, timezone=zone, context={"at": at})).body
        for language, zone in (("ru", "Europe/Moscow"), ("en", "America/New_York"), ("en", "Mars/Olympus"))
    ]
    assert told == ["ru 15:00", "en 08:00", "en 12:00"]


@pytest.mark.parametrize("ending", ["subject.txt", "html"])
def test_a_template_that_includes_what_is_not_there_is_not_taken_for_absent(templates: Path, ending: str) -> None:
    (templates / f"told.{ending}").write_text('{% extends "tests/nowhere.html" %}')
    with pytest.raises(TemplateDoesNotExist, match=r"tests/nowhere\.html"):
        message_of(row())


def test_without_a_text_there_is_no_message(templates: Path) -> None:
    with pytest.raises(TemplateDoesNotExist, match=r"tests/none\.txt"):
        message_of(Delivery(template="tests/none"))
