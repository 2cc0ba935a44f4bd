"""SMTP: a connection that knows whether the letter was already handed over, and what each refusal means.

Codes are those of RFC 5321, 4.2; enhanced ones (`5.1.1`, RFC 3463) tell a dead address from a policy of the day.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

from angarium.engine.delivery.channel import (
    DeliveryFailure,
    PermanentFailure,
    ProviderAway,
    TemporaryFailure,
    UnknownOutcome,
)

#: To RCPT TO: there is no such mailbox, it has moved, its name is impossible, no mail for it here.
DEAD = frozenset({550, 551, 553, 554})
#: The server wants TLS or a (better) password; no letter goes before that is mended.
_WANTS_US_CHANGED = frozenset({530, 534, 535, 538})
_policy = re.compile(r"\b5\.[37]\.\d+\b")


class AnswerMissing(smtplib.SMTPServerDisconnected):
    """The letter went out and the connection ended before the server said what it did with it."""


class _Watched:
    """Notes when the server asked for the letter (354), and what it said when it had it."""

    asked = False
    answer = ""

    def getreply(self) -> tuple[int, bytes]:
        code, text = super().getreply()  # type: ignore[misc]
        self.asked = self.asked or code == 354
        return code, text

    def data(self, msg: Any) -> tuple[int, bytes]:
        try:
            code, text = super().data(msg)  # type: ignore[misc]
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            if self.asked and not isinstance(error, smtplib.SMTPResponseException):
                raise AnswerMissing(str(error)) from error
            raise
        self.answer = said(code, text)
        return code, text


class Plain(_Watched, smtplib.SMTP):
    """SMTP, with STARTTLS where it is asked for."""


class Secure(_Watched, smtplib.SMTP_SSL):
    """SMTP inside TLS."""


class Smtp(EmailBackend):
    """Django's back end with our connection. `answer` is what the server said to the last letter that it took."""

    answer = ""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return Secure if self.use_ssl else Plain

    def close(self) -> None:
        self.answer = getattr(self.connection, "answer", self.answer)
        super().close()


def meaning(error: Exception) -> DeliveryFailure | None:
    """What an exception of smtplib or ssl means; None for any other."""
    match error:
        case AnswerMissing():
            return UnknownOutcome(f"The server took the letter and did not answer: {error}")
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return of_recipient(*next(iter(refused.values())))
        case smtplib.SMTPSenderRefused(smtp_code=code, smtp_error=text):
            return of_sender(code, text)
        case smtplib.SMTPDataError(smtp_code=code, smtp_error=text):
            return of_letter(code, text)
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text):  # greeting, HELO, STARTTLS, password
            wrong = isinstance(error, smtplib.SMTPAuthenticationError) and code >= 500
            sentence = (
                "The mail server does not accept our name and password" if wrong else "The mail server refuses us"
            )
            return _away(sentence, code, text, at_once=wrong or code in _WANTS_US_CHANGED)
        case smtplib.SMTPNotSupportedError() | ssl.SSLCertVerificationError():
            return ProviderAway(f"The mail server does not offer what EMAIL_URL asks for: {error}", at_once=True)
        case smtplib.SMTPException():
            return ProviderAway(f"The mail server broke off: {error}")
    return None


def of_recipient(code: int, text: bytes | str) -> DeliveryFailure:
    """A refusal of RCPT TO."""
    answer = said(code, text)
    if code == 421 or code in _WANTS_US_CHANGED:
        return of_sender(code, text)
    if code < 500:
        return TemporaryFailure(f"The address is not accepted now: {answer}", answer=answer)
    dead = code in DEAD and not _policy.search(answer)
    return PermanentFailure(f"The address is refused: {answer}", answer=answer, address_is_dead=dead)


def of_sender(code: int, text: bytes | str) -> DeliveryFailure:
    """A refusal of MAIL FROM: of every letter from this sender, unless it is this letter's size (552)."""
    if code == 552:
        return of_letter(code, text)
    if code == 421 or code >= 500:
        return _away("The mail server takes no letters from us", code, text, at_once=code != 421)
    return TemporaryFailure(f"The mail server is busy: {said(code, text)}", answer=said(code, text))


def of_letter(code: int, text: bytes | str) -> DeliveryFailure:
    """A refusal of the letter itself."""
    answer = said(code, text)
    if code == 421:
        return _away("The mail server is going down", code, text, at_once=False)
    if code < 500:
        return TemporaryFailure(f"The letter is not accepted now: {answer}", answer=answer)
    return PermanentFailure(f"The letter is refused: {answer}", answer=answer)


def said(code: int, text: bytes | str) -> str:
    """The server's answer on one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {' '.join(words.split())}"[:1000]


def _away(sentence: str, code: int, text: bytes | str, *, at_once: bool) -> ProviderAway:
    return ProviderAway(f"{sentence}: {said(code, text)}", answer=said(code, text), at_once=at_once)
