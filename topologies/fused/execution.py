"""Execution in a fused run: connects services.execution.direct to the line, and times the calls to venues."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry

from services.execution.direct import DirectAccount, DirectExecution
from services.execution.domain.order import Order
from services.execution.metrics import ExecutionMetrics
from services.execution.tools import Tools
from services.execution.tracing import OrderTrace
from sextant.bus.port import Outgoing
from sextant.core.time import SettableClock
from sextant.runtime.health import Health
from sextant.runtime.settings import Platform
from sextant.runtime.stage import Input
from sextant.runtime.stamp import TRACEPARENT, Stamper
from sextant.telemetry.spans import SpanSink
from sextant.venues.port import Accepted, DirectVenue, OrderReport, Rejected, VenueOrder
from topologies.fused.line import Line


@dataclass(frozen=True, slots=True)
class VenueAccess:
    """One venue account as a market offers it. `venue_ns` is the time that approvals are compared with, ns."""

    venue: DirectVenue
    venue_ns: Callable[[], int]


@dataclass(frozen=True, slots=True)
class _Call:
    client_order_id: str
    began_ns: int
    outcome: str


class _Timed:
    """A `DirectVenue` that notes when it was called: spans of calls, as the service over sockets makes them."""

    def __init__(self, venue: DirectVenue, stamper: Stamper, calls: list[_Call]) -> None:
        self._venue, self._stamper, self._calls = venue, stamper, calls

    def submit(self, order: VenueOrder) -> Accepted | Rejected:
        began_ns = self._stamper.clock.wall_ns()
        outcome = self._venue.submit(order)
        self._calls.append(_Call(order.client_order_id, began_ns, type(outcome).__name__))
        return outcome

    def cancel(self, symbol: str, client_order_id: str) -> OrderReport | None:
        return self._venue.cancel(symbol, client_order_id)

    def take_reports(self) -> Sequence[OrderReport]:
        return self._venue.take_reports()


class FusedExecution:
    """Listens to decisions, breakers and instruments; says orders and fills."""

    def __init__(
        self,
        platform: Platform,
        accounts: Mapping[str, VenueAccess],
        line: Line,
        clock: SettableClock,
        stamper: Stamper,
        spans: SpanSink,
    ) -> None:
        self._line, self._calls = line, list[_Call]()
        tools = Tools(
            accounts={},
            clock=clock,
            stamper=stamper,
            spans=spans,
            health=Health(clock),
            metrics=ExecutionMetrics(CollectorRegistry()),
            log=structlog.wrap_logger(structlog.ReturnLogger()),
        )
        self._trace = OrderTrace(tools)
        self._direct = DirectExecution(
            {
                name: DirectAccount(
                    platform.venue_accounts[name].portfolio,
                    _Timed(access.venue, stamper, self._calls),
                    access.venue_ns,
                )
                for name, access in accounts.items()
            },
            tools,
        )
        line.listen("risk.breakers.v1", lambda record: self._direct.hear_breaker(record.value))
        line.listen("market.instruments.v1", lambda record: self._direct.hear_instrument(record.value))
        line.listen("risk.decisions.v1", self._decide)

    @property
    def live(self) -> Sequence[Order]:
        """The orders that are not final."""
        return [order for order in self._direct.orders() if not order.state.is_final]

    def hear(self) -> None:
        """Take what the venues have said by themselves."""
        self._say(self._direct.poll())

    def _decide(self, record: Input) -> None:
        said = self._direct.decide(record)
        self._say(said)
        if self._calls:
            calls, self._calls[:] = list(self._calls), []
            self._trace_calls(calls, said)

    def _trace_calls(self, calls: Iterable[_Call], said: Sequence[Outgoing]) -> None:
        headers = {record.key.decode(): record.headers.get(TRACEPARENT, b"") for record in said}
        for call in calls:
            order = self._direct.order(call.client_order_id)
            self._trace.call(headers.get(call.client_order_id, b""), order, call.began_ns, call.outcome)

    def _say(self, records: Iterable[Outgoing]) -> None:
        for record in records:
            self._line.say(record)
