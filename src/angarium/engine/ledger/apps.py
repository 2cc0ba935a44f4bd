"""The Django app."""

from django.apps import AppConfig


class Ledger(AppConfig):
    name = "angarium.engine.ledger"
    label = "ledger"
