"""The paths of the operations API, relative to the module's prefix."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "operations_api"
urlpatterns = [
    path("operations/", views.Operations.as_view(), name="operations"),
    path("operations/<uuid:id>/", views.OneOperation.as_view(), name="operation"),
    path("operations/<uuid:id>:cancel/", views.Cancel.as_view(), name="cancel"),
    path("operations/<uuid:id>:pause/", views.Pause.as_view(), name="pause"),
    path("operations/<uuid:id>:resume/", views.Resume.as_view(), name="resume"),
    path("operations/<uuid:id>:retry/", views.Retry.as_view(), name="retry"),
]
