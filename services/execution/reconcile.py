"""Comparing an account with the journal: what is open there, what became of our orders, which fills nobody has seen."""

from __future__ import annotations

from services.execution.account import Account
from services.execution.domain.events import Doubted, Reported
from services.execution.domain.order import Phase, State
from services.execution.follower import Followed, Follower
from services.execution.journal import Journal, Writer
from services.execution.tools import Tools
from services.execution.translate import fill_of, reported
from sextant.core.decimals import ZERO
from sextant.core.time import SECOND
from sextant.venues.port import OrderReport, VenueFill

#: Fills that carry one venue time may reach its answers at different moments.
_OVERLAP_NS = 60 * SECOND


class Reconciler:
    """Reconciles the accounts of one partition. `writers` are by portfolio."""

    def __init__(
        self, journal: Journal, tools: Tools, follower: Follower, writers: dict[str, Writer]
    ) -> None:
        self._journal, self._tools, self._follower, self._writers = journal, tools, follower, writers

    async def reconcile(self, account: Account, cause: str) -> None:
        """Ask for every order of the account that is not final, and take up what was missed. Raises VenueUnavailable."""
        now = self._tools.clock.monotonic_ns()
        for followed in self._follower.live:
            order = followed.order
            is_ours = order.terms.venue_account == account.name
            if is_ours and order.phase is Phase.LIVE:
                await self._follower.apply(followed, Doubted(now, cause))
        for report in await account.venue.open_orders():
            await self.report(account, report)
        for symbol, newest_ns in (await self._journal.traded(account.name)).items():
            since = newest_ns - _OVERLAP_NS if newest_ns else self._tools.clock.wall_ns() - 24 * 3600 * SECOND
            for fill in await account.venue.trades_since(symbol, max(0, since)):
                await self._missed(account, fill)
        self._follower.reconciled.add(account.name)

    async def report(self, account: Account, report: OrderReport) -> None:
        """Take what the venue says of an order, followed or long final; what the journal does not know is foreign."""
        followed = await self.find(account, report.client_order_id)
        if followed is None:
            self._foreign(account, report.client_order_id)
            return
        await self._follower.apply(followed, reported(report, account.name))

    async def find(self, account: Account, client_order_id: str) -> Followed | None:
        """Return an order of the account, from the journal where it is not in memory."""
        followed = self._follower.find(client_order_id)
        if followed is not None:
            return followed
        found = await self._journal.find(client_order_id)
        followed = self._follower.find(client_order_id)  # somebody else may have brought it while we waited
        if followed is not None or found is None or found[0].terms.venue_account != account.name:
            return followed
        followed = Followed(*found, self._writers[account.portfolio])
        self._follower.follow(followed)
        return followed

    async def _missed(self, account: Account, fill: VenueFill) -> None:
        followed = await self.find(account, fill.client_order_id)
        if followed is None:
            self._foreign(account, fill.client_order_id)
            return
        fact = fill_of(fill, account.name)
        if fact.fill_id in followed.order.fills:
            return
        self._tools.log.warning("missed fill found", fill_id=fact.fill_id, account=account.name)
        status = State.PARTIALLY_FILLED
        seen = Reported(status, ZERO, fill.venue_order_id, "", fact.exchange_time_ns, (fact,))
        await self._follower.apply(followed, seen)

    def _foreign(self, account: Account, client_order_id: str) -> None:
        self._tools.metrics.foreign.labels(account.name).inc()
        self._tools.log.warning("foreign order", account=account.name, client_order_id=client_order_id)
