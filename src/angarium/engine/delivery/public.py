"""The door of delivery."""

from .channel import Channel, Message, PermanentFailure, Receipt, Recipient, TemporaryFailure
from .models import Delivery
from .sending import deliveries_of, send

__all__ = [
    "Channel",
    "Delivery",
    "Message",
    "PermanentFailure",
    "Receipt",
    "Recipient",
    "TemporaryFailure",
    "deliveries_of",
    "send",
]
