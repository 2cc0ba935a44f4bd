"""What a log line looks like, and that nobody can forge one."""

from __future__ import annotations

import io
import json
import logging
import threading
from contextlib import suppress

import pytest
from django.core.exceptions import ImproperlyConfigured

from angarium.engine.observability.public import (
    bind,
    bound,
    configure,
    get_logger,
    lines_together,
    logs_aside,
    note,
    on_one_line,
)

NOTICE = "Уведомление отправлено студенту 7 по уроку Алгебра"


@pytest.fixture
def said(capsys):
    """What was written since, as lines; in the style that the test configured."""
    yield lambda: capsys.readouterr().out.splitlines()
    configure("console", "INFO")


def test_a_notification_is_its_own_line_word_for_word(said):
    configure("console")
    logging.getLogger("angarium.notifications").info(NOTICE)
    get_logger("angarium.notifications").info(NOTICE)
    with bind(operation_id="7"):
        get_logger("angarium.notifications").info(NOTICE)
    assert said() == [NOTICE] * 3


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1c", "\x00"])
def test_a_title_cannot_forge_another_line(said, end):
    configure("console")
    get_logger("angarium.notifications").info(f"Урок{end}{NOTICE}")
    lines = said()
    assert len(lines) == 1
    assert lines[0].startswith("Урок\\")


@pytest.mark.parametrize("title", ["100 %", "%s %d", "{}", "{title}", 'a "b"', "back\\slash"])
def test_letters_that_formatters_know_stay_as_they_are(said, title):
    configure("console")
    logging.getLogger("angarium.notifications").info(title)
    get_logger("angarium.notifications").info(title)
    assert said() == [title] * 2


def test_a_line_has_time_level_logger_event_and_ids(said):
    configure("console")
    with bind(request_id="r1"):
        get_logger("angarium.tests").info("token.created", name="two words", count=2)
    (line,) = said()
    assert line.endswith('info     angarium.tests token.created request_id=r1 name="two words" count=2')


def test_a_value_cannot_forge_a_line_nor_a_terminal(said):
    configure("console")
    get_logger("angarium.tests").info("request", path="/\x1b[31m\n2026 info forged")
    (line,) = said()
    assert 'path="/\\u001b[31m\\n2026 info forged"' in line


def test_the_lines_of_a_traceback_are_set_in(said):
    configure("console")

    def broken() -> None:
        raise ValueError(f"one\n{NOTICE}")

    try:
        broken()
    except ValueError:
        get_logger("angarium.tests").exception("request.fault")
    first, *rest = said()
    assert first.endswith("request.fault")
    assert rest
    assert all(line.startswith("    | ") for line in rest)


def test_json_lines_keep_letters_and_ids(said):
    configure("json")
    with bind(operation_id="42"):
        logging.getLogger("angarium.notifications").info(NOTICE)
        get_logger("angarium.tests").warning("late", title="a\u2028b\ud800")
    first, second = said()
    assert NOTICE in first
    assert json.loads(first)["operation_id"] == "42"
    assert json.loads(second)["title"] == "a\u2028b\ud800"
    assert json.loads(second)["level"] == "warning"


def test_a_library_s_line_looks_like_ours(said):
    configure("console")
    with bind(request_id="r1"):
        logging.getLogger("celery.worker").warning("lost %s", "connection")
    (line,) = said()
    assert line.endswith("warning  celery.worker lost connection request_id=r1")


def test_the_lines_of_a_command_whose_output_is_read_stand_aside(capsys):
    configure("console")
    with logs_aside():
        get_logger("angarium.tests").info("aside")
    get_logger("angarium.tests").info("again")
    out, err = capsys.readouterr()
    assert "aside" in err
    assert "again" in out
    assert "aside" not in out


def test_what_is_below_the_level_is_not_written(said):
    configure("console", "WARNING")
    get_logger("angarium.tests").info("quiet")
    assert said() == []


@pytest.mark.parametrize(("style", "level", "sentence"), [("xml", "INFO", "LOG_FORMAT"), ("json", "LOUD", "LOG_LEVEL")])
def test_a_wrong_setting_is_one_sentence(style, level, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        configure(style, level)


def test_ids_are_bound_inside_and_forgotten_outside():
    with bind(request_id="r1", event_id=None):
        with bind(operation_id="o1"):
            note(actor="anna")
            assert bound() == {"request_id": "r1", "operation_id": "o1", "actor": "anna"}
        assert bound() == {"request_id": "r1"}
    assert bound() == {}


def test_escapes_are_readable():
    assert on_one_line("a\tb\nc\x07\u202ed") == "a\\tb\\nc\\u0007\\u202ed"


def test_lines_that_are_told_together_come_in_their_order_and_whole(said):
    configure("console")
    with lines_together():
        for number in range(3):
            get_logger("angarium.tests").info("told", number=number)
        assert said() == []
        with lines_together():
            get_logger("angarium.tests").info("told", number=3)
    assert [line.rpartition("number=")[2] for line in said()] == ["0", "1", "2", "3"]
    get_logger("angarium.tests").info("alone")
    assert len(said()) == 1


def test_lines_that_are_told_together_are_written_whatever_happens(said):
    configure("console")
    with suppress(ZeroDivisionError), lines_together():
        get_logger("angarium.tests").info("before")
        raise ZeroDivisionError
    assert len(said()) == 1


def test_another_thread_need_not_wait_for_lines_that_are_told_together(said):
    configure("console")
    with lines_together():
        get_logger("angarium.tests").info("here")
        thread = threading.Thread(target=lambda: get_logger("angarium.tests").info("there"))
        thread.start()
        thread.join()
        (line,) = said()
        assert line.endswith("there")
    assert len(said()) == 1


class _Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_stops_nobody_who_tells_lines_together(monkeypatch, capsys):
    configure("console")
    with monkeypatch.context() as full:
        full.setattr("sys.stdout", _Full())
        with lines_together():
            get_logger("angarium.tests").info("told")
    assert "No space left on device" in capsys.readouterr().err
