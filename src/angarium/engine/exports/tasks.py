"""What runs in a worker: building one file, and removing what is not kept any more."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from angarium.engine.ledger.public import LeaseLost, State
from angarium.engine.tasks.public import Cancel, Done, Fail, Outcome, Run, Slot, Snooze, crontab, task
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid

from . import retention
from .asker import asker_again
from .building import Building, Built, Plan
from .crowd import place
from .datasets import Dataset, Granted, dataset_named, granted
from .ending import end
from .errors import MayNotRead, NoColumn, NoDataset
from .letters import send_letter
from .models import Export, key_of
from .storage import clear

#: Seconds between two looks at a building: within two of them a cancelled one is left.
LOOK = 0.5
#: Until there may be room for one more.
BREATH = timedelta(seconds=1)


@task(queue="exports", outside=True, timeout=timedelta(minutes=30), max_attempts=5)
def build(run: Run, export: UUID) -> Outcome:
    """Build one file. It is built anew, from a new snapshot, when a worker before died; the row, the outcome and the
    letter are one transaction."""
    with place() as free:
        return _build(run, export) if free else Snooze(now() + BREATH, "Others are being made first.")


def _build(run: Run, export: UUID) -> Outcome:
    row = Export.objects.filter(id=export).first()
    if row is None:
        return Cancel("The export is gone.")
    if row.ended and row.operation == run.operation:
        return Cancel(f"It is {row.ended}: {row.because}")
    if row.ended == State.SUCCEEDED:
        return Done({"export": str(row.id), "already": True})
    try:
        plan, grant = _planned(row, run.claim.epoch)
    except (MayNotRead, NoDataset, NoColumn, Invalid) as refusal:
        return Fail(refusal.message, record=partial(end, row, State.FAILED, refusal.message))
    clear(row.id, before=run.claim.epoch)
    built = _watched(Building(plan), run)
    said = {"export": str(row.id), "rows": built.rows, "bytes": built.size, "sha256": built.sha256}
    return Done(said, record=partial(_finish, row, run, grant, built, plan.key))


def _planned(row: Export, epoch: int) -> tuple[Plan, Granted]:
    """What is to be built, by what its asker may read now."""
    of, by = dataset_named(row.dataset), asker_again(row)
    filters = filters_of(of, row)
    grant = granted(of, by, filters, row.columns)
    return (
        Plan(
            dataset=of,
            source=of.rows(by, filters),
            columns=grant.columns,
            format=row.format,
            language=row.language,
            zone=ZoneInfo(row.timezone),
            key=key_of(row.id, epoch, row.format),
        ),
        grant,
    )


def filters_of(of: Dataset, row: Export) -> dict[str, object]:
    """The stored filters, checked again: the dataset may have changed since. Raises Invalid."""
    reading = of.reading(row.filters)
    if not reading.is_valid():
        raise Invalid(f"Its filters are not valid any more: {', '.join(reading.errors)}.", field="filters")
    return dict(reading.validated_data)


def _watched(building: Building, run: Run) -> Built:
    """Look on until it has ended, and leave it when the run is lost, late or interrupted."""
    building.begin()
    try:
        while not building.wait(LOOK):
            run.progress(building.written, building.total, stage=building.stage)
        if building.total:
            run.progress(building.written, building.total)
    except BaseException:
        building.stop()
        raise
    return building.result()


def _finish(row: Export, run: Run, grant: Granted, built: Built, key: str) -> None:
    """Note what was built and write the letter."""
    if Export.objects.select_for_update().get(id=row.id).ended == State.SUCCEEDED:
        raise LeaseLost
    row.operation, row.extent, row.file = run.operation, grant.extent, key
    row.rows = row.total = built.rows
    row.size, row.sha256, row.snapshot_at = built.size, built.sha256, built.snapshot_at
    row.expires_at = now() + timedelta(hours=settings.EXPORTS_KEPT_HOURS)
    row.save(
        update_fields=[
            "operation", "extent", "file", "rows", "total", "size", "sha256", "snapshot_at", "expires_at",
        ]
    )  # fmt: skip
    end(row, State.SUCCEEDED)
    send_letter(row)


@task(every=crontab(minute="*/10"), catch_up=timedelta(minutes=10), timeout=timedelta(minutes=10), outside=True)
def tidy_exports(slot: Slot) -> Done:
    """Files whose time is over, what workers left behind, letters that were too large. Many small transactions, hence
    `outside`."""
    return Done(
        {
            "files": retention.end_files(slot.at),
            "settled": retention.settle(slot.at),
            "links": retention.answer_too_large(slot.at),
            "rows": retention.prune(slot.at - timedelta(days=settings.RETENTION_DAYS)),
        }
    )
