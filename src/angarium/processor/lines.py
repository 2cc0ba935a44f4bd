"""Lines on standard output, as Angarium's other processes write them."""

from __future__ import annotations

import logging
import sys

import structlog

from angarium.kernel.lines import RENDERERS

from .settings import WrongSetting

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def configure(style: str, level: str) -> None:
    """Set up this process's logging. WrongSetting for what is no style or level."""
    if style not in RENDERERS:
        raise WrongSetting(f"LOG_FORMAT={style!r} is not known. Set it to console or json.")
    if level not in _LEVELS:
        raise WrongSetting(f"LOG_LEVEL={level!r} is not known. Set it to one of {', '.join(_LEVELS)}.")
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    output = logging.StreamHandler(sys.stdout)
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
    root.handlers = [output]
    root.setLevel(level)
    for chatty in ("celery.worker.strategy", "celery.app.trace", "httpx", "httpcore"):
        logging.getLogger(chatty).setLevel("WARNING")
