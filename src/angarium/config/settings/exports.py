"""Exports: where their files are, how long, and how large one may be in a letter.

folder:                                             ANGARIUM_HOME/exports, for one machine or a shared disk
folder:/srv/angarium/exports                        another folder
s3://bucket/prefix?endpoint_url=…&region_name=…     S3 or what speaks as it does; keys are read as boto3 reads them,
                                                    or given as access_key and secret_key
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

from . import env

_FORMS = "folder:, folder:/srv/exports or s3://bucket/prefix?endpoint_url=https://…&region_name=…"
_OPTIONS = {
    "endpoint_url",
    "region_name",
    "access_key",
    "secret_key",
    "signature_version",
    "addressing_style",
    "verify",
}


def _storage(url: str) -> dict[str, Any]:
    """The storage that the URL means. ImproperlyConfigured says what is wrong; keys in it are never shown."""
    parts = urlsplit(url)
    if parts.scheme == "folder" and not parts.netloc and not parts.query:
        folder = Path(parts.path) if parts.path else env.home() / "exports"
        options = {"location": str(folder), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    given = dict(parse_qsl(parts.query))
    if parts.scheme != "s3" or not parts.netloc or set(given) - _OPTIONS:
        raise ImproperlyConfigured(f"EXPORTS_STORAGE names no place that is known here. Write {_FORMS}.")
    if find_spec("storages") is None:
        raise ImproperlyConfigured("EXPORTS_STORAGE needs the package django-storages: pip install 'angarium[s3]'.")
    options = {"bucket_name": parts.netloc, "location": parts.path.strip("/"), "file_overwrite": False, **given}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**options, "default_acl": None}}


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "exports": _storage(env.text("EXPORTS_STORAGE") or "folder:"),
}
#: Where files are while they are made: a disk of this machine.
EXPORTS_WORKSHOP = env.home() / "exports-under-way"
#: Hours that a file is kept.
EXPORTS_KEPT_HOURS = env.integer("EXPORTS_KEPT_HOURS", 168, least=1, most=8760)
#: How many one may have under way at once.
EXPORTS_PER_PERSON = env.integer("EXPORTS_PER_PERSON", 5, least=1, most=1000)
#: How many one process makes at once, so that its threads have time for other work.
EXPORTS_AT_ONCE = env.integer("EXPORTS_AT_ONCE", 2, least=1, most=100)
#: Bytes of the largest file that travels in a letter; a larger one gets a link.
EXPORTS_ATTACH_BYTES = env.integer("EXPORTS_ATTACH_BYTES", 5_000_000)
#: Bytes of the largest letter that mail servers on the way take.
EMAIL_MOST_BYTES = env.integer("EMAIL_MOST_BYTES", 10_000_000, least=100_000)
