"""The Django app."""

from django.apps import AppConfig


class Schema(AppConfig):
    name = "angarium.engine.schema"
    label = "schema"
