"""An app of the tests' own, so that tracking is tried on models that no module has."""

from django.apps import AppConfig


class Shelf(AppConfig):
    name = "angarium.engine.events.tests"
    label = "shelf"
