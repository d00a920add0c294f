"""What commands of operators take: whom they speak to, what they prove themselves with, what they order."""

from __future__ import annotations

import getpass
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sextant.contracts.operator.v1 import api_pb2
from sextant.core.errors import InvalidValue
from sextant.operator.order import check_id, check_reason, check_scope, check_who
from sextant.runtime.operator_keys import OperatorKeys, read_operator_keys

if TYPE_CHECKING:
    from sextant.operator.client import OperatorClient

#: As long as an id may be, with which a command can be repeated.
_ID_BYTES: Final = 6

Scope = Annotated[str, typer.Option("--scope", help='"global" or "portfolio/<name>".')]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words; audit and logs keep it.")]
CommandId = Annotated[
    str, typer.Option("--command-id", help="Give the same id again to repeat a command safely.")
]
Operator = Annotated[
    str, typer.Option("--operator", help="Who gives the command; by default who is logged in.")
]
Secret = Annotated[
    Path | None,
    typer.Option(
        "--secret-file",
        envvar="SEXTANT_OPERATOR_TOKEN_FILE",
        help="File with the operators' secret, the one that the services read.",
    ),
]
Api = Annotated[
    str,
    typer.Option(
        "--api", envvar="SEXTANT_OPERATOR", help="host:port of the operator API, which the console serves."
    ),
]
Authority = Annotated[
    Path | None,
    typer.Option(
        "--ca-file",
        envvar="SEXTANT_OPERATOR_CA_FILE",
        help="Certificates of the authority that the API's certificate is proved with. Without, nothing is encrypted: use the loopback or a tunnel.",
    ),
]
DoorAddress = Annotated[
    str,
    typer.Option(
        "--door",
        envvar="SEXTANT_DOOR",
        help="host:port[,host:port] of execution's emergency doors. They are not encrypted: use the loopback or a tunnel.",
    ),
]


def keys_of(secret: Path | None) -> OperatorKeys:
    """Return the keys of the operators' secret. Raises InvalidValue, SettingsInvalid."""
    if secret is None:
        raise InvalidValue("--secret-file", "", "the file that holds the operators' secret")
    return read_operator_keys(secret)


def client_of(api: str, secret: Path | None, authority: Path | None) -> OperatorClient:
    """Return a client of the operator API; to be called where an event loop runs."""
    # gRPC takes a while to import, and who explains from the log need not have it.
    from sextant.operator.client import OperatorClient, read_authority

    return OperatorClient(api, keys_of(secret).api_token, read_authority(authority))


def order_of(scope: str, reason: str, operator: str, command_id: str) -> api_pb2.Order:
    """Return the order, its id made up where none is given and its giver who is logged in. Raises InvalidValue that names the option."""
    return api_pb2.Order(
        command_id=check_id("--command-id", command_id or f"cli-{secrets.token_hex(_ID_BYTES)}"),
        scope=check_scope("--scope", scope),
        reason=check_reason("--reason", reason),
        operator=check_who("--operator", operator or _user()),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        return "operator"
