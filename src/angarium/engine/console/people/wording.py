"""What happened to a person, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Role

WORDS = {
    "identity.person_invited.v1": gettext_lazy("Invited"),
    "identity.invitation_withdrawn.v1": gettext_lazy("Invitation withdrawn"),
    "identity.person_joined.v1": gettext_lazy("Joined"),
    "identity.person_deactivated.v1": gettext_lazy("Deactivated"),
    "identity.person_reactivated.v1": gettext_lazy("Reactivated"),
    "identity.role_changed.v1": gettext_lazy("Role changed"),
    "identity.password_reset_requested.v1": gettext_lazy("Asked for a new password"),
    "identity.password_changed.v1": gettext_lazy("Password changed"),
    "identity.token_created.v1": gettext_lazy("Token made"),
    "identity.token_revoked.v1": gettext_lazy("Token revoked"),
}
_roles = dict(Role.choices)


def detail(event: Event) -> str:
    """A sentence more about one of them."""
    data = event.data
    if event.type == "identity.role_changed.v1":
        words = {"before": _roles.get(data["before"], ""), "after": _roles.get(data["after"], "")}
        return _("%(before)s → %(after)s") % words
    if event.type == "identity.person_invited.v1":
        return _("%(email)s, as %(role)s") % {"email": data["email"], "role": _roles.get(data["role"], "")}
    return str(data.get("name") or data.get("username") or "")
