"""The broker carries wake-up calls, never the truth: no results, no eager mode, no timers in it (ADR-0004)."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from angarium.processor.conf import transport_options

from . import env

if env.text("CELERY_RESULT_BACKEND"):
    raise ImproperlyConfigured(
        "CELERY_RESULT_BACKEND is set, but Angarium keeps every outcome in its ledger and a result backend would be a "
        "second, weaker truth. Unset it and read /api/operations/operations/ (ADR-0004)."
    )
if env.flag("CELERY_TASK_ALWAYS_EAGER"):
    raise ImproperlyConfigured(
        "CELERY_TASK_ALWAYS_EAGER is set, but Angarium never runs work inside the request that caused it. Unset it; "
        "`make up` runs a worker in the same process (ADR-0004)."
    )

REDIS_URL = env.text("REDIS_URL")
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL") or REDIS_URL or "memory://localhost/"
CELERY_BROKER_TRANSPORT_OPTIONS = transport_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_TIMEOUT = 2
#: Seconds; after two of these without a word from RabbitMQ a worker connects anew, for as long as it takes.
CELERY_BROKER_HEARTBEAT = 10
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
#: Seconds a worker waits for the result of a process that died; while it waits, it takes no other message for it.
CELERY_WORKER_LOST_WAIT = 1.0
CELERY_TASK_DEFAULT_QUEUE = "engine"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULER = "angarium.engine.tasks.scheduler:SlotScheduler"
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True

#: Seconds a worker may be silent before its operation is given to another one.
LEASE_SECONDS = env.integer("LEASE_SECONDS", 30, least=2, most=3600)
#: Seconds for which leases that are renewed over HTTP are left alone beyond their end, and after we came back.
LEASE_GRACE_SECONDS = env.integer("LEASE_GRACE_SECONDS", 10, least=1, most=3600)
#: Seconds after which an operation that no worker took is published again; doubles up to fifteen minutes.
REPUBLISH_SECONDS = env.integer("REPUBLISH_SECONDS", 30, least=1, most=3600)
