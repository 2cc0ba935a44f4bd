"""A client in a few lines: what it knows, what frames make of it, and what it would know if it loaded anew.

Each module has a `tests/deeds.py`:

* `DEEDS`: for each public function of its `actions`, and for other ways of writing under names of their own, a function
  that prepares rows and returns the deed to be done;
* `snapshot(principal)`: what of its topics this principal would load now, `{"lesson:7": {…}}`;
* `seen(principal)`, where frames say only that there is something to load: what a page would then show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec
from django.conf import settings

from angarium.engine.events.public import stamp
from angarium.engine.identity.public import SYSTEM, Principal
from angarium.engine.ledger.public import stamp_work
from angarium.engine.live.frames import Frame
from angarium.engine.live.judging import Verdict, judge
from angarium.engine.live.place import here
from angarium.engine.live.reading import read_on
from angarium.engine.live.watcher import Watcher
from angarium.engine.live.who import Visitor

Known = dict[str, dict[str, Any]]
Deed = Callable[[], object]
#: What is no module and has topics all the same.
ENGINE = ("angarium.engine.delivery",)


def parts() -> list[str]:
    """The packages that have deeds, or must have them: every module with actions, and the engine's own."""
    return [app for app in settings.ANGARIUM_MODULES.values() if find_spec(f"{app}.actions")] + list(ENGINE)


def deeds() -> dict[str, Callable[[], Deed]]:
    """Every deed there is, by part and name."""
    return {
        f"{part.rpartition('.')[2]}.{name}": prepare
        for part in parts()
        for name, prepare in import_module(f"{part}.tests.deeds").DEEDS.items()
    }


def loaded(principal: Principal) -> Known:
    """What this principal would load now."""
    known: Known = {}
    for part in parts():
        known |= import_module(f"{part}.tests.deeds").snapshot(principal)
    plain: Known = msgspec.to_builtins(known)
    return plain


def seen(principal: Principal) -> dict[str, Any]:
    """What pages would show of topics whose frames carry nothing of them."""
    found: dict[str, Any] = {}
    for part in parts():
        found |= getattr(import_module(f"{part}.tests.deeds"), "seen", lambda _: {})(principal)
    return found


def relayed() -> None:
    """Have the relay do what is to do."""
    while stamp():
        pass
    while stamp_work().more:
        pass


def told(principal: Principal, before: Known, since: Any) -> tuple[Known, set[str]]:
    """What the frames since then make of what was known, and every topic that they touched."""
    known, touched = {topic: dict(data) for topic, data in before.items()}, set[str]()
    place = since
    while place != here():
        news = read_on(place)
        assert not news.broken
        for frame in news.frames:
            verdict = judge({(principal, frame)})[principal, frame]
            if verdict is not Verdict.NOTHING:
                touched.update(frame.routes)
                merge(known, msgspec.json.decode(as_sent(frame, verdict)))
        place = news.place
    return known, touched


def as_sent(frame: Frame, verdict: Verdict) -> bytes:
    one = Watcher(Visitor(SYSTEM), drop=lambda: None)
    one.offer(frame, verdict)
    return one.queue[0].body


def merge(known: Known, frame: Mapping[str, Any]) -> None:
    """What docs/reference/live.md says that a client does."""
    topic = frame["topic"]
    if frame["type"] == "gone" or frame["type"].endswith(".deleted"):
        known.pop(topic, None)
    elif frame["type"] != "touched":
        known[topic] = {**known.get(topic, {}), **frame["data"]}
