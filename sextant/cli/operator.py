"""`sextant flat-all`, `halt`, `resume` and `set`: what an operator can order, and what came of it, in words."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from sextant.bus.kafka import KafkaBus
from sextant.cli.broker import Kafka, bootstrap, security
from sextant.cli.operator_options import (
    Api,
    Authority,
    CommandId,
    DoorAddress,
    Operator,
    Reason,
    Scope,
    Secret,
    client_of,
    keys_of,
    order_of,
)
from sextant.cli.printing import Json, print_json
from sextant.cli.running import run
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.operator.v1 import api_pb2, operator_pb2
from sextant.core.errors import InvalidValue
from sextant.core.time import SystemClock
from sextant.operator.calls import CallFailed
from sextant.operator.client import OperatorClient
from sextant.operator.door import Door
from sextant.operator.giving import SPEAKER, Giver
from sextant.runtime.stamp import Stamper

_CONNECT_S: Final = 5.0
_DELIVERY_S: Final = 10.0
_HALT, _RESUME = control_pb2.COMMAND_KIND_HALT, control_pb2.COMMAND_KIND_RESUME
_BY_DOOR, _BY_LOG = api_pb2.FLAT_ALL_ROUTE_DOOR, api_pb2.FLAT_ALL_ROUTE_LOG

_Done = api_pb2.OperatorServiceFlatAllResponse


def flat_all(
    door: DoorAddress = "",
    api: Api = "",
    authority: Authority = None,
    secret: Secret = None,
    scope: Scope = "global",
    reason: Reason = "",
    operator: Operator = "",
    command_id: CommandId = "",
    timeout: Annotated[
        float, typer.Option("--timeout", min=1.0, help="Longest wait for the answer, s.")
    ] = 60.0,
    json: Json = False,
) -> None:
    """Cancel every open order and close every position, through execution's own door: also with broker, risk and database down.

    Where only the operator API is named, it asks the door, and leaves a signed order in the log when that does not answer. Where both
    are named and the door does not answer, the API is asked. The scope stays flat until `sextant resume`. Exit code 1 when something
    could not be cancelled or closed.

    Example: sextant flat-all --door 127.0.0.1:7070 --secret-file operator.secret --reason "venue misbehaves"
    """
    keys = keys_of(secret)
    order = order_of(scope, reason, operator, command_id)
    if not door and not api:
        raise InvalidValue(
            "--door or --api", "", "host:port of execution's emergency door or of the operator API"
        )

    async def work() -> _Done:
        silent: CallFailed | None = None
        if door:
            try:
                return await _through_door(Door(door, keys.door_token), order, timeout)
            except CallFailed as error:
                if not api:
                    raise
                silent = error
        async with client_of(api, secret, authority) as client:
            done = await client.flat_all(order, timeout)
        if silent is not None:
            done.problems.append(str(silent))
        return done

    _tell_flat_all(run(work()), order, json=json)


def halt(
    api: Api = "",
    authority: Authority = None,
    kafka: Kafka = "",
    secret: Secret = None,
    scope: Scope = "global",
    reason: Reason = "",
    operator: Operator = "",
    command_id: CommandId = "",
) -> None:
    """Take no new risk: orders that open or grow a position are refused, those that reduce one pass.

    Goes through the operator API where one is named, else straight into the log; also where the API does not answer and a broker is named.

    Example: sextant halt --scope portfolio/main --reason "checking fills"
    """
    order = order_of(scope, reason, operator, command_id)
    place = _say(_HALT, order, api, authority, kafka, secret)
    typer.echo(
        f"HALT {order.command_id} for {scope} lies in {place}. Breaker, risk and execution obey once they read it; `sextant resume` lifts it."
    )


def resume(
    api: Api = "",
    authority: Authority = None,
    kafka: Kafka = "",
    secret: Secret = None,
    scope: Scope = "global",
    reason: Reason = "",
    operator: Operator = "",
    command_id: CommandId = "",
) -> None:
    """Take new risk again, after a halt or a FLAT ALL, whichever way that came. A global one also lifts what
    operators ordered of portfolios; a daily loss is accepted by naming the portfolio.

    Goes through the operator API where one is named, else straight into the log; also where the API does not answer and a broker is named.

    Example: sextant resume --reason "venue is back"
    """
    order = order_of(scope, reason, operator, command_id)
    place = _say(_RESUME, order, api, authority, kafka, secret)
    typer.echo(
        f"RESUME {order.command_id} for {scope} lies in {place}. The breaker tries half open before it closes; `sextant status` shows what came of it."
    )


def set_parameter(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The parameter.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value.")],
    api: Api = "",
    authority: Authority = None,
    secret: Secret = None,
    scope: Scope = "global",
    reason: Reason = "",
    operator: Operator = "",
    command_id: CommandId = "",
) -> None:
    """Change a parameter of running services, through the operator API. No service obeys any yet, so every one is refused:
    change the configuration and start the services anew.

    Example: sextant set NAME VALUE --scope portfolio/main --reason "quiet week"
    """
    order = order_of(scope, reason, operator, command_id)
    if not api:
        raise InvalidValue("--api", "", "host:port of the operator API")
    place = _ask(api, secret, authority, lambda client: client.set_parameter(order, name, value))
    typer.echo(f"{name} = {value}: {order.command_id} for {scope} lies in {place}.")


async def _through_door(door: Door, order: api_pb2.Order, timeout_s: float) -> _Done:
    done: operator_pb2.FlatAllResponse = await door.flat_all(
        order.command_id, order.scope, order.reason, timeout_s, operator=order.operator
    )
    return _Done(command_id=order.command_id, route=_BY_DOOR, done=done)


def _tell_flat_all(answer: _Done, order: api_pb2.Order, *, json: bool) -> None:
    by_log = answer.route == _BY_LOG
    problems = [*answer.done.problems, *answer.problems]
    if json:
        print_json(
            {
                "command_id": answer.command_id,
                "scope": order.scope,
                "route": "log" if by_log else "door",
                "cancelled_orders": None if by_log else answer.done.cancelled_orders,
                "closing_orders": None if by_log else answer.done.closing_orders,
                "position": _place(answer.receipt) if by_log else None,
                "problems": problems,
            }
        )
    else:
        typer.echo(f"FLAT ALL {answer.command_id} for {order.scope}: ", nl=False)
        if by_log:
            typer.echo(f"no door answered; the order lies in {_place(answer.receipt)}, and ", nl=False)
            typer.echo("execution obeys once it reads it. `sextant status` shows what came of it.")
        else:
            typer.echo(f"{answer.done.cancelled_orders} orders cancelled, ", nl=False)
            typer.echo(
                f"{answer.done.closing_orders} closing orders sent. It stays flat until `sextant resume`."
            )
        for problem in problems:
            typer.echo(f"problem: {problem}", err=True)
    if answer.done.problems or by_log:
        raise typer.Exit(1)


def _say(
    kind: control_pb2.CommandKind,
    order: api_pb2.Order,
    api: str,
    authority: Path | None,
    kafka: str,
    secret: Path | None,
) -> str:
    """Give the order through the API, else into the log; return where it lies."""
    if api:
        try:
            return _ask(
                api,
                secret,
                authority,
                lambda client: client.halt(order) if kind == _HALT else client.resume(order),
            )
        except CallFailed as error:
            if not kafka:
                raise
            typer.echo(f"{error}; it goes straight into the log", err=True)
    return _append(kind, kafka, secret, order)


def _ask(
    api: str,
    secret: Path | None,
    authority: Path | None,
    call: Callable[[OperatorClient], Coroutine[Any, Any, api_pb2.Receipt]],
) -> str:
    async def work() -> api_pb2.Receipt:
        async with client_of(api, secret, authority) as client:
            return await call(client)

    receipt = run(work())
    return _place(receipt)


def _append(kind: control_pb2.CommandKind, kafka: str, secret: Path | None, order: api_pb2.Order) -> str:
    command = control_pb2.Command(
        command_id=order.command_id,
        operator=order.operator,
        kind=kind,
        scope=order.scope,
        arguments={"reason": order.reason} if order.reason else {},
    )
    return run(_into_log(bootstrap(kafka), command, keys_of(secret).command_key))


async def _into_log(address: str, command: control_pb2.Command, key: bytes) -> str:
    clock = SystemClock()
    bus = KafkaBus(
        address,
        client_id="sextant-cli",
        connect_timeout_s=_CONNECT_S,
        delivery_timeout_s=_DELIVERY_S,
        security=security(),
    )
    try:
        await bus.start()
        position = await Giver(bus, Stamper(SPEAKER, "cli", "local", clock), key).give(command)
    finally:
        await bus.stop()
    return f"{position.topic} at offset {position.offset}"


def _place(receipt: api_pb2.Receipt) -> str:
    return f"{receipt.position.topic} at offset {receipt.position.offset}"
