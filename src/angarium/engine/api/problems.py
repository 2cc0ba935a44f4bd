"""Which refusal becomes which answer. The one table for DRF's views, Django's own refusals and our errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core import exceptions as django
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework import exceptions as drf

from angarium.engine.observability.public import get_logger
from angarium.kernel import errors as ours

from .errors import TooLarge
from .problem import FieldError, Problem
from .views import View

log = get_logger("angarium.api")

#: The first class that fits decides; subclasses stand before their bases.
STATUSES: tuple[tuple[type[ours.AngariumError], int], ...] = (
    (TooLarge, 413),
    (ours.Invalid, 400),
    (ours.Missing, 404),
    (ours.Forbidden, 403),
    (ours.Conflict, 409),
    (ours.Unprocessable, 422),
    (ours.Unavailable, 503),
)
RETRY_AFTER = "2"


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's exception handler: every refusal and every fault is answered as problem+json."""
    problem = problem_of(error)
    if isinstance(error, ours.Stale):
        problem = _with_head(problem, context)
    if problem.status == 500:
        got_request_exception.send(sender=None, request=getattr(context.get("request"), "_request", None))
        log.error("request.fault", exc_info=error)
    return problem.response()


def problem_of(error: BaseException) -> Problem:
    """The problem that this exception means; 500 for what nobody foresaw."""
    match error:
        case ours.AngariumError():
            return _of_ours(error)
        case drf.ValidationError():
            return of_field_errors(list(_flat(error.get_full_details())))
        case drf.APIException():
            return _of_drf(error)
        case django.ValidationError():
            return of_field_errors(list(_of_django(error)))
        case Http404() | django.ObjectDoesNotExist():
            return Problem(404, "not_found", "There is no such thing, or you may not see it.")
        case django.PermissionDenied():
            return Problem(403, "forbidden", str(error) or "You may not do this.")
        case django.RequestDataTooBig():
            return _of_ours(TooLarge())
        case django.SuspiciousOperation() | UnreadablePostError():
            return Problem(400, "bad_request", "The request cannot be read.")
        case DataError():
            return Problem(400, "invalid", "A value is out of the range that can be stored.")
        case IntegrityError():
            log.warning("request.integrity", exc_info=error)
            return Problem(409, "conflict", "This contradicts what is stored.")
        case OperationalError() | InterfaceError():
            log.warning("request.database_unavailable", exc_info=error)
            return unavailable()
    return Problem(500, "fault", "Something is wrong on our side; the log knows it under this request_id.")


def unavailable() -> Problem:
    return Problem(
        503,
        "unavailable",
        "The database does not answer in time; nothing was changed, repeat the request a little later.",
        headers={"Retry-After": RETRY_AFTER},
    )


def of_field_errors(errors: Sequence[FieldError]) -> Problem:
    """One problem of several fields; the first one speaks for all."""
    first = errors[0]
    return Problem(400, "invalid", first["detail"], first["field"], errors)


def of_status(status: int) -> Problem:
    """What can be said when only the status of an answer is known."""
    phrase = HTTPStatus(status).phrase
    return Problem(status, phrase.lower().replace(" ", "_").replace("-", "_"), f"{phrase}.")


def _of_ours(error: ours.AngariumError) -> Problem:
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 400)
    headers = {"Retry-After": str(error.details.get("retry_after", RETRY_AFTER))} if status == 503 else {}
    errors: list[FieldError] = []
    if status == 400:
        errors = [{"field": error.field, "code": error.code, "detail": error.message}]
    return Problem(status, error.code, error.message, error.field, errors, error.details, headers)


def _of_drf(error: drf.APIException) -> Problem:
    headers = {}
    # DRF's views hang these on the exception (rest_framework.views.exception_handler reads them so).
    if auth_header := getattr(error, "auth_header", ""):
        headers["WWW-Authenticate"] = str(auth_header)
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    codes = error.get_codes()
    return Problem(
        error.status_code,
        codes if isinstance(codes, str) else error.default_code,
        str(error.detail),
        headers=headers,
    )


def _with_head(problem: Problem, context: Mapping[str, Any]) -> Problem:
    """A failed If-Match is 412 and tells the present state, when the view knows how to show it."""
    request, view = context.get("request"), context.get("view")
    if request is None or "If-Match" not in request.headers:
        return problem
    extra, headers = dict(problem.extra), dict(problem.headers)
    shown = view.head_of_current() if isinstance(view, View) else None
    if shown is not None:
        extra["head"], headers["ETag"] = shown.data, shown.headers.get("ETag", "")
    return Problem(412, problem.code, problem.detail, problem.field, problem.errors, extra, headers)


def _of_django(error: django.ValidationError) -> Iterator[FieldError]:
    by_field = error.error_dict if hasattr(error, "error_dict") else {django.NON_FIELD_ERRORS: [error]}
    for name, troubles in by_field.items():
        for one in (single for trouble in troubles for single in trouble.error_list):
            field = None if name == django.NON_FIELD_ERRORS else name
            yield {"field": field, "code": str(one.code or "invalid"), "detail": str(one.messages[0])}


def _flat(details: Any, path: tuple[str, ...] = ()) -> Iterator[FieldError]:
    """DRF's nested details, field by field, as dotted paths."""
    if (
        isinstance(details, dict)
        and set(details) == {"message", "code"}
        and not isinstance(details["message"], dict | list)
    ):
        yield {"field": ".".join(path) or None, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _flat(inner, path if name == "non_field_errors" else (*path, str(name)))
    else:
        for index, inner in enumerate(details):
            leaf = isinstance(inner, dict) and set(inner) == {"message", "code"}
            yield from _flat(inner, path if leaf else (*path, str(index)))
