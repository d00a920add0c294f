"""Where runs keep their files, and which of them go: a good run leaves nothing, a failed one its logs, and only the newest of those stay."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from sextant.stack.identity import process_identity

#: Runs that stay beside those that somebody asked to keep.
NEWEST: Final = 5
#: Where the one that `sextant up` starts has its files.
UP: Final = Path(".sextant") / "runs" / "up"
_RUNNING: Final = "running.pid"
_KEPT: Final = "kept"


def new_run(prefix: str, *, root: Path | None = None, is_kept: bool) -> tuple[Path, list[Path]]:
    """Make the folder of a run under `.sextant/runs` here; return it and the old ones that were removed for it."""
    runs = root or Path.cwd() / ".sextant" / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    removed = prune(runs, newest=NEWEST - 1)
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=runs))
    mark_running(folder)
    if is_kept:
        (folder / _KEPT).touch()
    return folder, removed


def mark_running(folder: Path) -> None:
    """Note that this process runs what has its files in the folder."""
    (folder / _RUNNING).write_text(f"{os.getpid()} {process_identity(os.getpid())}")


def runner_of(folder: Path) -> int | None:
    """Return the process that runs what has its files in the folder; None when it has ended, whoever has its number now."""
    try:
        pid, _, identity = (folder / _RUNNING).read_text().partition(" ")
        return int(pid) if process_identity(int(pid)) == identity else None
    except (OSError, ValueError):
        return None


def prune(runs: Path, *, newest: int) -> list[Path]:
    """Remove all but the newest runs; those that are kept or still running do not count, and stay. Return what was removed."""
    folders = [path for path in runs.iterdir() if path.is_dir() and not path.is_symlink()]
    loose = [path for path in folders if not (path / _KEPT).exists() and not _is_running(path)]
    old = sorted(loose, key=lambda path: path.stat().st_mtime_ns, reverse=True)[newest:]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return old


def leave(folder: Path, *, is_good: bool) -> str:
    """End a run that new_run() began: remove the folder of a good one unless it is kept. Return a line that says where what is."""
    (folder / _RUNNING).unlink(missing_ok=True)
    if (folder / _KEPT).exists():
        return f"kept: {folder}"
    if is_good:
        shutil.rmtree(folder, ignore_errors=True)
        return "the run's files are removed; --keep keeps them"
    return f"logs and archive of the run: {folder} (the newest {NEWEST} runs stay)"


def running(root: Path | None = None) -> list[Path]:
    """Return the folders of runs that are under way here, oldest first."""
    runs = root or Path.cwd() / ".sextant" / "runs"
    found = [path for path in runs.iterdir() if _is_running(path)] if runs.is_dir() else []
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def _is_running(folder: Path) -> bool:
    return runner_of(folder) is not None
