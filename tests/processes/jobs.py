"""Work of another team's service, for the tests of the processor."""

from __future__ import annotations

import sys
import threading

from angarium.processor import Job, handles


@handles("tests.broken")
def broken(job: Job) -> None:
    """It fails as it is told to."""
    if job.input.get("exits"):
        sys.exit(7)
    raise ValueError(job.input.get("because", "broken"))


@handles("tests.long_at_first")
def long_at_first(job: Job) -> None:
    """An hour for whoever is killed or stopped meanwhile, nothing for the one who does it again."""
    job.wait(3600 if job.attempt == 1 else 0)


@handles("tests.steps")
def steps(job: Job) -> dict[str, int]:
    """So many steps, each as long as it is told, each reported."""
    for number in range(job.input["steps"]):
        job.progress(number, job.input["steps"], unit="steps")
        job.wait(job.input["seconds"])
    return {"attempt": job.attempt}


#: Ends the hanging of `hangs` when the process ends, and not before.
_never = threading.Event()


@handles("tests.hangs", timeout=1)
def hangs(job: Job) -> dict[str, int]:
    """It hangs at first, in a process that lives and renews its leases."""
    if job.attempt == 1:
        _never.wait(3600)
    return {"attempt": job.attempt}
