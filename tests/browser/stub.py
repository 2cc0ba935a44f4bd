"""A page of ours without the product: its scripts are the real ones, the other side is played by the test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django_htmx
from playwright.sync_api import Page, Route, WebSocketRoute

import angarium
from tests.servers.polling import eventually

ENGINE = Path(str(angarium.__file__)).parent / "engine"
SCRIPTS = {
    "/htmx.js": Path(str(django_htmx.__file__)).parent / "static/django_htmx/htmx-2.min.js",
    "/regions.js": ENGINE / "console/static/console/regions.js",
    "/live.js": ENGINE / "live/static/live/live.js",
}
#: Chance is one half, lines are counted, and what the scripts say is written down, before they run.
WATCH = """
Math.random = () => 0.5;
const Real = WebSocket;
window.opened = 0;
window.WebSocket = class extends Real { constructor(...all) {
  super(...all);
  window.opened += 1;
  this.addEventListener("close", () => { window.shut = true; });
} };
window.told = []; window.resets = 0; window.states = []; window.asks = 0;
document.addEventListener("htmx:beforeSend", () => { window.asks += 1; });
document.addEventListener("htmx:afterRequest", () => { window.answered = true; });
document.addEventListener("live:frame", (event) => window.told.push([event.detail.log, event.detail.position]));
document.addEventListener("live:reset", () => { window.resets += 1; });
document.addEventListener("live:state", (event) => window.states.push(event.detail));
"""
HEAD = "".join(f'<script src="{name}" defer></script>' for name in ("/watch.js", *SCRIPTS))
DOCUMENT = f'<!doctype html><meta name="live" content="G:10:20">{HEAD}<body>%s</body>'


class Stub:
    """The page at http://live.test/, its lines as the server has them, and what was heard on them."""

    def __init__(self, page: Page, body: str) -> None:
        self.page = page
        self.loads = 0
        self.lines: list[WebSocketRoute] = []
        self.heard: list[dict[str, Any]] = []
        #: Requests of the page's regions that wait for an answer.
        self.waiting: list[Route] = []
        self._body = body
        page.route("http://live.test/**", self._answer)
        page.route_web_socket("**/ws/notifications/**", self._accept)
        page.clock.install(time=1_000_000)
        page.clock.pause_at(1_001_000)
        page.goto("http://live.test/")

    @property
    def opened(self) -> int:
        """How many lines the page has opened since it was loaded."""
        opened: int = self.page.evaluate("opened")
        return opened

    @property
    def asked(self) -> dict[str, str]:
        """The query of the newest line."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.lines[-1].url).query).items()}

    @property
    def told(self) -> list[list[object]]:
        """What was said to the page's regions: [log, position] of each frame."""
        told: list[list[object]] = self.page.evaluate("told")
        return told

    def until(self, condition: str) -> None:
        """Wait for something in the page."""
        self.page.wait_for_function(condition)

    def until_asked(self, lines: int) -> None:
        """Wait until the server has seen so many lines."""
        eventually(lambda: bool(self.page.evaluate("true")) and len(self.lines) >= lines)

    def until_heard(self, messages: int) -> None:
        eventually(lambda: bool(self.page.evaluate("true")) and len(self.heard) >= messages)

    def close(self, code: int) -> None:
        """Close the newest line, and wait until the page has seen it."""
        self.page.evaluate("shut = false")
        self.lines[-1].close(code=code)
        self.until("shut")

    def say(self, kind: str, **members: Any) -> None:
        """One message of the server's to the page."""
        self.lines[-1].send(json.dumps({"v": 1, "type": kind, "generation": "G", **members}))

    def welcome(self, heartbeat: int = 10, refused: tuple[str, ...] = ()) -> None:
        self.say("welcome", positions={"events": 10, "work": 20}, topics=[], refused=refused, heartbeat=heartbeat)
        self.page.wait_for_function("document.documentElement.dataset.connection === 'connected'")

    def frame(self, position: int, log: str = "events", topic: str = "lesson:7", **members: Any) -> None:
        self.say("lesson.completed", log=log, position=position, topic=topic, data={}, **members)

    def heartbeat(self, sent: int, events: int, work: int = 20) -> None:
        self.say("heartbeat", positions={"events": events, "work": work}, sent=sent)

    def answer(self, text: str, place: str, status: int = 200) -> None:
        """Answer the oldest waiting request with a part made at this place, and wait until it is dealt with."""
        self.until_waiting()
        self.page.evaluate("answered = false")
        headers = {"Live-Position": place, "Content-Type": "text/html; charset=utf-8"}
        self.waiting.pop(0).fulfill(status=status, body=text, headers=headers)
        if status == 200:
            self.until("answered")

    def until_waiting(self) -> None:
        """Wait for a request of a region."""
        eventually(lambda: bool(self.page.evaluate("true")) and bool(self.waiting))

    @property
    def asks(self) -> int:
        """How many requests the page's regions have made."""
        asks: int = self.page.evaluate("asks")
        return asks

    def _accept(self, line: WebSocketRoute) -> None:
        line.on_message(lambda text: self.heard.append(json.loads(text)))
        self.lines.append(line)

    def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path in SCRIPTS:
            route.fulfill(path=SCRIPTS[path])
        elif path == "/watch.js":
            route.fulfill(body=WATCH, content_type="text/javascript")
        elif path == "/part":
            self.waiting.append(route)
        else:
            self.loads += 1
            route.fulfill(body=DOCUMENT % self._body, content_type="text/html; charset=utf-8")
