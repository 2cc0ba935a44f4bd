"""The Celery app under the name that Celery's own habits expect."""

from angarium.engine.tasks.celery import app

__all__ = ["app"]
