"""`celery -A angarium worker` finds its app here."""

from angarium.config.celery import app

__all__ = ["app"]
