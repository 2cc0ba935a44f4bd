"""Who may call a view at all; what one may do with a row is the module's policy."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from angarium.engine.identity.public import principal_of

_reading = frozenset(("GET", "HEAD", "OPTIONS"))


class Authenticated(BasePermission):
    """Somebody, with the view's scope. Raises 401 for nobody, 403 that names the missing scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        principal = principal_of(request)
        if not principal.is_authenticated:
            raise NotAuthenticated
        scope = scope_of(view, request.method or "GET")
        if not principal.may(scope):
            raise PermissionDenied(f"This needs the scope {scope}, which your token lacks.", "scope_missing")
        return True


def scope_of(view: Any, method: str) -> str:
    """What a token needs for this method: `lessons:read`, `lessons:write`, or what the view says."""
    scope = getattr(view, "scope", "") or _module_of(type(view))
    return scope if ":" in scope else f"{scope}:{'read' if method in _reading else 'write'}"


def _module_of(view: type) -> str:
    """`angarium.modules.lessons.api.views` belongs to `lessons`; a view outside of modules to its last package."""
    names = view.__module__.split(".")
    return names[names.index("modules") + 1] if "modules" in names[:-1] else names[max(len(names) - 2, 0)]
