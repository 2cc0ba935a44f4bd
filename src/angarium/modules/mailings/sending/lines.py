"""What a log says of each message: found by the number of the message, of the mailing and of the client. A phone number
is masked; what is said and the token are in no line."""

from __future__ import annotations

from collections.abc import Iterable

from angarium.engine.observability.public import get_logger, lines_together
from angarium.modules.mailings import metrics
from angarium.modules.mailings.models import masked

from .results import Result
from .taking import Taken

_log = get_logger("angarium.mailings")


@lines_together()
def tell_taken(mailer: int, found: Iterable[Taken]) -> None:
    for one in found:
        _log.info(
            "mailings.taken",
            mailer_id=mailer,
            message_id=one.id,
            client_id=one.client,
            phone=masked(one.phone),
            attempt=one.attempt,
        )


@lines_together()
def tell_results(mailer: int, results: Iterable[Result], written: set[int]) -> None:
    for one in results:
        metrics.ended(one.state, one.reason, one.seconds if one.called else None)
        _log.info(
            "mailings.result" if one.taken.id in written else "mailings.overtaken",
            mailer_id=mailer,
            message_id=one.taken.id,
            client_id=one.taken.client,
            phone=masked(one.taken.phone),
            attempt=one.taken.attempt,
            outcome=one.state,
            reason=one.reason or None,
            status=one.status or None,
            seconds=round(one.seconds, 3) if one.called else None,
            due_at=one.due_at.isoformat() if one.due_at else None,
        )
