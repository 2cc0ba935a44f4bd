"""The door of exports: datasets, which modules declare in their `exports.py`, and what a page needs.

    class Wanted(Shape):                                     # the filters, as any body's shape
        kind = SingleLineText(required=False)

    dataset(
        "lessons.lessons",
        title=_("Lessons"),
        columns=[Column("id", _("Number"), "integer"), Column("title", _("Title")),
                 Column("starts_at", _("Begins"), "moment"), Column("student", _("Student"), source="student__name")],
        filters=Wanted,
        rows=lambda by, filters: lessons_seen_by(by).filter(**filters),          # a query, or Worked(count, rows)
        may_read=lambda by, filters: by.may("lessons:read"),                     # or JSON that says which part
        fields=lambda by, filters: names_of_what_he_sees(by),                    # all columns unless given
        offered_to=lambda by: by.may("lessons:read"),
    )

A query is read through a snapshot by its `source` lookups. `Worked` is for rows that are reckoned: both its functions
get the Snapshot, whose `rows(query, *columns)` are read as they are taken; what else they read is of the same moment.
"""

from .asking import ask
from .column import Column
from .datasets import Dataset, Worked, dataset, dataset_named, datasets, forget_dataset, granted, offered
from .ending import cancel, revoke
from .errors import MayNotRead
from .handing import check, file_for
from .models import Export, Format
from .seeing import access_export, eta_of, exports_of, rows_of, total_of
from .snapshot import Snapshot, snapshot

__all__ = [
    "Column",
    "Dataset",
    "Export",
    "Format",
    "MayNotRead",
    "Snapshot",
    "Worked",
    "access_export",
    "ask",
    "cancel",
    "check",
    "dataset",
    "dataset_named",
    "datasets",
    "eta_of",
    "exports_of",
    "file_for",
    "forget_dataset",
    "granted",
    "offered",
    "revoke",
    "rows_of",
    "snapshot",
    "total_of",
]
