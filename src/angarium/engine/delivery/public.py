"""The door of delivery.

send(to=Recipient(kind="student", id="7", address="anna@example.org"), template="lessons/reminder", channel="email",
     key="lesson:7:reminder", subject="lessons.lesson:7", context={…}, topic="lessons.reminder",
     not_before=an_hour_before, not_after=the_start)
cancel(channel="email", key="lesson:7:reminder", because="The lesson was cancelled.")     # False when it is too late
deliveries_of("lessons.lesson:7")                # their rows, for a page about the lesson
deliveries_seen_by(principal)                    # the policy, for lists
delivery_timeline(delivery.id)                   # why did she not get it
send_again(delivery, key="…")                    # once more, with the id of the first for the provider
endpoints("projects.hook", find=…, gone=…)       # where messages of the channel `webhook` to recipients of this kind go
flights().launch([Call(7, "79001234567", "Hello", 10.0)], may_go=…, landed=…)   # many calls to the sender at once
reserve("sms", 500, per_second=100)              # when a batch may go, by a rate that all workers share

A template is `<name>.txt` (plain text, never escaped), `<name>.subject.txt` (its subject line; without one the first
line of the text) and, where HTML is useful, `<name>.html`, which extends `delivery/letter.html`. Each is rendered in
the recipient's language and zone with `context` and `to`; a moment in `context` is shown by `|moment|date:"H:i"` of
`{% load delivery %}`.
"""

from . import providers
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
from .channels.calling.address import LONGEST_URL, Target, refuse_at_once, target_of
from .channels.calling.seeds import new_seed, secret_from
from .channels.sender.answers import AWAY, SENTENCES, Answer, Said
from .channels.sender.beside import SenderBeside
from .channels.sender.flights import Call, Flights, Landing, flights
from .circuit import Circuit
from .endpoints import Endpoint, endpoints
from .errors import NoDelivery, NoSuppression, TooLate
from .models import AbstractDelivery, Delivery, DeliveryStep, Suppression
from .moves import move
from .providers import reserve
from .quiet import NEVER_QUIET, QuietHours, turns
from .rendering import message_of
from .reports import arrived, bounced
from .seeing import Step, access_delivery, deliveries_of, deliveries_seen_by, delivery_timeline, found, may_cancel
from .sending import cancel, recipient_columns, send, send_again
from .states import LIFECYCLE, OPEN, WAITING, State
from .suppression import EVERY_TOPIC, suppress, suppressions, unsuppress

__all__ = [
    "AWAY",
    "EVERY_TOPIC",
    "LIFECYCLE",
    "LONGEST_URL",
    "NEVER_QUIET",
    "OPEN",
    "SENTENCES",
    "WAITING",
    "AbstractDelivery",
    "Answer",
    "Attachment",
    "Call",
    "Channel",
    "Circuit",
    "Delivery",
    "DeliveryFailure",
    "DeliveryStep",
    "Endpoint",
    "Flights",
    "Landing",
    "Message",
    "NoDelivery",
    "NoSuppression",
    "PermanentFailure",
    "ProviderAway",
    "QuietHours",
    "Receipt",
    "Recipient",
    "Said",
    "SenderBeside",
    "State",
    "Step",
    "Suppression",
    "Target",
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
    "endpoints",
    "flights",
    "found",
    "may_cancel",
    "message_of",
    "move",
    "new_seed",
    "providers",
    "recipient_columns",
    "refuse_at_once",
    "reserve",
    "secret_from",
    "send",
    "send_again",
    "suppress",
    "suppressions",
    "target_of",
    "turns",
    "unsuppress",
]
