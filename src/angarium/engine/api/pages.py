"""What a person reads about the API: /docs/, and Swagger and Redoc from this machine's own files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")


class ByFormat(DefaultContentNegotiation):
    """`?format=json` or `yaml`, else by Accept."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        wanted = request.query_params.get("format") or format_suffix
        chosen: tuple[Any, str] = super().select_renderer(request, renderers, wanted)
        return chosen


class Document(SpectacularAPIView):
    """The OpenAPI document."""

    content_negotiation_class = ByFormat


class Swagger(SpectacularSwaggerView):
    url_name = "api:schema"


class Redoc(SpectacularRedocView):
    """Its own template asks a font server for letters; ours does not."""

    url_name = "api:schema"
    template_name = "api/redoc.html"
