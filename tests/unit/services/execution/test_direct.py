"""Execution without sockets: the same machine over a paper venue of this process, the same records however often it runs."""

from __future__ import annotations

from decimal import Decimal

import structlog
from prometheus_client import CollectorRegistry

from services.execution.direct import DirectAccount, DirectExecution
from services.execution.metrics import ExecutionMetrics
from services.execution.tools import Tools
from sextant.bus.port import Outgoing, Position
from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.market.v1 import reference_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.contracts.strategies.v1 import intents_pb2
from sextant.core.identity import Identity, Root
from sextant.core.time import SECOND, SettableClock
from sextant.runtime.health import Health
from sextant.runtime.lineage import Lineage
from sextant.runtime.stage import Input
from sextant.runtime.stamp import Stamper
from sextant.telemetry.spans import CollectedSpans
from sextant.venues.paper.direct import DirectPaper
from sextant.venues.paper.exchange import PaperExchange
from tests.unit.venues.paper.test_paper_exchange import BTC, book

STATE = execution_pb2.OrderState


def execution() -> tuple[DirectExecution, DirectPaper]:
    clock = SettableClock(5 * SECOND)
    venue = DirectPaper(
        PaperExchange({"USDT": Decimal(10_000)}, taker_fee_bp=Decimal(10), maker_fee_bp=Decimal(5))
    )
    tools = Tools(
        accounts={},
        clock=clock,
        stamper=Stamper("execution", "0", "local", clock),
        spans=CollectedSpans(),
        health=Health(clock),
        metrics=ExecutionMetrics(CollectorRegistry()),
        log=structlog.get_logger(),
    )
    made = DirectExecution({"alpha-main": DirectAccount("main", venue, clock.wall_ns)}, tools)
    one = values_pb2.Decimal(value="1")
    rules = reference_pb2.Instrument(
        instrument="alpha:BTC/USDT", venue="alpha", venue_symbol="BTCUSDT", base="BTC", quote="USDT", settle="USDT",
        kind=reference_pb2.INSTRUMENT_KIND_SPOT, tick=values_pb2.Decimal(value="0.01"),
        lot=values_pb2.Decimal(value="0.1"), contract_size=one, is_trading=True,
    )  # fmt: skip
    made.hear_instrument(rules)
    venue.exchange.set_instrument(BTC)
    venue.market(book(1, (1, 9900, 10), (2, 10000, 10)))
    for scope in ("global", "portfolio/main"):
        made.hear_breaker(risk_pb2.Breaker(scope=scope, state=risk_pb2.BREAKER_STATE_CLOSED, epoch=1))
    return made, venue


def decision(name: str, price: str, force: int = risk_pb2.TIME_IN_FORCE_IOC, quantity: str = "2") -> Input:
    intent = intents_pb2.Intent(intent_id=f"i{name}", portfolio="main", instrument="alpha:BTC/USDT", side=1)  # type: ignore[arg-type]
    approved = risk_pb2.Approved(
        client_order_id=name, venue_account="alpha-main", quantity=values_pb2.Decimal(value=quantity),
        limit_price=values_pb2.Decimal(value=price), valid_until_ns=6 * SECOND, time_in_force=force,  # type: ignore[arg-type]
    )  # fmt: skip
    value = risk_pb2.Decision(intent=intent, approved=approved, breaker_epoch=1, decision_id=f"d{name}")
    at = Position("risk.decisions.v1", 0, 7)
    return Input(at, "main", value, value.SerializeToString(), Identity(Root("r", 0, 1)), Lineage())


def states(records: list[Outgoing]) -> list[int]:
    events = [
        execution_pb2.OrderEvent.FromString(record.value or b"")
        for record in records
        if record.topic == "execution.orders.v1"
    ]
    return [event.state for event in events]


def test_a_decision_is_answered_at_once_fills_before_the_end() -> None:
    made, _ = execution()
    records = made.decide(decision("a", "100"))
    assert [record.topic for record in records] == [
        "execution.orders.v1",
        "execution.fills.v1",
        "execution.orders.v1",
    ]
    assert states(records) == [STATE.ORDER_STATE_PENDING, STATE.ORDER_STATE_CANCELLED]
    assert made.decide(decision("a", "100")) == []


def test_a_resting_order_is_filled_by_the_market() -> None:
    made, venue = execution()
    assert states(made.decide(decision("a", "99.50", risk_pb2.TIME_IN_FORCE_GTC))) == [
        STATE.ORDER_STATE_PENDING,
        STATE.ORDER_STATE_OPEN,
    ]
    assert made.poll() == []
    venue.market(book(2, (2, 9940, 30), snapshot=False))
    assert states(made.poll()) == [STATE.ORDER_STATE_FILLED]


def test_an_order_can_be_cancelled() -> None:
    made, _ = execution()
    made.decide(decision("a", "90", risk_pb2.TIME_IN_FORCE_GTC))
    assert states(made.cancel("a")) == [STATE.ORDER_STATE_CANCELLED]
    assert made.cancel("a") == []


def test_two_runs_say_the_same_bytes() -> None:
    first, second = ([*execution()[0].decide(decision("a", "100"))] for _ in range(2))
    assert first == second
