"""Events that go to other deployments and come from them (ADR-0011).

    relay: an operation for each (event, peer) ──► forwarder: claim, publish, keep the lease
                                                       │ queue `forwarded` of the peer's broker
                                                       ▼
    forwarder: the operation has succeeded   ◄──  the peer's worker: insert under the uid, commit, receipt, acknowledge
                                                  queue `receipts.<sender>` of the same broker

Invariants, each with a test: an operation succeeds only when the peer has committed. An event that comes twice is
there once. Of one subject at most one event is on its way. Only events of modules that run here go out, and only
events of modules that run elsewhere come in: nothing goes round.
"""

from .forwarders import Forwarders, begin

__all__ = ["Forwarders", "begin"]
