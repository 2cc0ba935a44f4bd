"""Postcards: messages with a table of their own, as a module has them whose messages carry more than others'."""

from __future__ import annotations

from django.db import models

from angarium.engine.delivery.public import AbstractDelivery


class Postcard(AbstractDelivery):
    picture = models.CharField(max_length=100)

    class Meta(AbstractDelivery.Meta):
        app_label = "postcards"
