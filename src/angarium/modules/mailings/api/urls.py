"""The paths of the mailings API, relative to the module's prefix."""

from __future__ import annotations

from django.urls import path

from . import clients, forecast, importing, messages, timeline, trial, views

app_name = "mailings_api"
urlpatterns = [
    path("client/", clients.Clients.as_view(), name="clients"),
    path("client/<int:id>/", clients.OneClient.as_view(), name="client"),
    path("client/<int:id>/opt-out/", clients.OptOut.as_view(), name="opt-out"),
    path("client/<int:id>/messages/", timeline.OfClient.as_view(), name="messages-of-client"),
    path("client/import/", importing.Upload.as_view(), name="import"),
    path("client/import/<int:id>/", importing.OneImport.as_view(), name="one-import"),
    path("client/import/<int:id>/run/", importing.RunImport.as_view(), name="run-import"),
    path("client/import/<int:id>/cancellation/", importing.CancelImport.as_view(), name="cancel-import"),
    path("client/import/<int:id>/errors/", importing.Errors.as_view(), name="import-errors"),
    path("mailer/", views.Mailers.as_view(), name="mailers"),
    path("mailer/<int:id>/", views.OneMailer.as_view(), name="mailer"),
    path("mailer/<int:id>/stat/", messages.Detail.as_view(), name="detail"),
    path("mailer/<int:id>/pause/", views.Pause.as_view(), name="pause"),
    path("mailer/<int:id>/resumption/", views.Resumption.as_view(), name="resumption"),
    path("mailer/<int:id>/cancellation/", views.Cancellation.as_view(), name="cancellation"),
    path("mailer/<int:id>/retry/", views.Retry.as_view(), name="retry"),
    path("mailer/<int:id>/forecast/", forecast.OfMailer.as_view(), name="forecast"),
    path("mailer/forecast/", forecast.OfDraft.as_view(), name="forecast-of-draft"),
    path("mailer/<int:id>/preview/", forecast.Preview.as_view(), name="preview"),
    path("mailer/<int:id>/test/", trial.Trial.as_view(), name="test"),
    path("message/", messages.Messages.as_view(), name="messages"),
    path("message/stat/", messages.Stat.as_view(), name="stat"),
    path("message/<int:id>/", messages.OneMessage.as_view(), name="message"),
    path("message/<int:id>/timeline/", timeline.Timeline.as_view(), name="timeline"),
]
