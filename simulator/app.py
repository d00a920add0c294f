"""One simulated venue as a process: exchange, traders, server, and the loop that moves them."""

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from aiohttp import web

from simulator.binance.build import build_server
from simulator.binance.limits import LimitSettings
from simulator.binance.server import TICK_MS
from simulator.binance.signing import KeyRing
from simulator.binance.socket import SocketSettings
from simulator.exchange.engine import SimulatedExchange
from simulator.market.assets import spot_markets
from simulator.market.population import Population
from simulator.settings import AccountEntry

STEP_MS = 50
DEFAULT_QUOTE_BALANCE = Decimal(100_000)
SHUTDOWN_S = 2.0


@dataclass(frozen=True, slots=True)
class VenueOptions:
    """How one venue is set up. Venues of one seed share fair values; processes that shall agree share `epoch_ns` too."""

    operator: str
    seed: int
    assets: Sequence[str]
    quote: str = "USDT"
    host: str = "127.0.0.1"
    port: int = 0
    quiet: bool = False
    epoch_ns: int | None = None
    accounts: Mapping[str, AccountEntry] = field(default_factory=dict)
    limits: LimitSettings = field(default_factory=LimitSettings)
    sockets: SocketSettings = field(default_factory=SocketSettings)


class WallClock:
    """The machine's time, which never goes back here."""

    def __init__(self) -> None:
        self._last_ns = 0

    def __call__(self) -> int:
        self._last_ns = max(self._last_ns, time.time_ns())
        return self._last_ns


def open_exchange(options: VenueOptions, keys: KeyRing, clock: Callable[[], int]) -> SimulatedExchange:
    """Return an exchange with the markets and with every account funded as the options say."""
    exchange = SimulatedExchange(spot_markets(options.assets, options.quote), clock)
    standard = AccountEntry(balances={options.quote: DEFAULT_QUOTE_BALANCE})
    for account in keys.accounts():
        entry = options.accounts.get(account, standard)
        exchange.open_account(account, maker_fee=entry.maker_fee, taker_fee=entry.taker_fee)
        for asset, balance in entry.balances.items():
            exchange.deposit(account, asset, balance)
    return exchange


async def run_venue(options: VenueOptions, keys: KeyRing, port_file: Path | None) -> None:
    """Serve until SIGINT or SIGTERM; prints the address once connections are accepted."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    exchange = open_exchange(options, keys, WallClock())
    population = Population(
        exchange,
        seed=options.seed,
        operator=options.operator,
        assets=options.assets,
        quiet=options.quiet,
        epoch_ns=options.epoch_ns,
    )
    server = build_server(
        exchange,
        keys,
        operator=options.operator,
        seed=options.seed,
        limits=options.limits,
        sockets=options.sockets,
    )
    population.open(exchange.now_ns())
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.port)
        await site.start()
        port = runner.addresses[0][1]
        if port_file is not None:
            _write_atomically(port_file, str(port))
        print(f"{options.operator}: http://{options.host}:{port} ws://{options.host}:{port}", flush=True)
        await _turn(lambda: population.step(exchange.now_ns()), server.tick, stopped)
    finally:
        await runner.cleanup()


async def _turn(step: Callable[[], None], tick: Callable[[], None], stopped: asyncio.Event) -> None:
    """Call `step` every 50 ms and `tick` every 100 ms until stopped; what was missed is not made up for."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    steps = 0
    while not stopped.is_set():
        step()
        steps += 1
        if steps * STEP_MS % TICK_MS == 0:
            tick()
        due = max(due + STEP_MS / 1000, loop.time())
        try:
            await asyncio.wait_for(stopped.wait(), due - loop.time())
        except TimeoutError:
            continue


def _write_atomically(path: Path, text: str) -> None:
    """Write a file that never exists half: whoever waits for it can read it at once."""
    unfinished = path.with_suffix(path.suffix + ".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
