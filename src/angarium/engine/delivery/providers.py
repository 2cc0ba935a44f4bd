"""What all workers share about a provider, through one row of the database: its circuit and its rate.

The rate is the generic cell rate algorithm: `slot` is when the provider is free again. Taking n messages moves it by
n intervals in one UPDATE, whoever asks, so the workers of all machines together keep one rate and nobody holds a lock.
The moment is the database's own, since the clocks of machines differ.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from angarium.kernel.clock import now

from .circuit import LONGEST_PAUSE, PROBE, Circuit, after_failure
from .models import Provider
from .moves import bounded

_SECOND = 1_000_000
_NOW = {
    "postgresql": "(extract(epoch from statement_timestamp()) * 1000000)::bigint",
    "sqlite": "cast((julianday('now') - 2440587.5) * 86400000000 as integer)",
}
_LATER = {"postgresql": "greatest", "sqlite": "max"}


def reserve(provider: str, n: int = 1, *, per_second: float) -> datetime:
    """Take the next place for `n` messages in this provider's rate; returns when they may go, which may be past.

    Their caller waits till then (or gives the work back until then); the next one to ask comes after them. With
    `per_second` 0 there is no rate.
    """
    if per_second <= 0:
        return now()
    statement = (
        f"UPDATE delivery_provider SET slot = {_LATER[connection.vendor]}(slot, {_NOW[connection.vendor]}) + %s "  # noqa: S608
        "WHERE name = %s RETURNING slot"
    )
    cost = round(n * _SECOND / per_second)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [cost, provider])
            if row := cursor.fetchone():
                return datetime.fromtimestamp((row[0] - cost) / _SECOND, UTC)
        _known(provider)


def circuit_of(provider: str) -> Circuit:
    row = Provider.objects.filter(name=provider).first()
    return _circuit(row) if row else Circuit()


def take_probe(provider: str, circuit: Circuit) -> bool:
    """Be the one message that tries a half-open circuit; False when another one is."""
    free = Provider.objects.filter(name=provider, open_until=circuit.open_until)
    return bool(free.update(open_until=now() + PROBE))


def give_probe_back(provider: str, circuit: Circuit) -> None:
    """The one that was to try this circuit did not come to it: another one may, at once."""
    Provider.objects.filter(name=provider, open_until=circuit.open_until, open_until__gt=now()).update(open_until=now())


def failed(provider: str, because: str, *, at_once: bool, probe: bool, longest: timedelta = LONGEST_PAUSE) -> Circuit:
    """Note a failure of the provider; returns its circuit after it. `longest` is how long it stays open at most."""
    _known(provider)
    with transaction.atomic():
        row = Provider.objects.select_for_update().get(name=provider)
        circuit = after_failure(_circuit(row), now(), bounded(because), at_once=at_once, probe=probe, longest=longest)
        row.failures, row.openings = circuit.failures, circuit.openings
        row.open_until, row.because, row.changed_at = circuit.open_until, circuit.because, now()
        row.save(update_fields=["failures", "openings", "open_until", "because", "changed_at"])
    return circuit


def rest(provider: str, until: datetime, because: str) -> None:
    """Leave a provider alone until then because it asked for that: no failure is counted, and nothing shortens a longer
    rest."""
    _known(provider)
    rested = Q(open_until__isnull=True) | Q(open_until__lt=until)
    Provider.objects.filter(rested, name=provider).update(
        open_until=until, failures=Greatest(F("failures"), 1), because=bounded(because), changed_at=now()
    )


def worked(provider: str, *, even_open: bool = True) -> None:
    """Note that the provider answered: its circuit is closed; without `even_open` only one that is not open now, since
    the answer may be to what was asked before. Writes only what was otherwise."""
    troubled = Provider.objects.filter(name=provider, failures__gt=0)
    if not even_open:
        troubled = troubled.filter(Q(open_until__isnull=True) | Q(open_until__lte=now()))
    troubled.update(failures=0, openings=0, open_until=None, because="", changed_at=now())


def _circuit(row: Provider) -> Circuit:
    return Circuit(row.failures, row.openings, row.open_until, row.because)


def _known(provider: str) -> None:
    Provider.objects.bulk_create([Provider(name=provider)], ignore_conflicts=True)


def seconds_until(at: datetime) -> float:
    return max((at - now()) / timedelta(seconds=1), 0.0)
