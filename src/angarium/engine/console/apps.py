"""The Django app."""

from django.apps import AppConfig


class Console(AppConfig):
    name = "angarium.engine.console"
    label = "console"
