"""The shape of a body: DRF's serializer without its guesses."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class Shape(serializers.Serializer[Any]):
    """Names and types of a body's fields. It never writes: an action does.

    A name that the shape lacks is refused, so that a misspelt field is not lost without a word; what is read-only
    may be sent back unchanged or changed and is ignored. `ignores_unknown = True` for shapes that others dictate.
    """

    ignores_unknown = False

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and not self.ignores_unknown:
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                sentence = _("There is no such field here.")
                raise serializers.ValidationError({name[:100]: [sentence] for name in unknown}, code="unknown_field")
        return super().to_internal_value(data)
