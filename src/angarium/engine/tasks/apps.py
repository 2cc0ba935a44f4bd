"""The Django app."""

from django.apps import AppConfig


class Tasks(AppConfig):
    name = "angarium.engine.tasks"
    label = "tasks"
