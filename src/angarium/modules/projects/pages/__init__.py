"""The pages of projects."""

from django.urls import path

from . import listing

app_name = "projects_pages"
urlpatterns = [
    path("", listing.index, name="list"),
]
