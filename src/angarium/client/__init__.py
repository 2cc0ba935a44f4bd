"""The SDK for services that report operations: no Django, and a service's work never waits for Angarium.

    client = Client("http://localhost:8000", token="…", spool="reports.sqlite", worker="resizer-1")
    for held in client.claim_due(["resize_image"], limit=10):
        with held:
            held.progress(1, 10, unit="pages")
            held.succeed({"pages": 10})

Questions are asked at once. Reports are numbered, written to the spool and sent by a thread of their own, in order,
until they are answered; what a killed process left is sent by the next one.
"""

from .aio import AsyncClaim, AsyncClient
from .claims import Claim
from .client import Client
from .errors import Closed, Ended, Invalid, LeaseLost, NoOperation, Refused, SpoolBroken, SpoolFull, Unavailable
from .sender import Refusal
from .shapes import Operation, Report

__all__ = [
    "AsyncClaim",
    "AsyncClient",
    "Claim",
    "Client",
    "Closed",
    "Ended",
    "Invalid",
    "LeaseLost",
    "NoOperation",
    "Operation",
    "Refusal",
    "Refused",
    "Report",
    "SpoolBroken",
    "SpoolFull",
    "Unavailable",
]
