"""How much disk a stack uses, may use, and finds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from sextant.stack.errors import DiskTooSmall, StackError

MEGABYTE = 1024 * 1024
SMALLEST_CAP_MB = 512


def used_mb(folder: Path) -> int:
    """Return the disk space that the folder's files take, in MB; sparse parts do not count."""
    return sum(_blocks(folder)) * 512 // MEGABYTE


def check_space(folder: Path, cap_mb: int) -> None:
    """Raise DiskTooSmall when the folder could not grow to the cap."""
    if cap_mb < SMALLEST_CAP_MB:
        raise StackError(f"disk cap: expected at least {SMALLEST_CAP_MB} MB, was {cap_mb}")
    needed = max(0, cap_mb - used_mb(folder))
    free = shutil.disk_usage(folder).free // MEGABYTE
    if free < needed:
        raise DiskTooSmall(folder=folder, free_mb=free, needed_mb=needed)


def _blocks(folder: Path) -> Iterator[int]:
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                yield os.lstat(os.path.join(path, name)).st_blocks
            except FileNotFoundError:
                continue
