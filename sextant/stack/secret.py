"""Passwords of the local servers: made up once per folder, readable by its owner only.

The servers listen on the loopback, which every account of the machine can reach, and Postgres's superuser may run
programs; so they ask for a password even here.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def keep_password(path: Path) -> str:
    """Return the password in the file; make one up and keep it there when there is none."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        private_file(path, secrets.token_hex(16))
        return path.read_text().strip()


def private_file(path: Path, text: str) -> None:
    """Write the file whole, readable and writable by its owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
