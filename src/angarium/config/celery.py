"""The Celery app under the name that Celery's own habits expect, with Django set up and every task known."""

import django

from angarium.engine.tasks.celery import app

django.setup()

__all__ = ["app"]
