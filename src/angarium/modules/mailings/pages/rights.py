"""Who may look at these pages: the staff, and nobody else."""

from __future__ import annotations

from django.http import HttpRequest

from angarium.engine.identity.public import Principal, principal_of
from angarium.kernel.errors import Forbidden
from angarium.modules.mailings.errors import NotYours
from angarium.modules.mailings.queries import reads_all, writes_all


def reader(request: HttpRequest) -> Principal:
    """Who asks, if they may look at mailings and clients. Forbidden."""
    by = principal_of(request)
    if not reads_all(by):
        raise Forbidden
    return by


def writer(request: HttpRequest) -> Principal:
    """Who asks, if they may change them. Forbidden, or NotYours for who may only look."""
    by = reader(request)
    if not writes_all(by):
        raise NotYours
    return by
