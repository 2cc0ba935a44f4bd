"""What a failure of a provider's HTTP interface means. Imported only where anymail is: it is an extra."""

from __future__ import annotations

import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
)

from angarium.engine.delivery.channel import (
    DeliveryFailure,
    PermanentFailure,
    ProviderAway,
    TemporaryFailure,
    UnknownOutcome,
)

_NEVER_REACHED = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.SSLError,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
)


def meaning(error: Exception) -> DeliveryFailure | None:
    """What an exception of anymail means; None for any other."""
    match error:
        case AnymailRecipientsRefused():
            return PermanentFailure("The provider refuses the address.", address_is_dead=True, answer=_said(error))
        case AnymailConfigurationError():
            return ProviderAway(f"The provider's settings are not complete: {error}", at_once=True)
        case requests.RequestException() if getattr(error, "status_code", None) is None:
            return _without_answer(error)
        case AnymailAPIError(status_code=code):
            return of_status(code, _said(error))
        case AnymailError():
            return PermanentFailure(f"The letter cannot be sent this way: {_said(error)}")
    return None


def of_status(code: int | None, answer: str) -> DeliveryFailure:
    """A refusal by HTTP status."""
    if code is None or code < 300:
        return UnknownOutcome("The provider's answer cannot be understood.", answer=answer)
    if code in {401, 402, 403}:
        return ProviderAway(f"The provider does not accept our key: {code}", answer=answer, at_once=True)
    if code in {404, 405} or code >= 500:
        return ProviderAway(f"The provider does not work: {code}", answer=answer)
    if code in {408, 409, 425, 429}:
        return TemporaryFailure(f"The provider is busy: {code}", answer=answer)
    return PermanentFailure(f"The provider refuses the letter: {answer}", answer=answer)


def _without_answer(error: requests.RequestException) -> DeliveryFailure:
    """Before the connection stood, nothing was handed over; afterwards nobody knows."""
    cause = error.__cause__ or error
    refused = isinstance(cause, requests.ConnectionError) and "NewConnectionError" in repr(cause)
    if isinstance(cause, _NEVER_REACHED) or refused or "NameResolution" in repr(cause):
        return ProviderAway(f"The provider cannot be reached: {type(cause).__name__}")
    return UnknownOutcome(f"The provider did not answer: {type(cause).__name__}")


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:1000]
