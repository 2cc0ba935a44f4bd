"""Logging: structlog in front, the standard library behind, so that Django's and Celery's lines look like ours."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, ClassVar

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import EventDict, Processor, WrappedLogger

from angarium.kernel.lines import RENDERERS

from .bound import bound

_levels = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class Output(logging.StreamHandler[Any]):
    """Writes to what is standard output at that moment, so that a captured or replaced stream is respected."""

    aside: ClassVar[bool] = False
    #: Lines that this thread holds back to write them together.
    held: ClassVar[threading.local] = threading.local()

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    def emit(self, record: logging.LogRecord) -> None:
        lines: list[str] | None = getattr(self.held, "lines", None)
        if lines is None:
            super().emit(record)
            return
        try:
            lines.append(self.format(record))
        except Exception:  # noqa: BLE001  as the standard library's handlers do
            self.handleError(record)

    def write(self, lines: Sequence[str]) -> None:
        """Write these at once."""
        try:
            with self.lock or nullcontext():
                self.stream.write("".join(f"{line}{self.terminator}" for line in lines))
                self.flush()
        except Exception:  # noqa: BLE001  nobody's work fails because its lines cannot be written
            self.handleError(logging.makeLogRecord({"msg": f"{len(lines)} lines"}))

    @property
    def stream(self) -> Any:
        return sys.stderr if Output.aside else sys.stdout

    @stream.setter
    def stream(self, value: Any) -> None:
        raise AttributeError("the stream is sys.stdout, or sys.stderr when aside")


@contextmanager
def logs_aside() -> Iterator[None]:
    """For a command whose output others read: its log lines go to standard error meanwhile."""
    Output.aside = True
    try:
        yield
    finally:
        Output.aside = False


@contextmanager
def lines_together() -> Iterator[None]:
    """What this thread logs inside is written at the end, at once: hundreds of lines are one system call then, and
    other threads need not wait for each."""
    outputs = [handler for handler in logging.getLogger().handlers if isinstance(handler, Output)]
    if len(outputs) != 1 or getattr(Output.held, "lines", None) is not None:
        yield
        return
    Output.held.lines = lines = list[str]()
    try:
        yield
    finally:
        Output.held.lines = None
        if lines:
            outputs[0].write(lines)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose event names are static and whose ids are fields: `log.info("token.made", token=id)`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


#: One list for good: loggers keep the one that they were first used with.
_processors: list[structlog.typing.Processor] = []


def configure(style: str = "console", level: str = "INFO") -> None:
    """Set up the whole process's logging; may be called again. `style` is console or json."""
    if style not in RENDERERS:
        raise ImproperlyConfigured(f"LOG_FORMAT={style!r} is not known. Set it to console or json.")
    if level not in _levels:
        raise ImproperlyConfigured(f"LOG_LEVEL={level!r} is not known. Set it to one of {', '.join(_levels)}.")
    _write_unicode()
    shared = _shared()
    _processors[:] = [structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
    structlog.configure(
        processors=_processors,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    output = Output()
    output.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                RENDERERS[style],
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, Output)] + [output]
    root.setLevel(level)
    # Each request has its own line; Django would repeat every 404 in other words.
    logging.getLogger("django.request").setLevel("ERROR")
    # A stranger's Host header is a 400 with a line of its own, not an error of ours with a traceback.
    logging.getLogger("django.security.DisallowedHost").setLevel("CRITICAL")
    # It writes the source of every task's signature while the tasks are loaded.
    logging.getLogger("celery.utils.functional").setLevel("INFO")
    # Each run has its own line; Celery would say before and after it that a message came and went.
    logging.getLogger("celery.worker.strategy").setLevel("WARNING")
    logging.getLogger("celery.app.trace").setLevel("WARNING")
    # A line for every request that the processor of `angarium up` makes of its own process.
    logging.getLogger("httpx").setLevel("WARNING")
    # A line for every socket, with its address as it was sent.
    logging.getLogger("uvicorn.error").setLevel("WARNING")
    logging.captureWarnings(True)


def _shared() -> list[Processor]:
    return [
        _add_ids,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _add_ids(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    return {**bound(), **line}


def _write_unicode() -> None:
    """Letters of every language reach the log, whatever the machine's locale is."""
    encoding = str(getattr(sys.stdout, "encoding", "") or "")
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure and encoding.lower().replace("-", "") != "utf8":
        reconfigure(encoding="utf-8", errors="backslashreplace")
