"""`angarium processor`: the worker with the options that it needs. It loads neither Django nor a database."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence


def main(words: Sequence[str]) -> None:
    """Run until SIGTERM. Says in a sentence what is missing."""
    from .settings import WrongSetting

    given = _parser().parse_args(words)
    if given.concurrency:
        os.environ["PROCESSOR_CONCURRENCY"] = str(given.concurrency)
    if given.queues:
        os.environ["PROCESSOR_QUEUES"] = given.queues
    try:
        from .celery import app, settings

        settings.checked()
    except WrongSetting as error:
        sys.exit(f"angarium: {error}")
    # RabbitMQ lets nobody else have a worker's own queue: two on one machine need two names.
    name = f"processor@%h-{os.getpid()}"
    app.worker_main(["worker", "--hostname", name, "--without-mingle", "--without-gossip", "--loglevel", "info"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="angarium processor",
        description="Take ids of operations from the queue, claim them over HTTP, run handlers, report over HTTP.",
        epilog="Settings: CELERY_BROKER_URL, ANGARIUM_URL, ANGARIUM_TOKEN and PROCESSOR_…, each in env.example.",
    )
    parser.add_argument("-Q", "--queues", default="", help="names by comma; PROCESSOR_QUEUES unless given")
    parser.add_argument("-c", "--concurrency", type=int, default=0, help="threads; PROCESSOR_CONCURRENCY unless given")
    return parser
