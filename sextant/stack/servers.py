"""Start a stack's server processes, record them, wait until they serve, end them."""

from __future__ import annotations

import atexit
import os
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from sextant.stack import stopping, watchdog
from sextant.stack.errors import NotReady, ServerDied
from sextant.stack.identity import process_identity
from sextant.stack.launch import Launch, start
from sextant.stack.logs import size, tail
from sextant.stack.records import Owner, Record, Records

_POLL_SECONDS = 0.05
_STOP_SECONDS = 15.0


class Servers:
    """The processes of the stack in `root`, as seen by one process that may own some of them.

    Detached servers have no owner and outlive this process; the others end with it, however it ends.
    """

    def __init__(self, root: Path, *, detached: bool) -> None:
        self._root, self._detached, self._pid = root, detached, os.getpid()
        self.records = Records(root)
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._log_start: dict[str, int] = {}
        self._watchdog: subprocess.Popen[bytes] | None = None

    def start(self, launch: Launch) -> None:
        """Start and record a server; return at once, without waiting for it to serve."""
        owner = None if self._detached else self._guarded()
        self._log_start[launch.name] = size(launch.log)

        def record(pid: int) -> None:
            identity = process_identity(pid) or ""
            log = str(launch.log)
            self.records.write(
                Record(launch.name, pid, identity, owner, launch.ports, int(launch.stop_signal), log)
            )

        self._children[launch.name] = start(launch, record)

    def adopt(self, record: Record) -> None:
        """Take over a running server whose owner is gone; leave one that is owned or detached as it is."""
        if record.owner is not None and not record.owner.is_alive() and not self._detached:
            values = vars(record) | {"owner": self._guarded()}
            self.records.write(Record(**values))

    def wait(self, name: str, ready: Callable[[str, tuple[int, ...]], bool], seconds: float) -> Record:
        """Return the server's record once `ready(name, ports)` is true. Raises ServerDied or NotReady."""
        record = self.records.read(name)
        assert record is not None, f"{name} was started, so it has a record"
        log, since = Path(record.log), self._log_start.get(name, 0)
        deadline = time.monotonic() + seconds
        while not ready(name, record.ports):
            self._collect()
            if not record.is_alive():
                raise ServerDied(name=name, log=log, tail=tail(log, since=since))
            if time.monotonic() >= deadline:
                raise NotReady(name=name, seconds=seconds, log=log, tail=tail(log, since=since))
            time.sleep(_POLL_SECONDS)
        if not record.is_alive():
            # Another stack's server answered on the port that ours could not get.
            raise ServerDied(name=name, log=log, tail=tail(log, since=since))
        return record

    def stop(self, names: Iterable[str], *, seconds: float = _STOP_SECONDS) -> list[str]:
        """Ask the servers to end, kill those that do not in time; return the killed ones' names."""
        records = self._known(names)
        killed = stopping.stop(records, seconds=seconds, collect=self._collect)
        self._forget(records)
        return killed

    def kill(self, names: Iterable[str]) -> None:
        """End the servers with SIGKILL, as a crash would."""
        records = self._known(names)
        stopping.kill(records, collect=self._collect)
        self._forget(records)

    def owned(self) -> list[str]:
        """Return the names of the servers that end with this process."""
        mine = Owner.this_process()
        return [record.name for record in self.records.all() if record.owner == mine]

    def close(self) -> None:
        """End the servers that this process owns, and the watchdog over them. Calling twice is safe.

        Also called when this process ends. A forked child inherits this object but owns nothing.
        """
        if os.getpid() != self._pid:
            return
        atexit.unregister(self.close)
        self.stop(self.owned())
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.wait()
            self._watchdog = None

    def _guarded(self) -> Owner:
        owner = Owner.this_process()
        if self._watchdog is None or self._watchdog.poll() is not None:
            atexit.register(self.close)
            self._watchdog = watchdog.spawn(self._root, owner)
        return owner

    def _known(self, names: Iterable[str]) -> list[Record]:
        return [record for name in names if (record := self.records.read(name)) is not None]

    def _forget(self, records: list[Record]) -> None:
        for record in records:
            self.records.remove(record.name)

    def _collect(self) -> None:
        """Collect children that ended, so that they do not linger as zombies."""
        for name, child in list(self._children.items()):
            if child.poll() is not None:
                del self._children[name]
