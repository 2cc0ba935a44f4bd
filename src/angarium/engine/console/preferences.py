"""What a person chooses for the pages: language and theme. Both work without scripts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from angarium.engine.identity.public import Language, Person

from .context import THEMES
from .page import safe_next

YEAR = 365 * 24 * 3600


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Switch the language, and keep it with the person who is signed in."""
    response = set_language(request)
    user, chosen = request.user, request.POST.get("language", "")
    if user.is_authenticated and chosen in Language.values:
        Person.objects.filter(pk=user.pk).update(language=chosen)
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Switch the theme: `light`, `dark`, anything else means as the system has it."""
    response = redirect(safe_next(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax")
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response
