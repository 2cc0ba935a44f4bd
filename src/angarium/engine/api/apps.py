"""The Django app."""

from django.apps import AppConfig


class Api(AppConfig):
    name = "angarium.engine.api"
    label = "api"
