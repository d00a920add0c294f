"""`python -m simulator`: start one simulated venue that speaks the Binance spot protocol."""

from pathlib import Path
from typing import Annotated

import typer
import uvloop

from simulator.app import VenueOptions, run_venue
from simulator.binance.limits import LimitSettings
from simulator.binance.signing import KeyRing
from simulator.binance.socket import SocketSettings
from simulator.market.assets import DEFAULT_ASSETS, spot_markets
from simulator.settings import read_accounts, read_keys


def serve(
    operator: Annotated[str, typer.Option(help="Whose venue this is; operators of one seed differ.")],
    port: Annotated[int, typer.Option(help="0 takes any free port.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="Seed of fair values, traders and faults.")] = 1,
    assets: Annotated[str, typer.Option(help="Base assets, separated by commas.")] = ",".join(DEFAULT_ASSETS),
    quote: Annotated[str, typer.Option(help="Quote asset of all markets.")] = "USDT",
    api_key_file: Annotated[
        Path | None, typer.Option(help="YAML or JSON list of {api_key, account, secret | public_key}.")
    ] = None,
    accounts_file: Annotated[
        Path | None, typer.Option(help="YAML or JSON of {account: {balances, maker_fee, taker_fee}}.")
    ] = None,
    port_file: Annotated[Path | None, typer.Option(help="Write the port here once it is open.")] = None,
    quiet_market: Annotated[
        bool, typer.Option("--quiet-market", help="No drift, no jumps, little trade.")
    ] = False,
    epoch_ms: Annotated[
        int | None, typer.Option(help="Common start of the fair values of several venues; else this minute.")
    ] = None,
    weight_limit: Annotated[int, typer.Option(help="Request weight per minute and address.")] = 6000,
    order_limit: Annotated[int, typer.Option(help="Orders per 10 seconds and account.")] = 200,
    lifetime_hours: Annotated[float, typer.Option(help="How long a WebSocket connection may live.")] = 24.0,
) -> None:
    """Start one simulated venue and serve until it is told to stop.

    Example: python -m simulator --operator alpha --port 18101 --seed 7
    """
    names = [name.strip() for name in assets.split(",") if name.strip()]
    try:
        spot_markets(names, quote)
        keys = KeyRing([]) if api_key_file is None else read_keys(api_key_file)
        accounts = {} if accounts_file is None else read_accounts(accounts_file)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    options = VenueOptions(
        operator=operator,
        seed=seed,
        assets=names,
        quote=quote,
        host=host,
        port=port,
        quiet=quiet_market,
        epoch_ns=None if epoch_ms is None else epoch_ms * 1_000_000,
        accounts=accounts,
        limits=LimitSettings(weight_per_minute=weight_limit, orders_per_10_seconds=order_limit),
        sockets=SocketSettings(lifetime_s=lifetime_hours * 3600),
    )
    uvloop.run(run_venue(options, keys, port_file))


if __name__ == "__main__":
    typer.run(serve)
