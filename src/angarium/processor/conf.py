"""How our workers use Celery, with Django and without: the broker carries wake-up calls, never the truth. No results,
no timers, acknowledged when done, and confirmed when published."""

from __future__ import annotations

from typing import Any


def transport_options(url: str) -> dict[str, Any]:
    """Short timeouts for every answer of a broker, and on RabbitMQ its word that it has what was published."""
    scheme = url.partition(":")[0]
    if scheme in {"redis", "rediss"}:
        return {
            "visibility_timeout": 3600,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "retry_on_timeout": False,
            "health_check_interval": 10,
        }
    if scheme in {"amqp", "amqps"}:
        return {"confirm_publish": True, "read_timeout": 5, "write_timeout": 5}
    return {}


#: Celery's settings that do not depend on the broker.
HABITS: dict[str, Any] = {
    "broker_connection_timeout": 2,
    #: Seconds; after two of these without a word from RabbitMQ a worker connects anew, for as long as it takes.
    "broker_heartbeat": 10,
    "broker_channel_error_retry": True,
    "broker_connection_max_retries": None,
    "broker_connection_retry_on_startup": True,
    "task_ignore_result": True,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_publish_retry": False,
    "worker_prefetch_multiplier": 1,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "timezone": "UTC",
    "enable_utc": True,
}


def conf(broker_url: str) -> dict[str, Any]:
    """Everything that Celery must be told for this broker."""
    return {**HABITS, "broker_url": broker_url, "broker_transport_options": transport_options(broker_url)}
