"""The end of a server's log, for error messages."""

from __future__ import annotations

from pathlib import Path

_WINDOW_BYTES = 64 * 1024


def tail(log: Path, *, since: int = 0, lines: int = 25) -> str:
    """Return the last lines written after the byte position `since`; the empty string when there is no log."""
    try:
        with log.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(since, end - _WINDOW_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def size(log: Path) -> int:
    """Return the log's length in bytes, 0 when there is none yet."""
    return log.stat().st_size if log.exists() else 0
