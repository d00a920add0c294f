"""Risk among an execution and a ledger that lag behind each other as a test likes; the truth is kept beside."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.execution.v1 import execution_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.runtime.stage import Input, SideValue, SideView
from tests.support.stages import Side
from tests.unit.services.risk.scenes import (
    BUY,
    LINEAR,
    PARTITION,
    SPOT,
    Scene,
    fill_event,
    intent,
    order_event,
    portfolio,
    stage,
)

PRICE = Decimal(100)
CASH = Decimal(1200)
#: Tight, so that short stories meet them.
LIMITS: dict[str, object] = {
    "maximum_position_notional": "1500",
    "maximum_gross_notional": "2000",
    "maximum_orders_in_flight": 3,
    "take_slippage_bp": 0,
}
FEE = Decimal("1.001")
_FINAL = {
    "fill": execution_pb2.ORDER_STATE_FILLED,
    "cancel": execution_pb2.ORDER_STATE_CANCELLED,
    "reject": execution_pb2.ORDER_STATE_REJECTED,
}


@dataclass
class TrueOrder:
    """An order as the venue knows it."""

    name: str
    instrument: str
    side: values_pb2.Side
    quantity: Decimal
    filled: Decimal = Decimal(0)
    revision: int = 0
    is_final: bool = False

    @property
    def open(self) -> Decimal:
        return Decimal(0) if self.is_final else self.quantity - self.filled

    @property
    def sign(self) -> int:
        return 1 if self.side == BUY else -1


@dataclass
class World:
    """Everything trades at 100 without slippage. `scene` holds what risk was given, for another run."""

    scene: Scene = field(default_factory=Scene)
    orders: list[TrueOrder] = field(default_factory=list)
    positions: dict[str, Decimal] = field(default_factory=lambda: {SPOT: Decimal(0), LINEAR: Decimal(0)})
    cash: Decimal = CASH

    def __post_init__(self) -> None:
        self.spec = stage(**LIMITS)
        self.handler, self.view = self.spec.make(PARTITION), SideView()
        self._told: deque[execution_pb2.OrderEvent] = deque()
        self._filled: deque[execution_pb2.Fill] = deque()
        self._booked = dict(self.positions), self.cash, -1
        self._truths = [self._booked]
        self._intents, self._version, self._given = 0, 0, 0
        self.scene.ready(cash=str(CASH))
        self._give()

    def ask(
        self, side: values_pb2.Side, name: str, strength: float, is_reduce_only: bool
    ) -> risk_pb2.Decision:
        """Ask risk; an approval becomes an order at once, of which nobody has heard yet."""
        self._intents += 1
        message = intent(side, name, self._intents, strength=strength, is_reduce_only=is_reduce_only)
        self.scene.intent(message)
        record = self.scene.steps[-1]
        assert isinstance(record, Input)
        before = self._memory()
        (output,) = self.handler.handle([record], self.view)
        self._given += 1
        decision = output.value
        assert isinstance(decision, risk_pb2.Decision)
        if decision.HasField("approved"):
            approved = decision.approved
            quantity = Decimal(approved.quantity.value)
            self.orders.append(TrueOrder(approved.client_order_id, name, side, quantity))
        else:
            assert self._memory() == before, "a refused intent changes nothing"
        return decision

    def work(self, number: int, what: str, share: int) -> None:
        """Let the venue do something with an open order: "open", "lose" (UNKNOWN), "part", or a final thing."""
        alive = [order for order in self.orders if not order.is_final]
        if not alive:
            return
        order = alive[number % len(alive)]
        if what in ("part", "fill"):
            rest = order.quantity - order.filled
            self._fill(order, rest if what == "fill" else (rest * share / 10).quantize(Decimal("0.01")))
        order.is_final = what in _FINAL
        alive_state = execution_pb2.ORDER_STATE_UNKNOWN if what == "lose" else execution_pb2.ORDER_STATE_OPEN
        order.revision += 1
        self._told.append(
            order_event(
                order.name,
                order.revision,
                _FINAL.get(what, alive_state),
                side=order.side,
                name=order.instrument,
                quantity=str(order.quantity),
                filled=str(order.filled),
            )
        )

    def tell_order(self) -> None:
        """Risk hears the next order event."""
        if self._told:
            self.scene.order(self._told.popleft())
            self._give()

    def tell_fill(self) -> None:
        """Risk hears the next fill."""
        if self._filled:
            self.scene.fill(self._filled.popleft())
            self._give()

    def book(self, lag: int) -> None:
        """The ledger books all fills but the newest `lag`, and tells risk."""
        number = max(len(self._truths) - 1 - lag, self._booked[2] + 1)
        self._booked = self._truths[number]
        positions, cash, applied = self._booked
        self._version += 1
        message = portfolio(
            str(positions[SPOT]), str(positions[LINEAR]), str(cash), version=self._version, applied=applied
        )
        self.scene.side("ledger.portfolios.v1", "main", message)
        self._give()

    def settle(self) -> None:
        """End every order and tell everything."""
        while any(not order.is_final for order in self.orders):
            self.work(0, "cancel", 0)
        while self._told or self._filled:
            self.tell_order()
            self.tell_fill()
        self.book(0)

    def reach(self, name: str, side: values_pb2.Side) -> Decimal:
        """Return the true position in a direction with every open order of that side filled."""
        sign = 1 if side == BUY else -1
        waiting = sum((o.open for o in self.orders if o.instrument == name and o.side == side), Decimal(0))
        return sign * self.positions[name] + waiting

    def _memory(self) -> dict[str, Any]:
        """Return what risk remembers but the newest event time, which every intent moves."""
        memory: dict[str, Any] = json.loads(self.handler.snapshot())
        del memory["event"]
        return memory

    def _fill(self, order: TrueOrder, quantity: Decimal) -> None:
        if quantity <= 0:
            return
        order.filled += quantity
        self.positions[order.instrument] += order.sign * quantity
        if order.instrument == SPOT:
            self.cash -= quantity * PRICE * FEE if order.sign > 0 else -quantity * PRICE
        offset = len(self._truths) - 1
        self._truths.append((dict(self.positions), self.cash, offset))
        self._filled.append(
            fill_event(f"f-{offset}", order.name, str(quantity), side=order.side, name=order.instrument)
        )

    def _give(self) -> None:
        """Give risk the side records that were added to the scene."""
        for step in self.scene.steps[self._given :]:
            assert isinstance(step, Side)
            record = step.record
            values = self.view.values.setdefault(record.position.topic, {})
            values[record.key] = SideValue(record.value, record.position)
            assert not list(self.handler.on_side(record, self.view))
        self._given = len(self.scene.steps)
