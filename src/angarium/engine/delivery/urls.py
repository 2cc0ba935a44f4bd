"""The paths of deliveries, below /api/."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "deliveries_api"
urlpatterns = [
    path("deliveries/", views.Deliveries.as_view(), name="deliveries"),
    path("deliveries/<uuid:id>/", views.OneDelivery.as_view(), name="delivery"),
    path("deliveries/<uuid:id>/cancellation/", views.Cancellation.as_view(), name="cancellation"),
    path("suppressions/", views.Suppressions.as_view(), name="suppressions"),
    path("suppressions/<uuid:id>/", views.OneSuppression.as_view(), name="suppression"),
]
