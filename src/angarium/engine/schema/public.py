"""The door of schema: operations for migrations of tables that are large or in use (docs/how-to/add-a-migration.md).

InBatches("0007_hours", "request", forwards=to_minutes, backwards=to_hours)   # rows, a thousand in a transaction
AddIndexConcurrently("event", models.Index(…))                               # nobody who writes waits for it
AddConstraintNotValid("entry", models.CheckConstraint(…)), ValidateConstraint("entry", "…")

A migration with the first two says `atomic = False`. `angarium migrate` waits for a lock no longer than
MIGRATION_LOCK_TIMEOUT, and tries again.
"""

from .batches import InBatches, unchanged
from .constraints import AddConstraintNotValid, ValidateConstraint
from .indexes import AddIndexConcurrently, RemoveIndexConcurrently

__all__ = [
    "AddConstraintNotValid",
    "AddIndexConcurrently",
    "InBatches",
    "RemoveIndexConcurrently",
    "ValidateConstraint",
    "unchanged",
]
