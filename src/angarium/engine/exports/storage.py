"""Where the files are: a folder of this machine while they are made, then Django's storage `exports`.

A file is made as `<export>.<epoch>.<format>` in the folder and keeps that name in the storage, so that a worker that
was replaced neither writes into the file of the next one nor hides its own from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages

from .models import Format, key_of

#: Bytes that are read at once.
BLOCK = 1 << 20


def stored() -> Storage:
    """The storage of what is ready."""
    return storages["exports"]


def workshop() -> Path:
    """The folder of what is being made."""
    folder = Path(settings.EXPORTS_WORKSHOP)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(path: Path, key: str, *, looked: Callable[[], None]) -> tuple[int, str]:
    """Move what was made into the storage; returns its bytes and their SHA-256. `looked` is called again and again and
    may raise."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
            looked()
    with _Made(path) as made:
        saved = stored().save(key, made)
    if saved != key:
        stored().delete(saved)
        raise FileExistsError(f"There is a file {key} already.")
    return size, digest.hexdigest()


class _Made(File):  # type: ignore[type-arg]
    """A file that a storage on the same disk moves instead of copying."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb"), name=path.name)
        self._path = path

    def temporary_file_path(self) -> str:
        return str(self._path)


def fetch(key: str) -> Any:
    """What is stored, opened for reading. FileNotFoundError when it is gone."""
    return stored().open(key, "rb")


def discard(key: str) -> None:
    """Delete what is stored, if it is there."""
    if key:
        stored().delete(key)


def clear(export: UUID, *, before: int) -> None:
    """Remove what workers of earlier epochs left of this export, here and in the storage."""
    for path in workshop().glob(f"{export}.*"):
        if int(path.name.split(".")[1]) < before:
            path.unlink(missing_ok=True)
    for epoch in range(1, before):
        for format in Format.values:
            if stored().exists(key := key_of(export, epoch, format)):
                discard(key)
