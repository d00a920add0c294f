"""`sextant flat-all`, `halt`, `resume` and `status`: what an operator can order, and what came of it, in words."""

from __future__ import annotations

import getpass
import re
import secrets
from pathlib import Path
from typing import Annotated, Final

import typer

from sextant.bus.kafka import KafkaBus
from sextant.cli.broker import Kafka, bootstrap, security
from sextant.cli.commanding import give
from sextant.cli.door import Door
from sextant.cli.printing import Json, print_json
from sextant.cli.running import run
from sextant.contracts.control.v1 import control_pb2
from sextant.core.errors import InvalidValue
from sextant.core.time import SystemClock
from sextant.runtime.operator_keys import OperatorKeys, read_operator_keys

_CONNECT_S: Final = 5.0
_DELIVERY_S: Final = 10.0
_SCOPE: Final = re.compile(r"^(global|portfolio/[a-z0-9][a-z0-9_-]{0,30})$")
_ID: Final = re.compile(r"^[A-Za-z0-9._-]{1,64}$")

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
Address = Annotated[
    str,
    typer.Option(
        "--door",
        envvar="SEXTANT_DOOR",
        help="host:port of execution's emergency door. It is not encrypted: use the loopback or a tunnel.",
    ),
]


def flat_all(
    door: Address = "",
    secret: Secret = None,
    scope: Scope = "global",
    reason: Reason = "",
    command_id: CommandId = "",
    timeout: Annotated[
        float, typer.Option("--timeout", min=1.0, help="Longest wait for the answer, s.")
    ] = 60.0,
    json: Json = False,
) -> None:
    """Cancel every open order and close every position, through execution's own door: also with broker, risk and database down.

    The scope stays flat until `sextant resume`. Exit code 1 when something could not be cancelled or closed.

    Example: sextant flat-all --door 127.0.0.1:7070 --secret-file operator.secret --reason "venue misbehaves"
    """
    name = _identified(command_id)
    client = Door(door, _keys(secret).door_token)
    answer = run(client.flat_all(name, _scoped(scope), reason, timeout))
    problems = list(answer.problems)
    if json:
        done = {"cancelled_orders": answer.cancelled_orders, "closing_orders": answer.closing_orders}
        print_json({"command_id": name, "scope": scope, **done, "problems": problems})
    else:
        typer.echo(f"FLAT ALL {name} for {scope}: {answer.cancelled_orders} orders cancelled, ", nl=False)
        typer.echo(f"{answer.closing_orders} closing orders sent. It stays flat until `sextant resume`.")
        for problem in problems:
            typer.echo(f"problem: {problem}", err=True)
    if problems:
        raise typer.Exit(1)


def halt(
    kafka: Kafka = "",
    secret: Secret = None,
    scope: Scope = "global",
    reason: Reason = "",
    operator: Operator = "",
    command_id: CommandId = "",
) -> None:
    """Take no new risk: orders that open or grow a position are refused, those that reduce one pass.

    Example: sextant halt --scope portfolio/main --reason "checking fills"
    """
    said = _give(control_pb2.COMMAND_KIND_HALT, kafka, secret, scope, reason, operator, command_id)
    typer.echo(f"HALT {said}. Breaker, risk and execution obey once they read it; `sextant resume` lifts it.")


def resume(
    kafka: Kafka = "",
    secret: Secret = None,
    scope: Scope = "global",
    reason: Reason = "",
    operator: Operator = "",
    command_id: CommandId = "",
) -> None:
    """Take new risk again, after a halt or a FLAT ALL, whichever way that came. A global one also lifts what
    operators ordered of portfolios; a daily loss is accepted by naming the portfolio.

    Example: sextant resume --reason "venue is back"
    """
    said = _give(control_pb2.COMMAND_KIND_RESUME, kafka, secret, scope, reason, operator, command_id)
    typer.echo(
        f"RESUME {said}. The breaker tries half open before it closes; `sextant status` shows execution."
    )


def status(door: Address = "", secret: Secret = None, json: Json = False) -> None:
    """Show what execution knows right now: whether anything is stopped, and how many orders are open or of unknown state.

    Example: sextant status --door 127.0.0.1:7070 --secret-file operator.secret
    """
    answer = run(Door(door, _keys(secret).door_token).status())
    if json:
        orders = {"open_orders": answer.open_orders, "unknown_orders": answer.unknown_orders}
        print_json({"is_halted": answer.is_halted, **orders})
        return
    typer.echo("stopped by an operator" if answer.is_halted else "trading")
    typer.echo(f"{answer.open_orders} open orders, {answer.unknown_orders} of unknown state")


def _give(
    kind: control_pb2.CommandKind,
    kafka: str,
    secret: Path | None,
    scope: str,
    reason: str,
    operator: str,
    command_id: str,
) -> str:
    command = control_pb2.Command(
        command_id=_identified(command_id),
        operator=operator or _user(),
        kind=kind,
        scope=_scoped(scope),
        arguments={"reason": reason} if reason else {},
    )
    key = _keys(secret).command_key
    at = run(_append(bootstrap(kafka), command, key))
    return f"{command.command_id} for {scope} lies in {at}"


async def _append(address: str, command: control_pb2.Command, key: bytes) -> str:
    bus = KafkaBus(
        address,
        client_id="sextant-cli",
        connect_timeout_s=_CONNECT_S,
        delivery_timeout_s=_DELIVERY_S,
        security=security(),
    )
    try:
        await bus.start()
        position = await give(bus, SystemClock(), command, key)
    finally:
        await bus.stop()
    return f"{position.topic} at offset {position.offset}"


def _keys(secret: Path | None) -> OperatorKeys:
    if secret is None:
        raise InvalidValue("--secret-file", "", "the file that holds the operators' secret")
    return read_operator_keys(secret)


def _scoped(scope: str) -> str:
    if not _SCOPE.match(scope):
        raise InvalidValue("--scope", scope, '"global" or "portfolio/<name>"')
    return scope


def _identified(command_id: str) -> str:
    if command_id and not _ID.match(command_id):
        raise InvalidValue("--command-id", command_id, "1 to 64 letters, digits, dots, dashes or underscores")
    return command_id or f"cli-{secrets.token_hex(6)}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        return "operator"
