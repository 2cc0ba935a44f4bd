"""Where exports are kept, by one URL."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from angarium.config.settings import exports


@pytest.mark.parametrize(("url", "folder"), [("folder:/srv/exports", "/srv/exports"), ("folder:", None)])
def test_a_folder_keeps_exports_for_their_owner_alone(url: str, folder: str | None) -> None:
    found = exports._storage(url)
    assert found["BACKEND"] == "django.core.files.storage.FileSystemStorage"
    assert found["OPTIONS"]["location"] == (folder or str(exports.env.home() / "exports"))
    assert found["OPTIONS"]["file_permissions_mode"] == 0o600


def test_a_bucket_is_named_with_what_speaks_as_s3_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "find_spec", lambda name: object())
    options: dict[str, Any] = exports._storage(
        "s3://files/exports/?endpoint_url=https://s3.example.org&region_name=eu"
    )["OPTIONS"]
    wanted = {
        "bucket_name": "files",
        "location": "exports",
        "endpoint_url": "https://s3.example.org",
        "region_name": "eu",
    }
    assert wanted.items() <= options.items()
    monkeypatch.setattr(exports, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"angarium\[s3\]"):
        exports._storage("s3://files")


@pytest.mark.parametrize("url", ["/srv/exports", "ftp://host/x", "s3://", "s3://b?secret=1", "folder://host/x"])
def test_what_is_no_place_says_what_is_and_shows_no_key(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="Write folder:") as refused:
        exports._storage(url)
    assert "secret" not in str(refused.value)
