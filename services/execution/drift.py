"""Whether a venue holds for an account what the journal explains: looked at in moments at which no order is on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from services.execution.account import Account
from services.execution.domain.holdings import Holdings, Traded
from services.execution.domain.order import Order, Phase
from services.execution.journal import Journal, KnownFill
from services.execution.tools import Tools
from sextant.core.decimals import ZERO
from sextant.core.instruments import Side
from sextant.venues.port import VenueUnavailable

#: How often an account is looked at, and how long a difference must stand to count: a fill of a resting order may be on its way to us, s.
_EVERY_S: Final = 10.0
_STANDS_S: Final = 1.0
_LOOKS: Final = 5
_RESTING: Final = frozenset({Phase.LIVE, Phase.DONE})


class Drift:
    """Watches the accounts of one desk. `live` returns the orders that are not final."""

    def __init__(self, journal: Journal, tools: Tools, live: Callable[[], Iterable[Order]]) -> None:
        self._journal, self._tools, self._live = journal, tools, live
        #: Between two looks, s.
        self.pause_s = _STANDS_S
        self._holdings = {name: Holdings(account.opening) for name, account in tools.accounts.items()}

    def add(self, order: Order, traded: Iterable[Traded]) -> None:
        """Take fills that the journal has just written."""
        holdings = self._holdings.get(order.terms.venue_account)
        if holdings is not None:
            for each in traded:
                holdings.add(each)

    async def watch(self, accounts: Iterable[Account]) -> None:
        """Look at the accounts until cancelled. Raises JournalUnavailable."""
        watched = list(accounts)
        try:
            while True:
                await asyncio.sleep(_EVERY_S)
                for account in watched:
                    await self._look(account)
        finally:
            for account in watched:
                self._tools.metrics.drift.remove_by_labels({"account": account.name})

    async def _look(self, account: Account) -> None:
        try:
            found = await self.measured(account)
        except VenueUnavailable as error:
            self._tools.log.info("balances not compared", account=account.name, reason=str(error))
            return
        for asset, difference in (found or {}).items():
            self._tools.metrics.drift.labels(account.name, asset).set(float(difference))
            if difference != ZERO:
                self._tools.log.error(
                    "balance not explained", account=account.name, asset=asset, difference=str(difference)
                )

    async def measured(self, account: Account) -> Mapping[str, Decimal] | None:
        """Return what the venue holds less what the journal explains; None when no look found the account at rest.

        A difference counts when two looks in a row find the same one. Raises VenueUnavailable, JournalUnavailable.
        """
        holdings = self._holdings[account.name]
        if not holdings.is_loaded and not await self._load(account, holdings):
            return None
        before: Mapping[str, Decimal] | None = None
        for _ in range(_LOOKS):
            seen = await self._once(account, holdings)
            if seen is not None and (seen == before or not any(seen.values())):
                return seen
            before = seen
            await asyncio.sleep(self.pause_s)
        return None

    async def _once(self, account: Account, holdings: Holdings) -> Mapping[str, Decimal] | None:
        changes = holdings.changes
        if not self._is_at_rest(account):
            return None
        balances = await account.venue.balances()
        if changes != holdings.changes or not self._is_at_rest(account):
            return None
        symbols = {each.venue_symbol for each in self._tools.instruments.values()}
        held = {asset: balance.total for asset, balance in balances.items() if asset not in symbols}
        return holdings.differences(held)

    def _is_at_rest(self, account: Account) -> bool:
        return all(
            order.phase in _RESTING for order in self._live() if order.terms.venue_account == account.name
        )

    async def _load(self, account: Account, holdings: Holdings) -> bool:
        """Read the account's past; False while the rules of an instrument that it traded are not known."""
        names = {
            each.venue_symbol: each.name
            for each in self._tools.instruments.values()
            if each.venue == account.venue_name
        }
        known = await self._journal.fills(account.name)
        if any(each.symbol not in names for each in known):
            return False
        holdings.load(_traded(known, names))
        return True


def _traded(known: Iterable[KnownFill], names: Mapping[str, str]) -> Iterator[Traded]:
    for each in known:
        yield Traded(names[each.symbol], Side(each.side), each.fill)
