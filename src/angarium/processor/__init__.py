"""The kit for a service that does work for Angarium: a Celery worker without Django and without a database.

    from angarium.processor import Job, handles

    @handles("resize_image", lease_seconds=30)
    def resize(job: Job) -> dict:
        job.progress(1, 10, message="read")
        return {"width": 640}

A message carries ids and nothing else. What there is to do is asked over HTTP (a claim), what became of it is reported
over HTTP, through a spool that survives this process and the absence of the server.
"""

from .endings import Cancel, Fail, Retry, Snooze
from .job import Job
from .registry import handles

__all__ = ["Cancel", "Fail", "Job", "Retry", "Snooze", "handles"]
