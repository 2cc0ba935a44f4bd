"""The schema and the pages that show it."""

from django.urls import path

from . import pages

app_name = "api"
urlpatterns = [
    path("api/schema/", pages.Document.as_view(), name="schema"),
    path("swagger/", pages.Swagger.as_view(), name="swagger"),
    path("redoc/", pages.Redoc.as_view(), name="redoc"),
    path("docs/", pages.docs, name="docs"),
    path("api/docs/", pages.docs, name="docs_of_api"),
]
