"""Letters as files: for an instance without a mail server, and for whoever wants to see what would be sent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from email.message import Message
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class LetterFolder(BaseEmailBackend):
    """Each letter is a file in LETTERS, named by its Message-ID, whole or not there, and readable by us alone."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.LETTERS)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for letter in email_messages:
            _write(folder, letter.message())
        return len(email_messages)


def _write(folder: Path, message: Message) -> None:
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".letter-", delete=False) as file:
        try:
            file.write(message.as_bytes(linesep="\r\n"))  # type: ignore[call-arg]
            file.flush()
            os.replace(file.name, folder / f"{name}.eml")
        except BaseException:
            os.unlink(file.name)
            raise
