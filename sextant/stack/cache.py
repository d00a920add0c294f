"""The folder that all stacks of a user share: what is fetched or computed once."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sextant.stack.errors import StackError


def cache_folder() -> Path:
    """Return `$XDG_CACHE_HOME/sextant` (by default `~/.cache/sextant`), made when absent.

    For a user whose home cannot be written (a service account in a container), a private folder among the system's
    temporary files.
    """
    folder = users_cache()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return _private(Path(tempfile.gettempdir()) / f"sextant-cache-{os.geteuid()}")


def users_cache() -> Path:
    """Return where the cache lies as a rule; it may be absent, or there for reading only (an image's)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "sextant"


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o022 or folder.is_symlink():
        raise StackError(
            f"{folder}: expected a folder that only this user can write; set XDG_CACHE_HOME to another"
        )
    return folder


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file while the block runs; waits for another process that holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
