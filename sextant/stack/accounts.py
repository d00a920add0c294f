"""Which account a server runs under: Postgres refuses to run as root."""

from __future__ import annotations

import os
import pwd
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sextant.stack.errors import StackError


@dataclass(frozen=True)
class Account:
    """An ordinary account, and whether it needs help to pass through closed folders to its files."""

    uid: int
    gid: int
    search: bool


def ordinary_account(files: Iterable[Path]) -> Account | None:
    """Return the account to run Postgres under when this process is root, None when it is not.

    It is `nobody`, which every system has. Where one of `files` lies below a folder closed to it (root's home is, as
    a rule), Linux lets the launched process keep the one right to search folders; no folder's mode is changed.
    """
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise StackError(
            "running as root, Postgres needs the account 'nobody', which does not exist here"
        ) from None
    closed = [folder for file in files for folder in file.resolve().parents if not _open_to_all(folder)]
    if closed and sys.platform != "linux":
        raise StackError(
            f"running as root, Postgres runs as 'nobody', to whom {closed[0]} is closed: "
            "choose another folder or run as an ordinary user"
        )
    return Account(nobody.pw_uid, nobody.pw_gid, search=bool(closed))


def _open_to_all(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)
