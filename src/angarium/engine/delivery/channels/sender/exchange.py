"""One call to the sender over HTTP. Loaded with the first call: processes that send nothing need not know how."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
from django.conf import settings

from .answers import MOST_READ, Answer, Said, read, shown
from .token import token

if TYPE_CHECKING:
    from .flights import Call

#: Seconds for a connection to be made.
CONNECTING = 3.0


class Exchange:
    """The connections of one event loop, in which it is used. It keeps what the sender sets for nobody, and asks for no
    compression: what an answer unpacks to has no bound."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=30),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECTING),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            auto_decompress=False,
        )

    async def answer(self, call: Call, *, within: float) -> Answer:
        """What came of it, after that many seconds at the latest; whatever goes wrong is an answer, too."""
        if not settings.SENDER_URL:
            return Answer(Said.UNREACHABLE, "SENDER_URL is not set.")
        try:
            async with asyncio.timeout(within):
                return await self._asked(call)
        except Exception as error:  # noqa: BLE001  a call that raised would never land
            return meaning(error, call.seconds)

    async def _asked(self, call: Call) -> Answer:
        secret = token()
        async with self._session.post(
            f"{settings.SENDER_URL.rstrip('/')}/v1/send/{call.number}",
            json={"id": call.number, "phone": int(call.phone), "text": call.text},
            headers={"Authorization": f"Bearer {secret}"},
            allow_redirects=False,
        ) as response:
            body = await _body(response)
            return read(response.status, body, response.headers.get("Retry-After", ""), secret=secret)


def meaning(error: Exception, seconds: float) -> Answer:
    """What it means that no answer came, or half of one."""
    text = shown(f"{type(error).__name__}: {error}")
    match error:
        case aiohttp.ConnectionTimeoutError():
            return Answer(Said.UNREACHABLE, text)
        case TimeoutError():
            return Answer(Said.TIMEOUT, f"no answer within {seconds:.1f} s")
        case aiohttp.ClientPayloadError() | aiohttp.ClientResponseError():
            return Answer(Said.GARBAGE, text)
        case aiohttp.ClientConnectorError() | aiohttp.ClientConnectorCertificateError() | ValueError():
            return Answer(Said.UNREACHABLE, text)
    return Answer(Said.SERVER_ERROR, text)


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """As much as is read of an answer, and more where there is more."""
    parts, size = [], 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > MOST_READ:
            response.close()
            break
    return b"".join(parts)
