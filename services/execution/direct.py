"""Execution without sockets and without waiting: the same state machine over venues of this process and a journal in memory.

The fused topology, replay and backtests drive it: what comes in is applied at once and what is to be published comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.execution.domain.events import CheckGate, Closed, Event, GateClosed, GateOpened, Place, Step
from services.execution.domain.gate import check
from services.execution.domain.machine import apply, begin
from services.execution.domain.order import Order, Terms
from services.execution.journal import Context, Entry
from services.execution.messages import breaker_of, terms_of
from services.execution.outbox import outbox_record
from services.execution.telling import drafts_of
from services.execution.tools import Tools
from services.execution.tracing import OrderTrace
from services.execution.translate import reported, submit_event, venue_order
from sextant.bus.port import Outgoing
from sextant.contracts.instruments import instrument_of
from sextant.contracts.market.v1 import reference_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.partitions import portfolio_partition
from sextant.runtime.stage import Input
from sextant.venues.port import DirectVenue

_EPOCH: Final = 1


@dataclass(frozen=True, slots=True)
class DirectAccount:
    """One account at a venue of this process. `venue_ns` is the time that approvals are compared with, ns."""

    portfolio: str
    venue: DirectVenue
    venue_ns: Callable[[], int]


@dataclass(slots=True)
class _Held:
    order: Order
    context: Context


class DirectExecution:
    """One process's execution. Every method returns the records to append, in order; `tools.accounts` is not used."""

    def __init__(self, accounts: Mapping[str, DirectAccount], tools: Tools) -> None:
        self._accounts, self._tools = accounts, tools
        self._trace = OrderTrace(tools)
        self._orders: dict[str, _Held] = {}
        self._sequences: dict[int, int] = {}

    def hear_breaker(self, message: risk_pb2.Breaker) -> None:
        """Take a breaker's state."""
        self._tools.seen.breakers[message.scope] = breaker_of(message)
        self._tools.seen.breakers_heard_ns = self._tools.clock.monotonic_ns()

    def hear_instrument(self, message: reference_pb2.Instrument) -> None:
        """Take the rules of an instrument."""
        instrument = instrument_of(message)
        self._tools.instruments[instrument.name] = instrument

    def decide(self, record: Input) -> list[Outgoing]:
        """Place what a decision approves; a decision that was seen before says nothing. Raises InvalidValue."""
        decision: risk_pb2.Decision = record.value
        approved = decision.WhichOneof("outcome") == "approved"
        if not approved or decision.approved.client_order_id in self._orders:
            return []
        instrument = self._tools.instruments.get(decision.intent.instrument)
        terms = terms_of(decision, instrument.venue_symbol if instrument else "")
        in_ns = self._tools.clock.wall_ns()
        span, header = self._trace.order(record.trace, terms, in_ns, record.position)
        if span is not None:
            self._tools.spans.add(span)
        lineage = record.lineage.with_hop(self._tools.stamper.hop(in_ns, record.position))
        context = Context(record.raw, record.identity.encode(), lineage.raw, header)
        step = begin(terms, self._gate(terms))
        self._orders[terms.client_order_id] = held = _Held(step.order, context)
        return [*self._tell(held, step), *self._obey(held, step)]

    def poll(self) -> list[Outgoing]:
        """Take what venues did to resting orders since the last call."""
        said: list[Outgoing] = []
        for name, account in self._accounts.items():
            for report in account.venue.take_reports():
                held = self._orders.get(report.client_order_id)
                if held is not None:
                    said.extend(self._apply(held, reported(report, name)))
        return said

    def cancel(self, client_order_id: str) -> list[Outgoing]:
        """Cancel an order where it is open."""
        held = self._orders.get(client_order_id)
        if held is None or held.order.state.is_final:
            return []
        terms = held.order.terms
        report = self._accounts[terms.venue_account].venue.cancel(terms.symbol, client_order_id)
        return [] if report is None else self._apply(held, reported(report, terms.venue_account))

    def order(self, client_order_id: str) -> Order:
        """Return an order of this run. Raises KeyError when there is none of this name."""
        return self._orders[client_order_id].order

    def orders(self) -> Sequence[Order]:
        """Return every order of this run."""
        return [held.order for held in self._orders.values()]

    def _apply(self, held: _Held, event: Event) -> list[Outgoing]:
        step = apply(held.order, event, self._tools.rules)
        held.order = step.order
        return [*self._tell(held, step), *self._obey(held, step)]

    def _obey(self, held: _Held, step: Step) -> list[Outgoing]:
        said: list[Outgoing] = []
        terms = held.order.terms
        for command in step.commands:
            if isinstance(command, CheckGate):
                said.extend(self._apply(held, self._gate(terms)))
            elif isinstance(command, Place):
                outcome = self._accounts[terms.venue_account].venue.submit(venue_order(terms))
                now = self._tools.clock.monotonic_ns()
                said.extend(self._apply(held, submit_event(outcome, terms.venue_account, now)))
        return said

    def _gate(self, terms: Terms) -> GateOpened | GateClosed:
        account = self._accounts.get(terms.venue_account)
        if account is None or account.portfolio != terms.portfolio:
            reason = f"{terms.venue_account!r} is no venue account of portfolio {terms.portfolio!r}"
            return GateClosed(self._tools.clock.wall_ns(), reason, Closed.UNKNOWN)
        if not terms.symbol:
            reason = f"the rules of {terms.instrument} are not known"
            return GateClosed(account.venue_ns(), reason, Closed.UNKNOWN)
        monotonic_ns = self._tools.clock.monotonic_ns()
        return check(terms, self._tools.seen, venue_ns=account.venue_ns(), monotonic_ns=monotonic_ns)

    def _tell(self, held: _Held, step: Step) -> list[Outgoing]:
        if not step.is_revised:
            return []
        now_ns = self._tools.clock.wall_ns()
        drafts = drafts_of(step, held.context, self._trace, writer_epoch=_EPOCH, now_ns=now_ns)
        partition = portfolio_partition(step.order.terms.portfolio)
        first = self._sequences.get(partition, 0)
        self._sequences[partition] = first + len(drafts)
        return [
            outbox_record(self._tools.stamper, partition, Entry(first + number, draft))
            for number, draft in enumerate(drafts)
        ]
