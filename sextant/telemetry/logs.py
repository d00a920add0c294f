"""JSON logs with service, region and instance on every line, and the trace id on lines that speak of one record or one order."""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager, nullcontext

import structlog
from structlog.typing import FilteringBoundLogger, Processor

#: Without local variables: they may hold secrets.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)


def make_logger(*, service: str, instance: str, region: str, level: str, form: str) -> FilteringBoundLogger:
    """Return the service's logger; it writes to standard error, a line an event."""
    number = logging.getLevelNamesMapping()[level]
    logging.basicConfig(level=max(number, logging.WARNING), format="%(message)s", stream=sys.stderr)
    renderer: Processor = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _TRACEBACKS if form == "json" else structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
    )
    return logger.bind(service=service, instance=instance, region=region)


def in_trace(trace_id: bytes) -> AbstractContextManager[None]:
    """Put a trace's id on every line that is logged inside, also by tasks that are started inside; nothing for an empty id."""
    return structlog.contextvars.bound_contextvars(trace_id=trace_id.hex()) if trace_id else nullcontext()
