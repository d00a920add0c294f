"""Handing what venues say by themselves to the desks."""

from __future__ import annotations

from collections.abc import Callable

from services.execution.account import Account
from services.execution.desk import Desk
from services.execution.journal import JournalUnavailable
from services.execution.tools import Tools
from sextant.core.errors import WriterFenced
from sextant.venues.port import Connected, Disconnected, OrderReport

DeskOf = Callable[[str], Desk | None]


class VenueStream:
    """Follows one account's report stream, desk or no desk: a desk can be found before it asks the venue what it missed."""

    def __init__(self, account: Account, tools: Tools, desk_of: DeskOf) -> None:
        self._account, self._tools, self._desk_of = account, tools, desk_of

    async def run(self) -> None:
        """Follow until cancelled."""
        account, tools = self._account, self._tools
        async for event in account.venue.reports():
            desk = self._desk_of(account.portfolio)
            match event:
                case Connected():
                    tools.metrics.reconnects.labels(account.name).inc()
                    tools.health.set(f"websocket/{account.name}", True, "connected")
                    if desk is not None:
                        desk.reconcile(account, "the report stream was down")
                case Disconnected(reason):
                    tools.health.set(f"websocket/{account.name}", False, f"connecting again: {reason}")
                    if (
                        desk is not None
                    ):  # what happens there now is told by nobody: the account has to be compared
                        tools.metrics.reconciled.labels(account.name).set(0)
                    tools.log.warning("report stream down", account=account.name, reason=reason)
                case OrderReport() if desk is not None:
                    await self._report(desk, event)
                case _:
                    pass

    async def _report(self, desk: Desk, report: OrderReport) -> None:
        try:
            await desk.report(self._account, report)
        except (JournalUnavailable, WriterFenced) as error:
            # The desk has failed and is opened anew, by whoever owns it then: the order is read from the venue there.
            self._tools.log.warning(
                "report not journalled", client_order_id=report.client_order_id, reason=str(error)
            )
