"""Looking whether anything was lost: the two logs and the ledger's side tables compared, every five minutes.

Nothing here scans history. Events are looked at once, from the position of the last look on; of operations only what is
open is counted, and of these a bounded number is compared row by row.
"""
