"""Files that only this user may write: what lies in them is acted upon, so nobody else may have put it there."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from sextant.core.errors import SettingsInvalid

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def private_folder(path: Path) -> Path:
    """Return the folder, made with mode 0700 where it is missing. Raises SettingsInvalid when others own it or may write it."""
    try:
        path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        check_private(path)
    except OSError as error:
        raise SettingsInvalid(f"{path}: cannot be used as state folder: {error.strerror}") from error
    return path


def check_private(path: Path) -> None:
    """Raise SettingsInvalid when somebody else owns what lies there or may write it, or when it only points elsewhere."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise SettingsInvalid(f"{path}: expected a file or folder of its own, was a symbolic link")
    if status.st_uid != os.geteuid():
        raise SettingsInvalid(
            f"{path}: expected to be owned by user {os.geteuid()}, was owned by user {status.st_uid}"
        )
    if status.st_mode & _OTHERS_WRITE:
        mode = stat.S_IMODE(status.st_mode)
        raise SettingsInvalid(f"{path}: expected to be writable by its owner only, was {mode:04o}")


def append(path: Path, text: str) -> None:
    """Append to a file of mode 0600 and wait until the disk has it."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, _FILE_MODE)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, text: str) -> None:
    """Put a file of mode 0600 in the place of another: readers find the old one or the new one, never a part."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    append(beside, text)
    beside.replace(path)
