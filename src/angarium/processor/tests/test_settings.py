"""What a processor is told by its environment, and what it says when that makes no sense."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from angarium.config.settings import broker
from angarium.processor.conf import conf
from angarium.processor.lines import configure
from angarium.processor.settings import WrongSetting, load


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ANGARIUM_HOME", "CELERY_BROKER_URL", "LEASE_SECONDS", "PROCESSOR_QUEUES"):
        monkeypatch.delenv(name, raising=False)


def test_what_is_not_said_has_a_default() -> None:
    said = load()
    assert (said.queues, said.concurrency, said.modules, said.lease_seconds) == (("processor",), 4, (), 30)
    assert said.spool == Path("var/processor.sqlite")


def test_what_is_said_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_QUEUES", "thumbs, video")
    monkeypatch.setenv("PROCESSOR_MODULES", "images.work")
    monkeypatch.setenv("PROCESSOR_SPOOL", "/tmp/reports.sqlite")
    said = load()
    assert (said.queues, said.modules, said.spool) == (
        ("thumbs", "video"),
        ("images.work",),
        Path("/tmp/reports.sqlite"),
    )


@pytest.mark.parametrize(("name", "value"), [("PROCESSOR_CONCURRENCY", "many"), ("LEASE_SECONDS", "0")])
def test_a_number_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting, match=name):
        load()


def test_what_is_missing_is_asked_for_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = {"ANGARIUM_URL": "http://api", "ANGARIUM_TOKEN": "ang_secret", "CELERY_BROKER_URL": "redis://:pw@r/0"}
    for name, value in needed.items():
        with pytest.raises(WrongSetting, match=f"{name} is not set"):
            load().checked()
        monkeypatch.setenv(name, value)
    assert not re.search("secret|pw", repr(load().checked()))


@pytest.mark.parametrize(("style", "level"), [("xml", "INFO"), ("json", "LOUD")])
def test_a_style_or_level_of_lines_that_is_none_is_refused(style: str, level: str) -> None:
    with pytest.raises(WrongSetting, match="is not known"):
        configure(style, level)


@pytest.mark.parametrize("url", ["redis://r/0", "amqp://m//", "memory://"])
def test_both_sides_use_celery_in_the_same_way(url: str) -> None:
    settings = {name: value for name, value in conf(url).items() if not name.startswith("broker_transport")}
    theirs = {name: getattr(broker, f"CELERY_{name.upper()}") for name in settings if name != "broker_url"}
    assert theirs == {name: value for name, value in settings.items() if name != "broker_url"}
