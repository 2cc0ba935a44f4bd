"""The Django app."""

from django.apps import AppConfig


class Parcels(AppConfig):
    name = "tests.migrations.parcels"
    label = "parcels"
