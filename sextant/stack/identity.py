"""Tell a process from a later one that was given the same pid."""

from __future__ import annotations

import sys
from pathlib import Path


def process_identity(pid: int) -> str | None:
    """Return a text that no other process of this machine ever has, or None when no live process has this pid.

    A process that ended and was not yet collected by its parent (a zombie) counts as gone. On Linux the identity is
    the boot's id and the start in clock ticks, both exact; elsewhere the start time that the kernel recorded.
    """
    if sys.platform == "linux":
        return _linux_identity(pid)
    # Imported here because Linux does without, and messages about an unsupported system must not need it.
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.6f}"
    except psutil.NoSuchProcess:
        return None


def _linux_identity(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name stands in parentheses and may itself hold blanks and parentheses.
    fields = stat.rpartition(")")[2].split()
    state, started = fields[0], fields[19]
    if state in "ZX":
        return None
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{started}"
