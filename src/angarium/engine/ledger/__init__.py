"""The ledger of operations: what work there is, and how far it got.

Every piece of background work is one **operation**: a head row that says where it stands, and an append-only list of
**transitions** that says how it got there. The broker carries ids of operations and nothing else.

                  claim: epoch + 1                 report (epoch, seq)
    scheduled ─┐                      ┌─ running ─┬────────────────────► succeeded │ failed │ cancelled
       queued ─┼──────────────────────►           ├─ retrying  (run_at) ─┐
     retrying ─┘                      │           └─ scheduled (snooze)  │
       paused ◄──── pause / resume    └──────────────────────────────────┘   lease expired: epoch + 1, queued

Invariants (each has a test; `tests/test_ledger_machine.py` invents histories and checks them all):

 1. The head is the greatest applied transition by (epoch, seq). Neither clocks nor arrival decide.
 2. (epoch, 0) is written by the ledger; (epoch, n ≥ 1) by the holder of that epoch and nobody else.
 3. A terminal head never changes.
 4. One (operation, epoch, seq) is one body for ever: repeats are answered as the first time, others are refused.
 5. A claim, a sweep, a cancellation and a pause each raise the epoch: whoever worked before is refused from then on.
 6. Exactly the open operations have a row in `Due`; exactly the failed, not yet retried ones have a `DeadLetter`.
 7. Of the open operations with one (kind, order_key) only the oldest is ever claimed, and never two at once; any end
    lets the next one run.
 8. Counters are the sum of what was written with the rows they count.
 9. Claims are counted, so that work which kills its worker ends as failed instead of going round for ever.

On failure: a worker dies → its lease runs out, `dispatch.reclaim` takes the operation back. The broker forgets a
message → `Due.due_at` passes and it is published again. The dispatcher dies between commit and publish → the same.
The process dies in a transaction → nothing of it happened.

Locks are taken in one order: operations by id, then the order key (claims only), then Due by id. What belongs to
others (a successor's Due, a silent worker's head) is never waited for: who finds it locked leaves it to the next pass.
"""
