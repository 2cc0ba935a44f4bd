"""A message as a letter: plain text with HTML beside it, what goes along, and headers that nobody can forge."""

from __future__ import annotations

from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email

from angarium.engine.delivery.channel import Attachment, Message, PermanentFailure

_LONGEST_LINE = 300


def letter_of(message: Message) -> EmailMultiAlternatives:
    """The letter. PermanentFailure when its address is none. The Message-ID is the same at every attempt, so whoever
    gets it twice (because an answer was lost) sees it once."""
    letter = EmailMultiAlternatives(
        subject=one_line(message.subject),
        body=_text(message.body),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[_address(message)],
        headers={"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
    )
    if message.html:
        letter.attach_alternative(_text(message.html), "text/html")
    for one in message.attachments:
        if one.is_stored:
            letter.attach(one.name, one.content, one.media_type.partition(";")[0])
        elif one.encoding:
            letter.attach(_inline(one))
        else:
            letter.attach(one.name, one.text, one.media_type)
    return letter


def _inline(one: Attachment) -> MIMEBase:
    """What is no text, where the HTML can show it by its `cid`; other programs show it below."""
    part = MIMEBase(*one.media_type.partition(";")[0].split("/"))
    part.set_payload(one.content)
    encode_base64(part)
    part.add_header("Content-ID", f"<{one.cid}>")
    part.add_header("Content-Disposition", "inline", filename=one.name)
    return part


def message_id(message: Message) -> str:
    return f"<{message.id}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}>"


def one_line(text: str) -> str:
    """The text as a header may hold it: what does not print is a blank, so that no second header begins."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST_LINE]


def _address(message: Message) -> str:
    address = message.to.address.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise PermanentFailure("There is no e-mail address." if not address else "The address is not one.") from None
    return formataddr((one_line(message.to.name), address))


def _text(text: str) -> str:
    """Without what no letter can carry: control characters and halves of characters."""
    kept = "".join(c for c in text if c in "\n\t" or c >= " ")
    return kept.encode("utf-8", "replace").decode()
