"""Which Django apps run: the engine's parts always, the modules that MODULES selects."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from angarium.config.modules import selected

from . import env

try:
    ANGARIUM_MODULES = selected(env.words("MODULES"))
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from None

ENGINE_APPS = [
    f"angarium.engine.{part}"
    for part in (
        *("observability", "schema", "identity", "events", "caches", "ledger", "tasks"),
        *("api", "live", "delivery", "exports", "console"),
    )
]

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_htmx",
    "angarium.config",
    *ENGINE_APPS,
    *ANGARIUM_MODULES.values(),
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "identity.Person"
ROOT_URLCONF = "angarium.config.urls"
WSGI_APPLICATION = "angarium.config.wsgi.application"
DEBUG = env.flag("DEBUG")
