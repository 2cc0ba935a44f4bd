"""The paths of the mailings API, relative to the module's prefix."""

from __future__ import annotations

from django.urls import path

from . import clients, messages, views

app_name = "mailings_api"
urlpatterns = [
    path("client/", clients.Clients.as_view(), name="clients"),
    path("client/<int:id>/", clients.OneClient.as_view(), name="client"),
    path("client/<int:id>/opt-out/", clients.OptOut.as_view(), name="opt-out"),
    path("mailer/", views.Mailers.as_view(), name="mailers"),
    path("mailer/<int:id>/", views.OneMailer.as_view(), name="mailer"),
    path("mailer/<int:id>/stat/", messages.Detail.as_view(), name="detail"),
    path("mailer/<int:id>/pause/", views.Pause.as_view(), name="pause"),
    path("mailer/<int:id>/resumption/", views.Resumption.as_view(), name="resumption"),
    path("mailer/<int:id>/cancellation/", views.Cancellation.as_view(), name="cancellation"),
    path("mailer/<int:id>/retry/", views.Retry.as_view(), name="retry"),
    path("message/", messages.Messages.as_view(), name="messages"),
    path("message/stat/", messages.Stat.as_view(), name="stat"),
    path("message/<int:id>/", messages.OneMessage.as_view(), name="message"),
]
