"""What operators prove themselves with: three keys of one secret, so that who overhears one does not have the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sextant.core.commands import derive_key
from sextant.core.errors import SettingsInvalid

#: A secret that could be guessed protects nothing.
_SHORTEST: Final = 16
_DOOR: Final = "sextant emergency door token v1"
_API: Final = "sextant operator api token v1"
_COMMANDS: Final = "sextant control.commands signature v1"


@dataclass(frozen=True, slots=True)
class OperatorKeys:
    """`door_token` travels with each call to execution's emergency door, `api_token` with each call to the operator API;
    `command_key` signs `control.commands.v1` and never travels."""

    door_token: str = field(repr=False)
    api_token: str = field(repr=False)
    command_key: bytes = field(repr=False)


def derive_keys(secret: bytes) -> OperatorKeys:
    """Return the keys of a secret. Raises InvalidValue without one."""
    return OperatorKeys(
        door_token=derive_key(secret, _DOOR).hex(),
        api_token=derive_key(secret, _API).hex(),
        command_key=derive_key(secret, _COMMANDS),
    )


def read_operator_keys(file: Path) -> OperatorKeys:
    """Return the keys of the secret in a file. Raises SettingsInvalid that names the file and never what is in it."""
    try:
        secret = file.read_bytes().strip()
    except OSError as error:
        raise SettingsInvalid(f"operators' secret {file}: {error.strerror}") from None
    if len(secret) < _SHORTEST:
        expected = f"expected at least {_SHORTEST} bytes, were {len(secret)}"
        raise SettingsInvalid(f"operators' secret {file}: {expected}")
    return derive_keys(secret)
