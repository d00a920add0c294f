"""A running ledger in a test: fills and commands into a log in memory, what it says out of it, members that lose their session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from services.ledger.service import LedgerService
from services.ledger.store import LedgerStore
from sextant.bus.layout import registry_layouts
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.memory.consumers import MemoryGroupConsumer
from sextant.bus.port import Outgoing, RebalanceListener, TopicPartition
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.features.v1 import features_pb2
from sextant.core.commands import sign_command
from sextant.core.identity import Identity, Root, span_id
from sextant.core.partitions import market_partition, portfolio_partition
from sextant.core.time import SystemClock
from sextant.runtime.health import Health
from sextant.runtime.lineage import Lineage
from sextant.runtime.service import Resources
from sextant.runtime.stage import Input
from sextant.runtime.stamp import Stamper, open_record
from sextant.runtime.trace import traceparent
from tests.support.resources import make_resources

PORTFOLIO = "main"
PARTITION = portfolio_partition(PORTFOLIO)
FILLS = TopicPartition("execution.fills.v1", PARTITION)
ENTRIES = TopicPartition("ledger.entries.v1", PARTITION)
PORTFOLIOS = TopicPartition("ledger.portfolios.v1", 0)
VECTORS = TopicPartition("features.vectors.v1", market_partition("BTC"))
COMMANDS = TopicPartition("control.commands.v1", 0)
AUDIT = TopicPartition("control.audit.v1", 0)
KEY = b"the operators' key"
QUANTITY = Decimal("0.1")
_BUY = 1


class WatchedBus(MemoryBus):
    """A bus that shows the group members that were made from it."""

    def __init__(self, log: MemoryLog) -> None:
        super().__init__(log)
        self.members: list[MemoryGroupConsumer] = []

    async def group(
        self,
        group: str,
        topics: Sequence[str],
        listener: RebalanceListener,
        *,
        instance: str,
        gather_ms: int = 0,
    ) -> MemoryGroupConsumer:
        self.members.append(await super().group(group, topics, listener, instance=instance))
        return self.members[-1]


@dataclass
class Running:
    """A ledger at work."""

    resources: Resources
    bus: WatchedBus
    task: asyncio.Task[None]
    health: Health = field(init=False)

    def __post_init__(self) -> None:
        self.health = self.resources.health

    def metric(self, name: str, **labels: str) -> float:
        """Return a metric's value; 0 when it was never touched."""
        return self.resources.metrics.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def running(
    log: MemoryLog, store: LedgerStore, *, instance: str = "0", key: bytes | None = KEY
) -> AsyncIterator[Running]:
    """Run a ledger for the time of a block; a failure of the service is raised at its end."""
    bus = WatchedBus(log)
    resources = make_resources("ledger", bus, instance=instance)
    stop = asyncio.Event()
    service = LedgerService(resources, store, key)
    run = Running(resources, bus, asyncio.create_task(service.run(stop)))
    try:
        yield run
    finally:
        stop.set()
        await asyncio.wait_for(run.task, 20)


async def until(condition: Callable[[], bool], run: Running | None = None, seconds: float = 20) -> None:
    """Wait for a condition. A ledger that ends meanwhile raises what it ended with."""
    deadline = time.monotonic() + seconds
    while not condition():
        if run is not None and run.task.done():
            run.task.result()
        assert time.monotonic() < deadline, "what was waited for did not come"
        await asyncio.sleep(0.005)


def new_log() -> MemoryLog:
    """Return a log on the system's clock that has every topic and no record."""
    log = MemoryLog(SystemClock())
    log.create(registry_layouts())
    return log


def fill(number: int) -> Outgoing:
    """Return a purchase of `QUANTITY` BTC as execution publishes it."""
    root = Root(f"execution.journal/{PARTITION}", 0, number)
    message = execution_pb2.Fill(
        fill_id=f"alpha-main/BTCUSDT/{number}",
        client_order_id=f"sx{number}",
        portfolio=PORTFOLIO,
        venue_account="alpha-main",
        instrument="alpha:BTC/USDT",
        side=_BUY,  # type: ignore[arg-type]  # the wire's number
        quantity=values_pb2.Decimal(value=str(QUANTITY)),
        price=values_pb2.Decimal(value="60000"),
        exchange_time=Timestamp(seconds=1_700_000_000 + number),
    )
    trace = traceparent(root, span_id(root, "execution"))
    return _stamper("execution").outgoing(
        FILLS.topic, message.fill_id, PORTFOLIO, message, Identity(root), Lineage(), trace=trace
    )


def vector(number: int, mid: float) -> Outgoing:
    """Return the features of the bought instrument at a mark price."""
    message = features_pb2.FeatureVector(instrument="alpha:BTC/USDT", bid=mid - 1, ask=mid + 1)
    identity = Identity(Root("features", 0, number))
    return _stamper("features").outgoing(
        VECTORS.topic, message.instrument, "BTC", message, identity, Lineage()
    )


def command(number: int, key: bytes | None = KEY, operator: str = "kim") -> Outgoing:
    """Return an operator's HALT, signed by `key` where there is one."""
    message = control_pb2.Command(
        command_id=f"c{number}",
        operator=operator,
        kind=control_pb2.COMMAND_KIND_HALT,
        scope="global",
        command_time=Timestamp(seconds=1_700_000_000 + number),
    )
    if key is not None:
        message.signature = sign_command(key, message.SerializeToString(deterministic=True))
    identity = Identity(Root("console", 0, number))
    return _stamper("console").outgoing(COMMANDS.topic, message.command_id, "", message, identity, Lineage())


def said(log: MemoryLog, at: TopicPartition) -> list[Input]:
    """Return what lies in a partition, decoded."""
    return [open_record(record) for record in log.slice(at, 0, log.end(at))]


def newest_quantity(log: MemoryLog) -> Decimal:
    """Return the BTC position in the portfolio that was said last by the newest owner, as a reader with marks takes it."""
    states = said(log, PORTFOLIOS)
    newest: Any = max(states, key=lambda each: each.identity.order).value if states else None
    if newest is None:
        return Decimal(0)
    return sum((Decimal(each.quantity.value) for each in newest.positions), Decimal(0))


def fills_said(log: MemoryLog) -> dict[str, int]:
    """Return the number of each fill's entry as it was said."""
    entries = [record.value for record in said(log, ENTRIES)]
    return {each.source_id: each.number for each in entries if each.client_order_id}


def _stamper(stage: str) -> Stamper:
    return Stamper(stage, "0", "local", SystemClock())
