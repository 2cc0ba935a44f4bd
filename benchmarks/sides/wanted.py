"""What is sent to each kind of service, the same news in its own words, and how the operations that it is about are
numbered. Every request of a kind has the same length, so that it is only filled in."""

from __future__ import annotations

from dataclasses import dataclass

ID = b"01900000-0000-7000-8000-%012x"


@dataclass(frozen=True)
class Shape:
    """A request: method, path (with a `%s` for the id, if it names one), and an item of its body by number."""

    method: str
    path: bytes
    item: bytes
    batch: bool = False
    scheme: bytes = b"Bearer"

    def request(self, operation: int, number: int, host: bytes, token: str) -> bytes:
        return self._framed(self.path % (ID % operation), self.item % {b"n": number}, host, token)

    def batch_of(self, places: list[tuple[int, int]], host: bytes, token: str) -> bytes:
        items = (b'{"operation":"%s",%s' % (ID % one, self.item[1:] % {b"n": number}) for one, number in places)
        return self._framed(self.path, b'{"transitions":[%s]}' % b",".join(items), host, token)

    def _framed(self, path: bytes, body: bytes, host: bytes, token: str) -> bytes:
        proof = b"Authorization: %s %s\r\n" % (self.scheme, token.encode()) if token else b""
        head = b"%s %s HTTP/1.1\r\nHost: %s\r\n" % (self.method.encode(), path, host)
        return head + proof + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


_REPORT = (
    b'{"epoch":1,"seq":%(n)10d,"state":"running","progress":{"done":%(n)10d,"total":1000000000},'
    b'"message":"page %(n)010d"}'
)
_STAGE = b'{"epoch":1,"seq":%(n)10d,"state":"running","stage":"stage %(n)010d"}'
_FIELDS = b'{"state":"running","progress_done":%(n)10d,"progress_total":1000000000,"message":"page %(n)010d"}'
_PREFECT = b'{"state":{"type":"RUNNING","name":"Running","message":"page %(n)010d"},"force":true}'
_ROOT = b"/api/operations/operations"

SHAPES = {
    "report": Shape("POST", _ROOT + b"/%s/transitions", _REPORT),
    "stage": Shape("POST", _ROOT + b"/%s/transitions", _STAGE),
    "batch": Shape("POST", _ROOT + b"/transitions:batch", _REPORT, batch=True),
    "patch": Shape("PATCH", b"/operations/%s/", _FIELDS, scheme=b"Token"),
    "prefect": Shape("POST", b"/api/flow_runs/%s/set_state", _PREFECT),
}
