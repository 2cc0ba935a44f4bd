"""What a token may be used for: `*`, `lessons:*`, `lessons:write`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ALL = "*"
_form = re.compile(r"\*|[a-z][a-z0-9_]*:(\*|[a-z][a-z0-9_]*)")


def validate_scopes(scopes: object) -> None:
    """Django validator for a list of scopes. Raises ValidationError for an empty list and for an unknown form."""
    if not isinstance(scopes, list) or not scopes:
        raise ValidationError(_('Give a list with at least one scope, such as ["lessons:read"].'), code="scopes")
    for scope in scopes:
        if not isinstance(scope, str) or not _form.fullmatch(scope):
            raise ValidationError(
                _("%(scope)s is not a scope; write *, lessons:* or lessons:write."),
                code="scopes",
                params={"scope": repr(scope)[:64]},
            )


def covers(scopes: Iterable[str], wanted: str) -> bool:
    """Does one of the scopes allow the wanted one? Writing does not include reading."""
    module = wanted.partition(":")[0]
    return any(scope in (ALL, wanted, f"{module}:*") for scope in scopes)
