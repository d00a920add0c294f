"""Child processes of a run: started with a log each, watched, stopped in order, never left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from sextant.core.errors import Fatal

_PR_SET_PDEATHSIG: Final = 1
#: Longer lines of a log are cut where its end is shown, characters.
_WIDEST: Final = 300
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildFailed(Fatal):
    """A process of the run ended by itself; the message holds the end of its log and where the log is."""


@dataclass(slots=True)
class Child:
    """One process."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    peak_rss: int = 0
    #: Its end was brought about by the run, so it is no failure.
    is_felled: bool = False
    #: It has said that it is ready: from then on it has something to end in good order.
    has_been_ready: bool = False

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def is_clean(self, code: int) -> bool:
        """Return whether it ended as it should after SIGTERM. One that the signal itself ended has drained nothing."""
        return self.is_felled or code == 0 or (code == -signal.SIGTERM and not self.has_been_ready)

    def sample(self) -> None:
        """Remember the largest resident size seen."""
        with contextlib.suppress(psutil.Error):
            self.peak_rss = max(self.peak_rss, psutil.Process(self.process.pid).memory_info().rss)

    def tail(self, lines: int = 15) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(
                line[:_WIDEST] for line in self.log.read_text(errors="replace").splitlines()[-lines:]
            )
        return "(no log)"


class Children:
    """All processes of a run."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self.by_name: dict[str, Child] = {}

    def start(
        self,
        name: str,
        module: str,
        arguments: Iterable[str],
        environment: Mapping[str, str],
        *,
        has_terminal: bool = False,
        niceness: int = 0,
    ) -> Child:
        """Run `python -m module`; its output goes to `<logs>/<name>.log`, that of one with the terminal only its errors.

        A child of the same name is replaced. One with a higher niceness leaves the processor to those that are in a hurry.
        """
        command = [sys.executable, "-m", module, *arguments]
        return self.start_program(name, command, environment, has_terminal=has_terminal, niceness=niceness)

    def start_program(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        has_terminal: bool = False,
        niceness: int = 0,
    ) -> Child:
        """As start(), for a program that is not ours. Raises OSError when it cannot be run."""
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("SEXTANT_")}
        with log.open("ab") as file:
            process = subprocess.Popen(  # noqa: S603 (chosen here, no shell)
                command,
                stdin=subprocess.DEVNULL,
                stdout=None if has_terminal else file,
                stderr=file,
                env={**inherited, "PYTHONUNBUFFERED": "1", **environment},
                start_new_session=True,
                preexec_fn=_die_with_parent if _LIBC else None,
            )
        if niceness:
            with contextlib.suppress(psutil.Error):  # it may have ended at once, which check() tells
                psutil.Process(process.pid).nice(niceness)
        before = self.by_name.get(name)
        child = Child(name, process, log, before.peak_rss if before else 0)
        self.by_name[name] = child
        return child

    def kill(self, name: str) -> None:
        """End a process with SIGKILL, as a crash would; check() passes it over until it is started again."""
        child = self.by_name[name]
        child.is_felled = True
        child.process.kill()
        child.process.wait()

    def pause(self, name: str) -> None:
        """Hold a process with SIGSTOP: it lives, and does nothing until resume()."""
        self.by_name[name].process.send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a paused process go on."""
        self.by_name[name].process.send_signal(signal.SIGCONT)

    def check(self) -> None:
        """Raise ChildFailed when one has ended by itself."""
        for child in self.by_name.values():
            if not child.is_alive and not child.is_felled:
                raise ChildFailed(
                    f"{child.name} ended with code {child.process.returncode}; log: {child.log}\n{child.tail()}"
                )

    def pass_over_ended(self) -> None:
        """Let check() pass over those that have ended by themselves until now."""
        for child in self.by_name.values():
            child.is_felled |= not child.is_alive

    def sample(self) -> None:
        for child in self.by_name.values():
            child.sample()

    def wait_for(self, what: str, is_done: Callable[[], bool], *, seconds: float, every: float = 0.1) -> None:
        """Wait until `is_done`. Raises ChildFailed when a process ends meanwhile, TimeoutError with `what` after the time."""
        deadline = time.monotonic() + seconds
        while not is_done():
            self.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {seconds:.0f} s; logs are in {self._logs}")
            time.sleep(every)

    def stop(self, names: Iterable[str], *, seconds: float = 12.0) -> list[str]:
        """Stop by SIGTERM together, then by SIGKILL; return the names of those that had to be killed or failed."""
        chosen = [self.by_name.pop(name) for name in list(names) if name in self.by_name]
        for child in chosen:
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGTERM)
        deadline, unclean = time.monotonic() + seconds, []
        for child in chosen:
            try:
                code = child.process.wait(max(0.1, deadline - time.monotonic()))
                if not child.is_clean(code):
                    unclean.append(child.name)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
                unclean.append(child.name)
        return unclean

    def stop_all(self) -> None:
        self.stop(list(self.by_name), seconds=5.0)


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
