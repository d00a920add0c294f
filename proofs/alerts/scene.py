"""What faults are dealt with: a run under way, its log, its venues, its database."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import asyncpg
import ccxt

from proofs.faults.traffic import await_call
from proofs.faults.venues import drop_connections, fall_silent, heal, lose_orders, spoil_frames
from sextant.bus.kafka import KafkaBus
from sextant.bus.port import Outgoing
from sextant.contracts.control.v1 import control_pb2
from sextant.core.errors import Fatal
from sextant.core.identity import Identity, Root
from sextant.core.time import SystemClock
from sextant.demo.plan import SERVICES
from sextant.demo.platform_run import Run
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import Stamper

_SPOILT: Final = b"\xff not a record"
_READY_S: Final = 60.0
_CALL_S: Final = 30.0
#: Longer than any alert of it takes.
_SILENT_S: Final = 180.0
_OK: Final = 200


class Scene:
    """Each method does one thing to the run, at once."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.venues = sorted(run.venue_ports)

    def hold(self, names: Iterable[str]) -> None:
        """Freeze processes."""
        for name in names:
            self.run.children.pause(name)

    def let_go(self, names: Iterable[str]) -> None:
        """Let frozen processes go on."""
        for name in names:
            self.run.children.resume(name)

    def revive(self) -> bool:
        """Start again what has ended by itself, as a supervisor would; return whether every service is ready."""
        ended = [name for name in SERVICES if not self.run.children.by_name[name].is_alive]
        self.run.children.pass_over_ended()
        for name in ended:
            self.start(name)
        return not ended and all(self.run.health(name)[0] == _OK for name in SERVICES)

    def kill(self, name: str) -> None:
        self.run.children.kill(name)

    def start(self, name: str) -> None:
        """Start a service again and wait until it tells its port."""
        self.run.start_service(name)
        self.run.children.wait_for(name, lambda: self.run.health_port(name) > 0, seconds=_READY_S)

    def cut_off(self, venue: str) -> None:
        """Cut every connection of a venue and let it answer nobody any more."""
        drop_connections([self.run.venue_ports[venue]])
        self.hold([f"venue-{venue}"])

    def silence(self, venue: str) -> None:
        """Let no market frame of a venue out; its connections stay open."""
        fall_silent([self.run.venue_ports[venue]], _SILENT_S)

    def spoil_frames(self, venue: str, fault: str, count: int) -> None:
        """Spoil every fifth market frame of a venue until so many are spoilt."""
        spoil_frames([self.run.venue_ports[venue]], fault, every=5, count=count)

    def mend_venues(self) -> None:
        """Take back every fault of every venue."""
        heal(self.run.venue_ports.values())

    def lose_an_order(self) -> None:
        """Lose an order on its way, and freeze every venue so that none can be asked: nobody knows what became of it."""
        lose_orders(self.run.venue_ports.values())
        if not await_call(self.run.addresses.bootstrap, seconds=_CALL_S):
            raise Fatal(f"no order was placed within {_CALL_S:g} s")
        self.hold(f"venue-{name}" for name in self.venues)

    def thaw(self) -> None:
        self.let_go(f"venue-{name}" for name in self.venues)
        time.sleep(1.0)
        heal(self.run.venue_ports.values())

    def order(self, *words: str) -> None:
        """Give an operator's command as an operator does. Raises Fatal when it is refused."""
        environment = {
            "SEXTANT_KAFKA": self.run.addresses.bootstrap,
            "SEXTANT_OPERATOR_TOKEN_FILE": str(self.run.plan.folder / "keys" / "operator.token"),
        }
        done = subprocess.run(  # noqa: S603  # our own program
            [Path(sys.executable).with_name("sextant"), *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Fatal(f"sextant {' '.join(words)}: {done.stdout}{done.stderr}")

    def spoil(self, topic: str, partition: int) -> None:
        """Append a record that nobody can read."""
        asyncio.run(self._append(Outgoing(topic, partition, b"spoilt", _SPOILT, {}, None)))

    def trade_past_us(self, venue: str, account: str) -> None:
        """Buy at the venue with our own keys, past the platform, as somebody who has stolen them would."""
        keys = json.loads(self.run.plan.keys(account).read_text())
        client = ccxt.binance({"apiKey": keys["api_key"], "secret": keys["secret"], "enableRateLimit": False})
        address = f"http://127.0.0.1:{self.run.venue_ports[venue]}"
        client.urls["api"] = {
            name: f"{address}/{path}"
            for name, path in (("public", "api/v3"), ("private", "api/v3"), ("sapi", "sapi/v1"))
        }
        client.options["fetchCurrencies"] = False
        client.options["fetchMarkets"] = {"types": ["spot"]}
        client.create_order("BTC/USDT", "market", "buy", 0.01)

    def forge_command(self) -> None:
        """Append a command to resume that nobody has signed."""
        command = control_pb2.Command(
            command_id="forged", kind=control_pb2.COMMAND_KIND_RESUME, scope="global", operator="mallory"
        )
        command.command_time.FromNanoseconds(time.time_ns())
        stamper = Stamper("console", "proof", "local", SystemClock())
        identity = Identity(Root("proof.alerts", 0, time.time_ns()))
        record = stamper.outgoing(
            "control.commands.v1", command.scope, command.scope, command, identity, Lineage()
        )
        asyncio.run(self._append(record))

    def falsify_books(self, amount: int) -> None:
        """Write into the ledger's database what no entry says, as a hand that should not be there would; it is read at the next start."""
        self.kill("ledger")
        asyncio.run(self._falsify(amount))
        self.start("ledger")

    async def _falsify(self, amount: int) -> None:
        connection = await asyncpg.connect(self.run.addresses.postgres_dsn)
        try:
            await connection.execute(
                "update ledger.balances set amount = amount + $1 where asset = 'USDT' and account = "
                "(select min(account) from ledger.balances where asset = 'USDT')",
                amount,
            )
        finally:
            await connection.close()

    async def _append(self, record: Outgoing) -> None:
        bus = KafkaBus(self.run.addresses.bootstrap, client_id="sextant-proof")
        await bus.start()
        try:
            await bus.producer().send([record])
        finally:
            await bus.stop()
