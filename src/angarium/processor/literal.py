"""The task of the literal API, `POST /tasks`: it takes as long as it was told to. Thirteen seconds end badly."""

from __future__ import annotations

from .job import Job
from .registry import handles

KIND = "operations.task"
UNLUCKY = 13


@handles(KIND)
def run_task(job: Job) -> None:
    """Wait `processing_time` seconds, counted from the claim."""
    seconds = job.input["processing_time"]
    job.wait(seconds - job.elapsed)
    if seconds == UNLUCKY:
        raise job.Fail("A processing time of 13 seconds ends in an error.", code="unlucky")
