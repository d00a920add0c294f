"""What a service cannot do without: asked for before anything is opened, one sentence for what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sextant.core.errors import SettingsInvalid
from sextant.runtime.operator_keys import read_operator_keys
from sextant.runtime.settings.platform import Platform
from sextant.runtime.settings.process import PREFIX, Process

#: Raises SettingsInvalid when a service cannot start with these settings.
Check = Callable[[Process, Platform], object]

_SERVERS: Final = re.compile(r"^[^\s:,/]+:[0-9]{1,5}(,[^\s:,/]+:[0-9]{1,5})*$")
_DSN: Final = re.compile(r"^postgres(ql)?://\S+$")


def no_needs(process: Process, platform: Platform) -> None:
    """The service needs nothing beside a broker."""


def require_kafka(process: Process) -> None:
    """Raise SettingsInvalid unless the broker's address is host:port[,host:port] and the way to speak to it can be used."""
    if not _SERVERS.match(process.kafka):
        raise SettingsInvalid(f"{PREFIX}KAFKA: expected host:port[,host:port], was {process.kafka!r}")
    process.security()


def require_postgres(process: Process) -> str:
    """Return the DSN. Raises SettingsInvalid, which never shows a DSN: it may hold a password."""
    file = process.postgres_file
    field = f"{PREFIX}POSTGRES or {PREFIX}POSTGRES_FILE" if file is None else f"{PREFIX}POSTGRES_FILE"
    try:
        dsn = process.postgres_dsn()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(
            f"{field}: expected a file that holds a DSN, was {str(file)!r}: {error}"
        ) from error
    if not _DSN.match(dsn):
        was = "nothing" if not dsn else f"{len(dsn)} characters that do not begin so (a secret, not shown)"
        raise SettingsInvalid(f"{field}: expected a DSN that begins with postgresql://, was {was}")
    return dsn


def require_archive_folder(process: Process) -> Path:
    """Return the folder. Raises SettingsInvalid without one, or where something else than a folder lies."""
    folder = process.archive_folder
    if folder is None or (folder.exists() and not folder.is_dir()):
        was = "nothing" if folder is None else f"{str(folder)!r}, which is a file"
        raise SettingsInvalid(f"{PREFIX}ARCHIVE_FOLDER: expected a folder, was {was}")
    return folder


def require_whole_certificate(process: Process) -> None:
    """Raise SettingsInvalid where a certificate is named without its key, or a key without its certificate."""
    chain, key = process.operator_cert_file, process.operator_key_file
    if (chain is None) != (key is None):
        missing, given = ("CERT", "KEY") if chain is None else ("KEY", "CERT")
        raise SettingsInvalid(
            f"{PREFIX}OPERATOR_{missing}_FILE: expected a file beside {PREFIX}OPERATOR_{given}_FILE, was nothing"
        )


def require_operator_keys(process: Process) -> None:
    """Raise SettingsInvalid where a file of the operators' secret is named and cannot be used; a service may do without one."""
    if process.operator_token_file is not None:
        read_operator_keys(process.operator_token_file)
