"""JSON logs with service, region and instance on every line, and the trace id on lines that speak of one record or one order.

What libraries say goes the same way, once in a while where they say it again and again: clients of a broker that is away tell of every try.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

import structlog
from structlog.typing import FilteringBoundLogger, Processor

#: Without local variables: they may hold secrets.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)
#: A library's line is not said again for so long, s; no more than so many different ones are kept in mind.
REPEAT_S: Final = 10.0
_MOST_LINES: Final = 1_000


class LibraryLines(logging.Handler):
    """Passes on what libraries log, with the number of times that a line was left out since it was last said."""

    def __init__(self, log: FilteringBoundLogger, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._log, self._now_s = log, now_s
        self._said: dict[tuple[str, str, str], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = record.getMessage()
            reason = repr(record.exc_info[1]) if record.exc_info else ""
            left_out = self._left_out((record.name, line, reason))
            if left_out is not None:
                repeated = {"repeated": left_out} if left_out else {}
                self._log.log(
                    record.levelno, line, logger=record.name, exc_info=record.exc_info or None, **repeated
                )
        except Exception:  # noqa: BLE001 (a line that cannot be said must not end what said it)
            self.handleError(record)

    def _left_out(self, line: tuple[str, str, str]) -> int | None:
        """Return how often a line was left out before, None when it is to be left out now."""
        now_s = self._now_s()
        said_s, left_out = self._said.get(line, (now_s - REPEAT_S, 0))
        if now_s - said_s < REPEAT_S:
            self._said[line] = said_s, left_out + 1
            return None
        if len(self._said) >= _MOST_LINES:
            self._said.clear()
        self._said[line] = now_s, 0
        return left_out


def make_logger(*, service: str, instance: str, region: str, level: str, form: str) -> FilteringBoundLogger:
    """Return the service's logger; it writes to standard error, a line an event."""
    number = logging.getLevelNamesMapping()[level]
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
    bound = logger.bind(service=service, instance=instance, region=region)
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[LibraryLines(bound)])
    return bound


def in_trace(trace_id: bytes) -> AbstractContextManager[None]:
    """Put a trace's id on every line that is logged inside, also by tasks that are started inside; nothing for an empty id."""
    return structlog.contextvars.bound_contextvars(trace_id=trace_id.hex()) if trace_id else nullcontext()
