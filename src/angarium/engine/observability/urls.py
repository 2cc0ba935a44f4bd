"""/health/live, /health/ready and /metrics; each with and without a slash at its end."""

from django.urls import re_path

from . import views

app_name = "observability"
urlpatterns = [
    re_path(r"^health/live/?$", views.live, name="live"),
    re_path(r"^health/ready/?$", views.ready, name="ready"),
    re_path(r"^metrics/?$", views.metrics, name="metrics"),
]
