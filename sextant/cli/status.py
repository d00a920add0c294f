"""`sextant status`: the whole picture through the operator API, or what execution knows, through its door."""

from __future__ import annotations

from pathlib import Path

import typer

from sextant.cli.message import as_data
from sextant.cli.operator_options import Api, Authority, DoorAddress, Secret, client_of, keys_of
from sextant.cli.printing import Json, print_json
from sextant.cli.running import run
from sextant.cli.status_tables import print_picture
from sextant.contracts.operator.v1 import picture_pb2
from sextant.core.errors import InvalidValue
from sextant.operator.door import Door


def status(
    api: Api = "",
    authority: Authority = None,
    door: DoorAddress = "",
    secret: Secret = None,
    json: Json = False,
) -> None:
    """Show the platform as the operator API knows it: venues, fixes, orders, positions, profit, breakers, lag, latency.

    Where only execution's door is named, what execution knows right now: whether anything is stopped, and how many orders are open or of
    unknown state.

    Example: sextant status --api 127.0.0.1:7100 --secret-file operator.secret
    """
    if not api:
        _of_execution(door, secret, json=json)
        return

    async def work() -> picture_pb2.Picture:
        async with client_of(api, secret, authority) as client:
            return await client.status()

    picture = run(work())
    if json:
        print_json(as_data(picture))
    else:
        print_picture(picture)


def _of_execution(door: str, secret: Path | None, *, json: bool) -> None:
    keys = keys_of(secret)
    if not door:
        raise InvalidValue(
            "--api or --door", "", "host:port of the operator API or of execution's emergency door"
        )
    answer = run(Door(door, keys.door_token).status())
    if json:
        orders = {"open_orders": answer.open_orders, "unknown_orders": answer.unknown_orders}
        print_json({"is_halted": answer.is_halted, **orders})
        return
    typer.echo("stopped by an operator" if answer.is_halted else "trading")
    typer.echo(f"{answer.open_orders} open orders, {answer.unknown_orders} of unknown state")
