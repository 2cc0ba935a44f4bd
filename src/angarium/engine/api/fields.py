"""What a field of a body may hold. Nothing is guessed: "5" is no number, 1 is no truth, a control character no text."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from angarium.engine.identity.public import validate_timezone

_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_control_but_lines = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class SingleLineText(serializers.CharField):
    """Text without line breaks and control characters, trimmed; at most 255 characters unless told otherwise."""

    default_error_messages = {
        "not_text": _("This is not a text."),
        "control": _("Line breaks and control characters are not allowed here."),
    }
    forbidden = _control

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 255, **options})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str) and self.forbidden.search(data):
            self.fail("control")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_text")
        return super().to_internal_value(data)


class Text(SingleLineText):
    """Text of several lines: newline and tab are allowed, other control characters are not; line ends become \\n."""

    default_error_messages = {"control": _("Control characters are not allowed here.")}
    forbidden = _control_but_lines

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 10_000, **options})

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).replace("\r\n", "\n").replace("\r", "\n")


class Email(serializers.EmailField):
    """One e-mail address, at most 254 characters."""

    default_error_messages = {"not_text": _("This is not a text.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 254, **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_text")
        return super().to_internal_value(data)


class Timezone(SingleLineText):
    """The name of an IANA time zone, such as Europe/Moscow."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 64, **options})

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        try:
            validate_timezone(name)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages[0], code="timezone") from error
        return name


class Integer(serializers.IntegerField):
    """A JSON integer: "5", 1.5, 1.0 and true are none. In a query string digits are read. Bounds: 64 bits."""

    default_error_messages = {"not_integer": _("This is not a whole number.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": -(2**63), "max_value": 2**63 - 1, **options})

    def to_internal_value(self, data: Any) -> int:
        if self.context.get("from_text") and isinstance(data, str) and re.fullmatch(r"-?[0-9]{1,19}", data):
            return int(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("not_integer")
        return data


class Boolean(serializers.BooleanField):
    """A JSON boolean; in a query string true, false, 1 and 0."""

    default_error_messages = {"not_boolean": _("This is neither true nor false.")}
    _words = {"true": True, "1": True, "false": False, "0": False}

    def to_internal_value(self, data: Any) -> bool:
        if self.context.get("from_text") and isinstance(data, str) and data.lower() in self._words:
            return self._words[data.lower()]
        if not isinstance(data, bool):
            self.fail("not_boolean")
        return data
