"""Who brings a report: tokens are looked up once a second and not once a report."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from angarium.engine.identity.public import find_token, note_use, of_token, write_use
from angarium.engine.live.public import in_thread
from angarium.kernel.errors import AngariumError, Invalid
from angarium.modules.operations.errors import NotAReporter, NoToken
from angarium.modules.operations.queries import may_report

#: Seconds for which what is known of a token is believed; a token that is revoked is refused after them.
BELIEVED = 1.0
MOST_KNOWN = 1000
Headers = dict[bytes, bytes]
#: Why a secret is refused, if it is, and until when that is believed. By the secret itself, which is in memory for as
#: long as its request anyway.
_known: dict[bytes, tuple[float, asyncio.Future[AngariumError | None]]] = {}


async def refuse_strangers(headers: Headers) -> None:
    """NoToken or NotAReporter, unless whoever's token this is may report."""
    scheme, _, secret = headers.get(b"authorization", b"").strip().partition(b" ")
    if scheme.lower() != b"bearer":
        raise NoToken
    refusal = await _refusal(secret.strip())
    if refusal is not None:
        raise refusal.with_traceback(None)


async def _refusal(secret: bytes) -> AngariumError | None:
    """Of many that bring the same token at once, one asks the database."""
    loop = asyncio.get_running_loop()
    until, found = _known.get(secret, (0.0, None))
    if found is None or until < loop.time() or found.get_loop() is not loop:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        found = asyncio.ensure_future(in_thread(_asked, secret.decode("latin-1")))
        _known[secret] = (loop.time() + BELIEVED, found)
        found.add_done_callback(lambda done: _forget(secret, done))
    return found.result() if found.done() else await asyncio.shield(found)


def _forget(secret: bytes, done: asyncio.Future[AngariumError | None]) -> None:
    """What could not be asked is asked again by the next one."""
    if done.cancelled() or done.exception() is not None:
        _known.pop(secret, None)


def _asked(secret: str) -> AngariumError | None:
    token = find_token(secret)
    if token is None:
        return NoToken("This token is not known, has expired or was revoked.")
    note_use(token)
    write_use()
    return None if may_report(of_token(token)) else NotAReporter()


@lru_cache(maxsize=256)
def refuse_unknown_host(host: str) -> None:
    """Invalid for a name that is not ours; as Django does it for every other request."""
    domain, _port = split_domain_port(host)
    allowed = settings.ALLOWED_HOSTS or ([".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])
    if not domain or not validate_host(domain, allowed):
        raise Invalid("This server does not answer to that name.", field="Host")
