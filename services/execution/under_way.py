"""Closing orders on their way: what one of them closes must not be closed again before it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.execution.account import Account
from services.execution.desk import Desk
from services.execution.domain.events import Contradiction, Doubted, Event, GateOpened
from services.execution.domain.machine import apply, begin
from services.execution.domain.order import Order, Phase, Terms
from services.execution.tools import Tools
from services.execution.translate import query_event, submit_event
from sextant.venues.port import Accepted, OutcomeUnknown, Rejected


class UnderWay:
    """Those that this process sent, whatever became of the desk and the journal that took them, and those that a desk follows.

    What no desk follows goes through the same state machine here, without a journal. `desk_of` returns the open desk of a portfolio.
    """

    def __init__(self, tools: Tools, desk_of: Callable[[str], Desk | None]) -> None:
        self._tools, self._desk_of = tools, desk_of
        self._sent: dict[str, Order] = {}

    def begin(self, terms: Terms) -> None:
        """Take an order that is about to be sent: from now on it may take effect."""
        self._sent[terms.client_order_id] = replace(begin(terms, GateOpened(0)).order, phase=Phase.CALLING)

    def drop(self, terms: Terms) -> None:
        """Let go of an order that was not sent after all."""
        self._sent.pop(terms.client_order_id, None)

    def answered(self, terms: Terms, outcome: Accepted | Rejected | OutcomeUnknown) -> None:
        """Take what the venue said of an order that went past the journal."""
        event = submit_event(outcome, terms.venue_account, self._tools.clock.monotonic_ns())
        self._apply(self._sent[terms.client_order_id], event)

    def orders(self, account: Account) -> list[Terms]:
        """Return the closing orders of an account that may still take effect, as far as is known without asking."""
        desk = self._desk_of(account.portfolio)
        followed = [] if desk is None else [each.order for each in desk.live]
        known = {each.terms.client_order_id: each.terms for each in (*followed, *self._sent.values())}
        return [each for each in known.values() if each.is_operators and each.venue_account == account.name]

    async def symbols(self, account: Account) -> set[str]:
        """Return the symbols of those orders, after asking the venue for what no desk follows.

        To be called before the balances are read: what has ended by then is in them.
        """
        for order in list(self._sent.values()):
            if order.terms.venue_account == account.name and await self._has_ended(account, order):
                self.drop(order.terms)
        return {terms.symbol for terms in self.orders(account)}

    async def _has_ended(self, account: Account, order: Order) -> bool:
        desk = self._desk_of(account.portfolio)
        seen = None if desk is None else desk.find(order.terms.client_order_id)
        if seen is None:
            seen = order if _is_over(order) else await self._ask(account, order)
        return _is_over(seen)

    async def _ask(self, account: Account, order: Order) -> Order:
        terms, clock = order.terms, self._tools.clock
        asking = self._apply(order, Doubted(clock.monotonic_ns(), "no desk follows it"))
        answer = await account.venue.query(terms.symbol, terms.client_order_id)
        return self._apply(asking, query_event(answer, account.name, clock.monotonic_ns()))

    def _apply(self, order: Order, event: Event) -> Order:
        try:
            order = apply(order, event, self._tools.rules).order
        except Contradiction as error:  # the desk that takes the order up halts for it
            self._tools.log.error("contradiction", client_order_id=error.client_order_id, detail=error.detail)
        self._sent[order.terms.client_order_id] = order
        return order


def _is_over(order: Order) -> bool:
    return order.phase is Phase.DONE and order.is_settled
