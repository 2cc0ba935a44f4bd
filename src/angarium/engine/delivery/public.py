"""The door of delivery.

send(to=Recipient(kind="student", id="7", address="anna@example.org"), template="lessons/reminder", channel="email",
     key="lesson:7:reminder", subject="lessons.lesson:7", context={…}, topic="lessons.reminder",
     not_before=an_hour_before, not_after=the_start)
cancel(channel="email", key="lesson:7:reminder", because="The lesson was cancelled.")     # False when it is too late
deliveries_of("lessons.lesson:7")                # their rows, for a page about the lesson
deliveries_seen_by(principal)                    # the policy, for lists
delivery_timeline(delivery.id)                   # why did she not get it
reserve("sms", 500, per_second=100)              # when a batch may go, by a rate that all workers share

A template is `<name>.txt` (plain text, never escaped), `<name>.subject.txt` (its subject line; without one the first
line of the text) and, where HTML is useful, `<name>.html`, which extends `delivery/letter.html`. Each is rendered in
the recipient's language and zone with `context` and `to`; a moment in `context` is shown by `|moment|date:"H:i"` of
`{% load delivery %}`.
"""

from .channel import (
    Attachment,
    Channel,
    DeliveryFailure,
    Message,
    PermanentFailure,
    ProviderAway,
    Receipt,
    Recipient,
    TemporaryFailure,
    UnknownOutcome,
)
from .errors import NoDelivery, NoSuppression, TooLate
from .models import AbstractDelivery, Delivery, DeliveryStep, Suppression
from .moves import move
from .providers import reserve
from .quiet import NEVER_QUIET, QuietHours
from .rendering import message_of
from .reports import arrived, bounced
from .seeing import Step, access_delivery, deliveries_of, deliveries_seen_by, delivery_timeline, found, may_cancel
from .sending import cancel, recipient_columns, send
from .states import LIFECYCLE, OPEN, WAITING, State
from .suppression import EVERY_TOPIC, suppress, suppressions, unsuppress

__all__ = [
    "EVERY_TOPIC",
    "LIFECYCLE",
    "NEVER_QUIET",
    "OPEN",
    "WAITING",
    "AbstractDelivery",
    "Attachment",
    "Channel",
    "Delivery",
    "DeliveryFailure",
    "DeliveryStep",
    "Message",
    "NoDelivery",
    "NoSuppression",
    "PermanentFailure",
    "ProviderAway",
    "QuietHours",
    "Receipt",
    "Recipient",
    "State",
    "Step",
    "Suppression",
    "TemporaryFailure",
    "TooLate",
    "UnknownOutcome",
    "access_delivery",
    "arrived",
    "bounced",
    "cancel",
    "deliveries_of",
    "deliveries_seen_by",
    "delivery_timeline",
    "found",
    "may_cancel",
    "message_of",
    "move",
    "recipient_columns",
    "reserve",
    "send",
    "suppress",
    "suppressions",
    "unsuppress",
]
