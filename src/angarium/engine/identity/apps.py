"""The Django app."""

from django.apps import AppConfig


class Identity(AppConfig):
    name = "angarium.engine.identity"
    label = "identity"
