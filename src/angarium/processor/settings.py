"""What a processor is told by its environment (and by .env). What does not fit is one sentence that says what to do."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import load_dotenv


class WrongSetting(Exception):
    """A setting is missing or makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`url` is where Angarium answers, `token` one with the scope `operations:report`; `modules` are imported for their
    handlers; `spool` is the file that keeps what was not reported yet; `grace` is for how many seconds what runs may go
    on after SIGTERM."""

    url: str
    token: str = field(repr=False)
    broker_url: str = field(repr=False)
    queues: tuple[str, ...]
    concurrency: int
    modules: tuple[str, ...]
    spool: Path
    lease_seconds: int
    grace: float
    log_format: str
    log_level: str
    metrics_host: str
    metrics_port: int

    def checked(self) -> Settings:
        """WrongSetting when this cannot work."""
        if not self.url:
            raise WrongSetting("ANGARIUM_URL is not set. Set it to where Angarium answers, such as http://api:8000.")
        if not self.token:
            raise WrongSetting(
                "ANGARIUM_TOKEN is not set. Make one on Angarium's side with "
                "`angarium token create processor --scope operations:report`."
            )
        if not self.broker_url:
            raise WrongSetting("CELERY_BROKER_URL is not set. Set it to Angarium's own broker (amqp:// or redis://).")
        return self


def load() -> Settings:
    """The settings of this process. WrongSetting for a number that is none."""
    load_dotenv(Path(".env"))  # what the environment says already stands
    home = Path(os.environ.get("ANGARIUM_HOME", "") or "var").expanduser()
    spool = os.environ.get("PROCESSOR_SPOOL", "")
    return Settings(
        url=os.environ.get("ANGARIUM_URL", "").strip(),
        token=os.environ.get("ANGARIUM_TOKEN", "").strip(),
        broker_url=os.environ.get("CELERY_BROKER_URL", "").strip(),
        queues=words(os.environ.get("PROCESSOR_QUEUES", "")) or ("processor",),
        concurrency=int(number("PROCESSOR_CONCURRENCY", os.environ.get("PROCESSOR_CONCURRENCY", ""), 4, 1, 1000)),
        modules=words(os.environ.get("PROCESSOR_MODULES", "")),
        spool=Path(spool).expanduser() if spool else home / "processor.sqlite",
        lease_seconds=int(number("LEASE_SECONDS", os.environ.get("LEASE_SECONDS", ""), 30, 1, 86400)),
        grace=number("PROCESSOR_GRACE", os.environ.get("PROCESSOR_GRACE", ""), 25, 0, 86400),
        log_format=os.environ.get("LOG_FORMAT", "") or "console",
        log_level=(os.environ.get("LOG_LEVEL", "") or "INFO").upper(),
        metrics_host=os.environ.get("HOST", "") or "127.0.0.1",
        metrics_port=int(number("ANGARIUM_METRICS_PORT", os.environ.get("ANGARIUM_METRICS_PORT", ""), 0, 0, 65535)),
    )


def words(text: str) -> tuple[str, ...]:
    """A comma separated list without blanks."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def number(name: str, text: str, default: float, least: float, most: float) -> float:
    """The number that the text is, `default` when it is empty. WrongSetting when it is none or out of range."""
    try:
        value = float(text or default)
    except ValueError:
        raise WrongSetting(f"{name}={text!r} is not a number. Set it to one from {least:g} to {most:g}.") from None
    if not least <= value <= most:
        raise WrongSetting(f"{name}={text} is out of range. Set it to a number from {least:g} to {most:g}.")
    return value


def worker_name() -> str:
    """Who this process is in the history of what it did."""
    return f"{socket.gethostname()[:180]}:{os.getpid()}"
