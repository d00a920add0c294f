"""End servers: ask, wait, then kill; never a process that only inherited a server's pid."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable

from sextant.stack.records import Record

_POLL_SECONDS = 0.05


def stop(
    records: Iterable[Record], *, seconds: float, collect: Callable[[], object] = lambda: None
) -> list[str]:
    """End every server of the records; return the names of those that had to be killed.

    All are asked at once and share the time. `collect` is called while waiting, for a caller whose own children they
    are. Blocks for at most `seconds` plus the moment that killing takes; servers already gone are no error.
    """
    running = [record for record in records if record.is_alive()]
    for record in running:
        _send(record, record.stop_signal)
    running = _wait(running, seconds, collect)
    kill(running, collect=collect)
    return [record.name for record in running]


def kill(records: Iterable[Record], *, collect: Callable[[], object] = lambda: None) -> None:
    """End the servers with SIGKILL, their helper processes too, and wait until they are gone."""
    running = [record for record in records if record.is_alive()]
    for record in running:
        # A server leads a session of its own, so its process group is it and its helpers.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(record.pid, signal.SIGKILL)
    _wait(running, 10.0, collect)


def _send(record: Record, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(record.pid, number)


def _wait(running: list[Record], seconds: float, collect: Callable[[], object]) -> list[Record]:
    deadline = time.monotonic() + seconds
    while True:
        collect()
        running = [record for record in running if record.is_alive()]
        if not running or time.monotonic() >= deadline:
            return running
        time.sleep(_POLL_SECONDS)
