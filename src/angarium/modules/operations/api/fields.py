"""Fields that only operations have: JSON objects of their services, and what a moment of waiting is."""

from __future__ import annotations

from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

#: Bytes of an input or of metadata, as compact JSON.
LARGEST_OBJECT = 64 * 1024


@extend_schema_field({"type": "object", "additionalProperties": {}})
class JsonObject(serializers.Field[dict[str, Any], Any, Any, Any]):
    """An object that is kept as it is; at most 64 KiB."""

    default_error_messages = {
        "not_object": "This is not a JSON object.",
        "too_large": "This is more than 64 KiB of JSON.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_object")
        if len(msgspec.json.encode(data)) > LARGEST_OBJECT:
            self.fail("too_large")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({})
class Json(serializers.Field[Any, Any, Any, Any]):
    """Any JSON value, shown as it is kept."""

    def to_representation(self, value: Any) -> Any:
        return value
