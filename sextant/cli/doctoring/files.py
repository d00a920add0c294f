"""Files of secrets: there, readable by nobody else, and long enough."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from sextant.cli.doctoring.findings import Finding, fail, ok, warn
from sextant.core.errors import SettingsInvalid
from sextant.runtime.operator_keys import read_operator_keys
from sextant.runtime.settings import Platform

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def secrets(environment: Mapping[str, str], platform: Platform | None) -> Iterator[Finding]:
    """Yield how every file stands that the environment or the configuration names as a secret."""
    token = environment.get("SEXTANT_OPERATOR_TOKEN_FILE", "")
    if token:
        yield _operators(Path(token))
    else:
        yield warn(
            "operator secret",
            "SEXTANT_OPERATOR_TOKEN_FILE is not set: nobody can command here",
            "head -c 32 /dev/urandom | base64 > operator.token; chmod 600 operator.token; name it by the variable",
        )
    dsn = environment.get("SEXTANT_POSTGRES_FILE", "")
    if dsn:
        yield private("database DSN", Path(dsn))
    for name, account in sorted((platform.venue_accounts if platform else {}).items()):
        if account.key_file:
            yield private(f"keys of {name}", Path(account.key_file), only_for="execution")


def private(name: str, path: Path, *, only_for: str = "") -> Finding:
    """Return whether a file is there and nobody else can read it; one that is only for a certain service may be missing here."""
    try:
        found = path.stat()
    except OSError as error:
        says, remedy = f"{path}: {error.strerror}", "put it there, or name another file"
        if only_for and error.errno == errno.ENOENT:
            return warn(name, f"{says}; only {only_for} needs it", f"where {only_for} runs: {remedy}")
        return fail(name, says, remedy)
    if not stat.S_ISREG(found.st_mode):
        return fail(name, f"{path}: expected a file, was something else", "name a file")
    if _is_lent(path, found):
        return ok(name, f"{path}, mode {stat.S_IMODE(found.st_mode):04o}, by our group")
    if found.st_mode & _OTHERS:
        return fail(
            name, f"{path}: mode {stat.S_IMODE(found.st_mode):04o}, others can get at it", f"chmod 600 {path}"
        )
    if found.st_uid != os.getuid():
        return warn(
            name,
            f"{path}: belongs to user {found.st_uid}, not to you",
            f"chown it to who runs the service: {path}",
        )
    return ok(name, f"{path}, mode {stat.S_IMODE(found.st_mode):04o}")


def _is_lent(path: Path, found: os.stat_result) -> bool:
    """Return whether we may read a file by our group and not change it: so Kubernetes mounts Secrets, 0440 with the pod's fsGroup."""
    return (
        found.st_mode & _OTHERS == stat.S_IRGRP
        and found.st_gid in {os.getegid(), *os.getgroups()}
        and not os.access(path, os.W_OK)
    )


def _operators(path: Path) -> Finding:
    finding = private("operator secret", path)
    try:
        read_operator_keys(path)
    except SettingsInvalid as error:
        return fail("operator secret", str(error), "write a secret of at least 16 bytes into the file")
    return finding
