"""Channels as its documentation has it: a consumer that is in a group, and `group_send` after the commit.

CHANNEL_LAYER names the layer of channels_redis. The consumers have no middleware and ask nobody who they are.
"""

from __future__ import annotations

import os
import sys

import dj_database_url
import django
from django.conf import settings
from effect import happen
from live_frame import frame
from pace import at_pace

NAME = os.environ["CHANNEL_LAYER"]
#: The documentation's example; with the default, 100, messages are dropped as soon as a burst is longer.
ROOM = {"capacity": 1500} if "core" in NAME else {}
LAYER = {"BACKEND": NAME, "CONFIG": {"hosts": [os.environ["REDIS_URL"]], **ROOM}}
settings.configure(
    DATABASES={"default": {**dj_database_url.parse(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 60}},
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={"default": LAYER},
    USE_TZ=True,
    LOGGING_CONFIG=None,
)
django.setup()

from asgiref.sync import async_to_sync  # noqa: E402
from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.urls import path  # noqa: E402


class Updates(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    groups = ("updates",)

    async def update(self, event: dict[str, object]) -> None:
        await self.send_json(event["frame"])


def send(number: int) -> None:
    async_to_sync(get_channel_layer().group_send)("updates", {"type": "update", "frame": frame(number)})


def commit(number: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        transaction.on_commit(lambda: happen(number, "BENCH_COMMITS"))
        transaction.on_commit(lambda: send(number))
        cursor.execute("INSERT INTO plain_row VALUES (%s)", [number])


def serve() -> None:
    import uvicorn

    application = ProtocolTypeRouter({"websocket": URLRouter([path("updates/", Updates.as_asgi())])})
    port = int(os.environ["PORT"])
    uvicorn.run(application, port=port, lifespan="off", access_log=False, log_config=None, ws="websockets-sansio")


def main(command: str, *numbers: str) -> None:
    if command == "seed":
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE plain_row (number bigint)")
    elif command == "pace":
        first = int(numbers[0])
        at_pace(lambda number: commit(first + number), float(numbers[1]), float(numbers[2]))
    else:
        serve()


main(*sys.argv[1:])
