"""Giving venues that live in this process the past that the journal holds: it survives a kill, they do not."""

from __future__ import annotations

from collections.abc import Iterable

from services.execution.account import Account
from services.execution.domain.order import Order
from services.execution.journal import Journal, KnownFill, Writer
from services.execution.translate import venue_order
from sextant.core.instruments import Side
from sextant.venues.port import TimeInForce, VenueFill

_RESTING = frozenset({TimeInForce.GTC, TimeInForce.POST_ONLY})


class Past:
    """Knows, for each portfolio, whether the venues' own memory goes on from what the journal holds; one for a process."""

    def __init__(self) -> None:
        self._epochs: dict[str, int] = {}
        self._given: set[str] = set()

    async def take_up(self, journal: Journal, writer: Writer, accounts: Iterable[Account]) -> None:
        """Restore the portfolio's accounts, unless nobody else wrote since we did: then they know more. Raises JournalUnavailable."""
        portfolio = writer.portfolio
        is_ours = self._epochs.get(portfolio) == writer.epoch - 1
        self._epochs[portfolio] = writer.epoch
        if is_ours and portfolio in self._given:
            return
        self._given.discard(portfolio)
        orders = [order for order, _ in await journal.unfinished(portfolio)]
        for account in accounts:
            if account.restore is not None:
                known = await journal.fills(account.name)
                resting = [venue_order(order.terms) for order in orders if _rests(order, account)]
                account.restore([_venue_fill(each, account.name) for each in known], resting)
        self._given.add(portfolio)


def _rests(order: Order, account: Account) -> bool:
    """Whether the journal says that the venue took the order and it stayed open."""
    terms = order.terms
    is_open = order.is_acknowledged and order.ended is None and not order.state.is_final
    return is_open and terms.venue_account == account.name and TimeInForce(terms.time_in_force) in _RESTING


def _venue_fill(known: KnownFill, account: str) -> VenueFill:
    fill = known.fill
    return VenueFill(
        symbol=known.symbol,
        trade_id=fill.fill_id.removeprefix(f"{account}/{known.symbol}/"),
        venue_order_id="",
        client_order_id=known.client_order_id,
        side=Side(known.side),
        quantity=fill.quantity,
        price=fill.price,
        commission=fill.commission,
        commission_asset=fill.commission_asset,
        is_maker=fill.is_maker,
        exchange_time_ns=fill.exchange_time_ns,
    )
