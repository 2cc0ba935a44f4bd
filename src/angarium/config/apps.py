"""The composition root as a Django app, so that its commands are found."""

from django.apps import AppConfig


class Composition(AppConfig):
    name = "angarium.config"
    label = "composition"
