"""Secrets, hosts, sessions, and who counts as nobody."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from . import env


def _kept_secret(path: Path) -> str:
    """The instance's own key: made once, readable by its owner alone."""
    try:
        if kept := path.read_text().strip():
            return kept
        path.unlink()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ImproperlyConfigured(
            f"The secret key {path} cannot be read: {error.strerror}. Mend its rights."
        ) from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".secret-key-") as file:  # 0600
            file.write(secrets.token_urlsafe(50))
            file.flush()
            os.link(file.name, path)  # whole or not at all, and only one of those who start together makes it
    except FileExistsError:
        pass
    except OSError as error:
        raise ImproperlyConfigured(
            f"The secret key {path} cannot be written: {error.strerror}. "
            "Free some space, or set ANGARIUM_HOME or SECRET_KEY."
        ) from None
    return path.read_text().strip()


SECRET_KEY = env.text("SECRET_KEY") or _kept_secret(env.home() / "secret-key")
#: Keys of before: what was signed with one of them still holds.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,.localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

#: Anonymous requests act as the member account `user` on the literal routes (demo data on loopback only).
ANGARIUM_OPEN = env.flag("ANGARIUM_OPEN")
#: Demo accounts exist and the sign-in page names them.
ANGARIUM_DEMO = env.flag("ANGARIUM_DEMO", default=env.flag("DEMO"))
#: Letters that may not be lost in a proxy: set when TLS ends in front of us.
if env.flag("BEHIND_TLS"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
#: Largest request body, in bytes; more is 413.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.integer("MAX_BODY_BYTES", 1_048_576, least=1024)

MIDDLEWARE = [
    "angarium.engine.observability.middleware.RequestContext",
    "angarium.engine.observability.middleware.Probes",
    "angarium.engine.api.limits.BodyLimit",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "angarium.engine.api.paths.ModulePaths",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "angarium.engine.identity.middleware.BoundPrincipal",
    "angarium.engine.live.middleware.LivePosition",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
APPEND_SLASH = False
