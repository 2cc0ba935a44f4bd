"""Exports: rows of any module as a file, built by a worker with memory that does not grow with them.

    POST /api/exports/ ─► row + operation, one transaction      the same asked again while it is open: the same row
          │
    worker: rights again ─► snapshot (a connection of its own) ─► rows, counted ─► writer ─► storage
          │                    a thread builds; the task looks on, tells the progress and stops it when it was replaced
          └─► outcome, row and letter, one transaction     the letter has the file, or a link that asks for rights

The count and the rows are of one snapshot, so the number in the letter is proven. A worker that dies leaves a lease
that runs out: the next one takes a new snapshot, and what the dead one left is removed first.
"""
