"""Templates, static files, languages and time zones."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from . import env


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"TIME_ZONE={name!r} is not an IANA time zone. Write one such as Europe/Moscow."
        ) from None


def _known_language(text: str) -> str:
    """The first language of ours that is named. Desktops set LANGUAGE too, to locales in the order of preference
    (`de_DE:de`): who reads none of ours there gets English; a single word was meant for us."""
    locales = [word.partition(".")[0] for word in text.split(":") if word]
    known = [name for word in locales if (name := word.lower().replace("-", "_").partition("_")[0]) in _languages]
    if known or ":" in text or "_" in text:
        return (known or ["en"])[0]
    raise ImproperlyConfigured(f"LANGUAGE={text!r} is not spoken here. Write en or ru.")


_languages = {"en": "English", "ru": "Русский"}
_package = Path(__file__).resolve().parents[2]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "angarium.engine.console.context.console",
            ],
        },
    },
]
STATIC_URL = "/static/"
STATIC_ROOT = env.home() / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LANGUAGE_CODE = _known_language(env.text("LANGUAGE") or "en")
LANGUAGES = list(_languages.items())
LOCALE_PATHS = [_package / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = _known_zone(env.text("TIME_ZONE") or "UTC")

UNFOLD = {
    "SITE_TITLE": "Angarium",
    "SITE_HEADER": "Angarium",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("console/mark.svg")},
    ],
}
