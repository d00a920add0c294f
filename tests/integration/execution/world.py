"""Execution in a test: a simulated venue on a real socket, a log in memory, any journal, and whoever else speaks on the log."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.execution.adapters.memory import MemoryJournal
from services.execution.adapters.speaker import Speaker
from services.execution.adapters.venues import make_accounts
from services.execution.domain.machine import Rules
from services.execution.emergency_log import EmergencyLog
from services.execution.metrics import ExecutionMetrics
from services.execution.service import ClosableJournal, ExecutionService
from services.execution.sides import SideInputs
from services.execution.tools import Tools
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Record, TopicPartition
from sextant.contracts.commands import sign
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.market.v1 import reference_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.contracts.topics import topic
from sextant.core.identity import Identity, Root, span_id
from sextant.core.partitions import portfolio_partition
from sextant.core.time import MILLISECOND, SECOND, SystemClock
from sextant.runtime.lineage import Lineage
from sextant.runtime.settings import Platform
from sextant.runtime.stamp import Stamper, open_record
from sextant.runtime.trace import traceparent
from tests.integration.simulator.venues import API_KEY, SECRET, RunningVenue
from tests.support.resources import make_resources, shipped_platform

ORDERS, FILLS, DECISIONS = "execution.orders.v1", "execution.fills.v1", "risk.decisions.v1"
OPERATOR_KEY = b"operators-only"
PARTITION = portfolio_partition("main")
FINAL = (
    execution_pb2.ORDER_STATE_FILLED,
    execution_pb2.ORDER_STATE_CANCELLED,
    execution_pb2.ORDER_STATE_REJECTED,
    execution_pb2.ORDER_STATE_NOT_SENT,
)


class KeptJournal(MemoryJournal):
    """A journal in memory that outlives its connections."""

    async def close(self) -> None:
        """Stays."""


@dataclass
class World:
    """Several execution processes over one log, one journal and one venue."""

    venue: RunningVenue
    folder: Path
    connect: Callable[[], Awaitable[ClosableJournal]]
    rules: Rules = field(default_factory=lambda: Rules(horizon_ns=1 * SECOND))
    log: MemoryLog = field(default_factory=MemoryLog)

    def __post_init__(self) -> None:
        self.clock = SystemClock()
        self.stamper = Stamper("risk", "0", "local", self.clock)
        self._numbers = itertools.count(1)
        self.breaker_state = risk_pb2.BREAKER_STATE_CLOSED
        self.breaker_epoch = 1
        self.breakers_speak = True
        self.bus = MemoryBus(self.log)
        self.tools: list[Tools] = []

    def platform(self) -> Platform:
        """Return the shipped configuration with one account, at the simulated venue."""
        data = shipped_platform().model_dump(mode="json")
        keys = self.folder / "keys.json"
        keys.write_text(json.dumps({"api_key": API_KEY, "secret": SECRET}))
        keys.chmod(0o600)
        urls = {
            "rest_url": self.venue.http,
            "stream_url": self.venue.ws,
            "trade_url": f"{self.venue.ws}/ws-api/v3",
        }
        data["venues"]["alpha"].update(urls)
        opening = {"USDT": "1000000", "BTC": "10", "ETH": "100"}
        account = {"venue": "alpha", "portfolio": "main", "key_file": str(keys), "opening": opening}
        data["venue_accounts"] = {"alpha-main": account}
        return Platform.model_validate(data)

    def service(self, instance: str = "0") -> ExecutionService:
        """Return execution as one process would have it."""
        bus = MemoryBus(self.log)
        resources = make_resources(
            "execution", bus, instance=instance, platform=self.platform(), session_timeout_ms=500
        )
        accounts = make_accounts(
            resources.platform, resources.process, self.clock, lambda venue: 0, resources.log
        )
        tools = Tools(
            accounts=accounts,
            clock=self.clock,
            stamper=resources.stamper,
            spans=resources.spans,
            health=resources.health,
            metrics=ExecutionMetrics(resources.metrics),
            log=resources.log,
            rules=self.rules,
        )
        self.tools.append(tools)
        sides = SideInputs(bus, tools, OPERATOR_KEY, {})
        emergency = EmergencyLog(self.folder / f"emergency-{instance}.jsonl")
        speaker = Speaker(bus, resources.stamper, OPERATOR_KEY)
        return ExecutionService(resources, tools, sides, self.connect, emergency, publish=speaker.publish)

    @asynccontextmanager
    async def running(self, instance: str = "0") -> AsyncIterator[ExecutionService]:
        """Run execution; wait until its account is reconciled."""
        service, stop = self.service(instance), asyncio.Event()
        tools = self.tools[-1]
        task = asyncio.create_task(service.run(stop))
        try:
            await until(
                lambda: tools.health.report("venue/alpha-main")[1]["checks"] != {} or task.done(), "no desk"
            )
            await until(lambda: tools.health.report("websocket/alpha-main")[0] or task.done(), "no stream")
            await until(lambda: tools.seen.breakers_heard_ns is not None or task.done(), "no breakers")
            yield service
        finally:
            stop.set()
            await asyncio.wait_for(task, 15)

    async def speak(self) -> None:
        """Say what ingest and breaker say, until cancelled."""
        self.log.create([])
        await self.bus.ensure_topics()
        for asset, lot in (("BTC", "0.00001"), ("ETH", "0.0001")):
            await self._say("market.instruments.v1", f"alpha:{asset}/USDT", _instrument(asset, lot))
        while True:
            if self.breakers_speak:
                for scope in ("global", "portfolio/main"):
                    message = risk_pb2.Breaker(
                        scope=scope, state=self.breaker_state, epoch=self.breaker_epoch
                    )
                    await self._say("risk.breakers.v1", scope, message)
            await asyncio.sleep(0.1)

    async def decide(
        self,
        name: str,
        *,
        side: int = 1,
        quantity: str = "0.1",
        price: str = "60010",
        force: int = risk_pb2.TIME_IN_FORCE_IOC,
        valid_ms: int = 2_000,
        epoch: int = 1,
        reduce_only: bool = False,
        portfolio: str = "main",
    ) -> Record:
        """Say an approved decision, as risk would; return its record."""
        intent = intents_pb2.Intent(
            intent_id=f"intent-{name}",
            portfolio=portfolio,
            instrument="alpha:BTC/USDT",
            side=side,  # type: ignore[arg-type]  # the wire's number
            is_reduce_only=reduce_only,
        )
        approved = risk_pb2.Approved(
            client_order_id=name,
            venue_account="alpha-main",
            quantity=values_pb2.Decimal(value=quantity),
            limit_price=values_pb2.Decimal(value=price),
            time_in_force=force,  # type: ignore[arg-type]  # the wire's number
            valid_until_ns=time.time_ns() + valid_ms * MILLISECOND,
            reserved_notional=values_pb2.Decimal(value="6001"),
        )
        decision = risk_pb2.Decision(
            intent=intent, approved=approved, breaker_epoch=epoch, decision_id=f"d-{name}"
        )
        return await self._say(DECISIONS, portfolio, decision)

    async def command(self, kind: int, command_id: str, *, key: bytes = OPERATOR_KEY) -> None:
        """Say an operator's command, as the console would."""
        now = time.time_ns()
        command = control_pb2.Command(
            command_id=command_id,
            operator="tester",
            kind=kind,  # type: ignore[arg-type]  # the wire's number
            scope="global",
            command_time=Timestamp(seconds=now // SECOND, nanos=now % SECOND),
        )
        sign(command, key)
        await self._say("control.commands.v1", command_id, command)

    async def orders(self, name: str | None = None) -> list[execution_pb2.OrderEvent]:
        """Return the order events in the log, of one order or of all."""
        return [event for event in await self._read(ORDERS) if name in (None, event.client_order_id)]

    async def fills(self) -> list[execution_pb2.Fill]:
        """Return the fills in the log."""
        return await self._read(FILLS)

    async def records(self, name: str) -> Sequence[Record]:
        """Return the records of a portfolio topic."""
        return await self.bus.read(TopicPartition(name, PARTITION))

    async def commands(self) -> list[control_pb2.Command]:
        """Return the operators' commands in the log."""
        records = await self.bus.read(TopicPartition("control.commands.v1", 0))
        return [open_record(record).value for record in records]

    async def ends(self, name: str, timeout_s: float = 10.0) -> execution_pb2.OrderEvent:
        """Wait until an order is final; return the event that says so."""
        async with asyncio.timeout(timeout_s):
            while True:
                events = await self.orders(name)
                if events and events[-1].state in FINAL:
                    return events[-1]
                await asyncio.sleep(0.02)

    async def comes(self, name: str, state: int, timeout_s: float = 10.0) -> None:
        """Wait until an order was in a state."""
        async with asyncio.timeout(timeout_s):
            while True:
                if any(event.state == state for event in await self.orders(name)):
                    return
                await asyncio.sleep(0.02)

    async def _say(self, name: str, key: str, message: Message) -> Record:
        number = next(self._numbers)
        root = Root("test", 0, number)
        trace = traceparent(root, span_id(root, "risk"))
        record = self.stamper.outgoing(name, key, key, message, Identity(root), Lineage(), trace=trace)
        [at] = await self.bus.producer().send([record])
        [read] = await self.bus.read(TopicPartition(at.topic, at.partition), at.offset, at.offset + 1)
        return read

    async def _read(self, name: str) -> list[Any]:
        assert topic(name)
        return [open_record(record).value for record in await self.records(name)]


@asynccontextmanager
async def speaking(world: World) -> AsyncIterator[World]:
    """Let ingest and breaker speak meanwhile."""
    task = asyncio.create_task(world.speak())
    await asyncio.sleep(0.05)
    try:
        yield world
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool], otherwise: str, timeout_s: float = 10.0) -> None:
    """Wait for a condition; fail with a sentence."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, otherwise
        await asyncio.sleep(0.02)


def _instrument(asset: str, lot: str) -> reference_pb2.Instrument:
    return reference_pb2.Instrument(
        instrument=f"alpha:{asset}/USDT",
        venue="alpha",
        operator="alpha",
        venue_symbol=f"{asset}USDT",
        base=asset,
        quote="USDT",
        settle="USDT",
        kind=reference_pb2.INSTRUMENT_KIND_SPOT,
        tick=values_pb2.Decimal(value="0.01"),
        lot=values_pb2.Decimal(value=lot),
        minimum_notional=values_pb2.Decimal(value=str(Decimal(5))),
        contract_size=values_pb2.Decimal(value="1"),
        is_trading=True,
        version=1,
    )
