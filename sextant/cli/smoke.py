"""`sextant smoke`: whether the platform trades right now: an order is placed, filled and booked while we look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Final

import typer

from sextant.bus.kafka.log import KafkaLog
from sextant.bus.port import Position, Record
from sextant.cli.broker import Kafka, bootstrap, security
from sextant.cli.printing import Json, print_json
from sextant.cli.running import run
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.ledger.v1 import ledger_pb2
from sextant.core.errors import SextantError

ORDERS: Final = "execution.orders.v1"
FILLS: Final = "execution.fills.v1"
ENTRIES: Final = "ledger.entries.v1"
_MESSAGES: Final[Mapping[str, type[execution_pb2.OrderEvent | execution_pb2.Fill | ledger_pb2.Entry]]] = {
    ORDERS: execution_pb2.OrderEvent,
    FILLS: execution_pb2.Fill,
    ENTRIES: ledger_pb2.Entry,
}


class NothingBooked(SextantError):
    """No order was placed, filled and booked within the time; the message says how far any came."""


@dataclass(slots=True)
class Trade:
    """One order as far as it has come while we looked. `placed` is None while only later parts of it were seen."""

    order: str
    instrument: str = ""
    placed: Position | None = None
    filled_quantity: Decimal | None = None
    fills: dict[str, Decimal] = field(default_factory=dict)
    entries: dict[str, Position] = field(default_factory=dict)

    @property
    def is_filled(self) -> bool:
        """Whether it began while we looked and the venue filled it wholly."""
        return self.placed is not None and self.filled_quantity is not None

    @property
    def is_booked(self) -> bool:
        """Whether it is filled, every fill is known, and each has its entry in the books."""
        is_whole = self.is_filled and sum(self.fills.values()) == self.filled_quantity
        return is_whole and self.fills.keys() <= self.entries.keys()


class Watch:
    """Follows the orders that begin after it does: what was there before proves nothing of now."""

    def __init__(self) -> None:
        self.trades: dict[str, Trade] = {}

    def take(self, record: Record) -> Trade | None:
        """Take a record of one of the three topics, in any order between topics; return an order that is booked by it."""
        message = _MESSAGES[record.topic].FromString(record.value or b"")
        if not message.client_order_id:
            return None  # a deposit
        trade = self.trades.setdefault(message.client_order_id, Trade(message.client_order_id))
        match message:
            case execution_pb2.OrderEvent():
                _order(trade, message, record.position)
            case execution_pb2.Fill():
                trade.fills[message.fill_id] = Decimal(message.quantity.value)
            case ledger_pb2.Entry():
                trade.entries[message.source_id] = record.position
        return trade if trade.is_booked else None

    def said(self) -> str:
        """Return how far the orders came, in words."""
        placed = [trade for trade in self.trades.values() if trade.placed is not None]
        return f"{len(placed)} orders placed, {sum(trade.is_filled for trade in placed)} of them filled, none booked"


def _order(trade: Trade, message: execution_pb2.OrderEvent, at: Position) -> None:
    trade.instrument = message.instrument
    if message.revision == 1:
        trade.placed = at
    if message.state == execution_pb2.ORDER_STATE_FILLED:
        trade.filled_quantity = Decimal(message.filled_quantity.value)


def smoke(
    kafka: Kafka = "",
    timeout: Annotated[float, typer.Option("--timeout", min=1.0, help="Longest wait, s.")] = 120.0,
    json: Json = False,
) -> None:
    """Wait until an order that begins from now on is filled by its venue and booked by the ledger; exit code 1 when none is.

    Places nothing itself: strategies that run on simulated venues or on paper place orders within seconds.

    Example: sextant smoke --timeout 60
    """
    watch = Watch()
    trade = run(_wait(bootstrap(kafka), watch, timeout))
    if json:
        entries = {source: at.place for source, at in trade.entries.items() if source in trade.fills}
        print_json({"order": trade.order, "instrument": trade.instrument, "entries": entries})
        return
    typer.echo(f"order {trade.order} of {trade.instrument}: placed, filled, and booked:")
    for source in trade.fills:
        typer.echo(f"  fill {source}: {trade.entries[source].place}")
    typer.echo(f"its story: sextant explain {trade.order}")


async def _wait(address: str, watch: Watch, timeout_s: float) -> Trade:
    """Return the first order that is booked. Raises NothingBooked, BusUnavailable."""
    try:
        async with asyncio.timeout(timeout_s), KafkaLog(address, security=security()) as log:
            async for record in _new_records(log):
                trade = watch.take(record)
                if trade is not None:
                    return trade
    except TimeoutError:
        pass
    raise NothingBooked(
        f"expected an order to be placed, filled and booked within {timeout_s:g} s, were {watch.said()}"
    )


async def _new_records(log: KafkaLog) -> AsyncIterator[Record]:
    partitions = [at for topic in _MESSAGES for at in await log.partitions(topic)]
    bounds = await log.bounds(partitions)
    async for record in log.records({at: end for at, (_, end) in bounds.items()}, None):
        yield record
