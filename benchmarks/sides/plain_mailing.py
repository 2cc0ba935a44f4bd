"""The usual way to mail: a row for each client by `bulk_create`, a Celery task for each row that posts it and saves it.

Celery as its documentation advises for many short tasks (no results, no gossip, a large prefetch), CONCURRENCY and POOL
as they are given. STYLE=lean is what somebody makes of it who measures: a session of `requests` that is kept, four
columns read by one query, two written by one UPDATE.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

import dj_database_url
import django
import requests
from celery import Celery
from django.conf import settings

LEAN = os.environ.get("STYLE") == "lean"
settings.configure(
    DATABASES={"default": {**dj_database_url.parse(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 60}},
    USE_TZ=True,
    LOGGING_CONFIG=None,
)
django.setup()

from django.db import connection, models  # noqa: E402
from django.utils import timezone  # noqa: E402

app = Celery("plain", broker=os.environ["REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
    broker_connection_retry_on_startup=True,
)
HEADERS = {"Authorization": f"Bearer {os.environ.get('SENDER_TOKEN', '')}"}
_kept = threading.local()


class Client(models.Model):  # noqa: DJ008
    phone = models.CharField(max_length=11, unique=True)
    operator_code = models.CharField(max_length=3)
    tag = models.CharField(max_length=100)
    timezone = models.CharField(max_length=64)

    class Meta:
        app_label = "plain"


class Mailing(models.Model):  # noqa: DJ008
    start = models.DateTimeField(default=timezone.now)
    text = models.TextField()

    class Meta:
        app_label = "plain"


class Message(models.Model):  # noqa: DJ008
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, default="new")
    mailing = models.ForeignKey(Mailing, models.CASCADE)
    client = models.ForeignKey(Client, models.CASCADE)

    class Meta:
        app_label = "plain"


@app.task(name="send", autoretry_for=(requests.RequestException,), retry_backoff=True, max_retries=10)
def send(id: int) -> None:
    message = Message.objects.select_related("mailing", "client").get(pk=id)
    post(requests.post, message.pk, message.client.phone, message.mailing.text)
    message.status, message.sent_at = "sent", timezone.now()
    message.save()


@app.task(name="send_lean", autoretry_for=(requests.RequestException,), retry_backoff=True, max_retries=10)
def send_lean(id: int) -> None:
    phone, text = Message.objects.values_list("client__phone", "mailing__text").get(pk=id)
    if not hasattr(_kept, "session"):
        _kept.session = requests.Session()
    post(_kept.session.post, id, phone, text)
    Message.objects.filter(pk=id).update(status="sent", sent_at=timezone.now())


def post(by: Callable[..., requests.Response], id: int, phone: str, text: str) -> None:
    url = f"{os.environ['SENDER_URL']}/v1/send/{id}"
    answer = by(url, json={"id": id, "phone": int(phone), "text": text}, headers=HEADERS, timeout=10)
    answer.raise_for_status()
    assert answer.json()["code"] == 0


def seed() -> None:
    with connection.schema_editor() as editor:
        for model in (Client, Mailing, Message):
            editor.create_model(model)


def fill() -> None:
    mailing = Mailing.objects.create(text="Good morning! Your order has arrived.")
    clients = Client.objects.values_list("id", flat=True)
    messages = [Message(mailing=mailing, client_id=id) for id in clients]
    task = send_lean if LEAN else send
    for message in Message.objects.bulk_create(messages, batch_size=1000):
        task.delay(message.pk)


def work() -> None:
    quiet = ["--without-mingle", "--without-gossip", "--without-heartbeat"]
    sizes = ["--concurrency", os.environ["CONCURRENCY"], "--pool", os.environ["POOL"]]
    app.worker_main(["worker", "--loglevel", "warning", *sizes, *quiet])


{"seed": seed, "fill": fill, "work": work}[sys.argv[1]]()
