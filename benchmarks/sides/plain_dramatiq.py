"""Dramatiq on Redis with its default middleware; two processes of eight threads each, its default number."""

from __future__ import annotations

import os
import sys

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from effect import happen

dramatiq.set_broker(RedisBroker(url=os.environ["REDIS_URL"]))


@dramatiq.actor
def touch(number: int) -> None:
    happen(number)


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        for number in range(int(sys.argv[2])):
            touch.send(number)
    else:
        program = os.path.join(os.path.dirname(sys.executable), "dramatiq")
        os.chdir(os.path.dirname(os.path.abspath(__file__)))
        os.execv(program, [program, "plain_dramatiq", "--processes", "2", "--threads", "8"])  # noqa: S606
