"""An app of the tests' own, so that a second table is made of AbstractDelivery."""

from django.apps import AppConfig


class Postcards(AppConfig):
    name = "angarium.engine.delivery.tests"
    label = "postcards"
