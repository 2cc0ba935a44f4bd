"""The HTTP interface: DRF, its schema, its limits."""

from __future__ import annotations

from . import env

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "angarium.engine.api.authentication.BearerToken",
        "angarium.engine.api.authentication.Session",
        "angarium.engine.api.authentication.OpenForm",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["angarium.engine.api.permissions.Authenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["angarium.engine.api.parsers.StrictJSON"],
    "DEFAULT_THROTTLE_CLASSES": ["angarium.engine.api.throttles.PerPrincipal"],
    "DEFAULT_THROTTLE_RATES": {"principal": env.text("API_RATE", "6000/min")},
    "DEFAULT_SCHEMA_CLASS": "angarium.engine.api.schema.Schema",
    "EXCEPTION_HANDLER": "angarium.engine.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Angarium",
    "DESCRIPTION": "Every business event becomes background work that anyone allowed can watch.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OperationStateEnum": "angarium.engine.ledger.public.State",
        "DeliveryStateEnum": "angarium.engine.delivery.public.State",
        "LessonStatusEnum": "angarium.modules.lessons.lifecycle.Status",
        "ReminderStateEnum": "angarium.modules.lessons.reminders.State",
        "MailerStateEnum": "angarium.modules.mailings.lifecycle.State",
        "MessageStateEnum": "angarium.modules.mailings.lifecycle.MessageState",
        "ImportStateEnum": "angarium.modules.mailings.lifecycle.ImportState",
    },
}
