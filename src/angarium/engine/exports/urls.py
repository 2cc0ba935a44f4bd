"""The paths of exports, below /api/."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "exports_api"
urlpatterns = [
    path("exports/", views.Exports.as_view(), name="exports"),
    path("exports/datasets/", views.Datasets.as_view(), name="datasets"),
    path("exports/<uuid:id>/", views.OneExport.as_view(), name="export"),
    path("exports/<uuid:id>/cancellation/", views.Cancellation.as_view(), name="cancellation"),
    path("exports/<uuid:id>/revocation/", views.Revocation.as_view(), name="revocation"),
    path("exports/<uuid:id>/file/", views.ExportFile.as_view(), name="file"),
]
