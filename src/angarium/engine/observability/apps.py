"""The Django app."""

from django.apps import AppConfig


class Observability(AppConfig):
    name = "angarium.engine.observability"
    label = "observability"
