"""FLAT ALL: cancel what is open, close what is held; over the journal where it answers, past it where it does not."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from services.execution.account import Account
from services.execution.desk import Desk
from services.execution.domain.flatten import Closing, closings
from services.execution.domain.halts import Word
from services.execution.domain.order import Terms
from services.execution.emergency_log import EmergencyLog
from services.execution.journal import JournalUnavailable
from services.execution.tools import Tools
from services.execution.translate import venue_order
from services.execution.words import Words
from sextant.core.decimals import ZERO
from sextant.core.errors import WriterFenced
from sextant.core.identity import client_order_id
from sextant.core.scopes import covers
from sextant.venues.port import Accepted, OrderReport, OutcomeUnknown, Rejected, VenueUnavailable

_PASSES: Final = 3
_BETWEEN_PASSES_S: Final = 0.5
_ACCOUNT_TIMEOUT_S: Final = 30.0
_IOC: Final = 2
_ANSWERS_KEPT: Final = 1_000


@dataclass(slots=True)
class Flattened:
    """What flattening did."""

    cancelled: int = 0
    closing: int = 0
    problems: list[str] = field(default_factory=list)


class Flattener:
    """Works with broker, risk and database down. `desk_of` returns the open desk of a portfolio, None where there is none."""

    def __init__(
        self, tools: Tools, log: EmergencyLog, words: Words, desk_of: Callable[[str], Desk | None]
    ) -> None:
        self._tools, self._log, self._words, self._desk_of = tools, log, words, desk_of
        self._done: OrderedDict[str, asyncio.Task[Flattened]] = OrderedDict()

    async def flatten(self, word: Word) -> Flattened:
        """Cancel and close, of a scope that stands already. The same command twice is one command and has one answer."""
        running = self._done.get(word.command_id)
        if running is None:
            running = self._done[word.command_id] = asyncio.create_task(self._flatten(word))
            self._forget()
        return await asyncio.shield(running)

    def _forget(self) -> None:
        """Let go of the oldest answers: whoever repeats so old a command closes what is held by then, which is nothing."""
        while len(self._done) > _ANSWERS_KEPT and next(iter(self._done.values())).done():
            self._done.popitem(last=False)

    async def _flatten(self, word: Word) -> Flattened:
        result = Flattened()
        accounts = [each for each in self._tools.accounts.values() if covers(word.scope, each.portfolio)]
        if not accounts:
            result.problems.append(f"scope {word.scope!r} has no venue account")
        await asyncio.gather(*(self._account(account, word, result) for account in accounts))
        summary = f"cancelled {result.cancelled}, closing {result.closing}, problems {result.problems}"
        self._log.note(word.command_id, summary)
        self._tools.log.warning("flattened", command_id=word.command_id, scope=word.scope, result=summary)
        return result

    async def _account(self, account: Account, word: Word, result: Flattened) -> None:
        try:
            async with asyncio.timeout(_ACCOUNT_TIMEOUT_S):
                await self._cancel_open(account, result)
                for number in range(_PASSES):
                    if number:
                        await asyncio.sleep(_BETWEEN_PASSES_S)
                    if not await self._close_held(account, word, number, result):
                        return
        except (VenueUnavailable, TimeoutError) as error:
            result.problems.append(f"{account.name}: {type(error).__name__} {error}".strip())

    async def _cancel_open(self, account: Account, result: Flattened) -> None:
        for report in await account.venue.open_orders():
            if await self._cancel(account, report):
                result.cancelled += 1
            else:
                result.problems.append(
                    f"{account.name}: order {report.client_order_id} was not confirmed cancelled"
                )

    async def _cancel(self, account: Account, report: OrderReport) -> bool:
        outcome = await account.venue.cancel(report.symbol, report.client_order_id)
        if not isinstance(outcome, Accepted):
            return False
        desk = self._desk_of(account.portfolio)
        if desk is not None:
            try:
                await desk.report(account, outcome.report)
            except (JournalUnavailable, WriterFenced) as error:
                self._log.note(report.client_order_id, f"cancelled, not journalled: {error}")
        return True

    async def _close_held(self, account: Account, word: Word, number: int, result: Flattened) -> bool:
        """Send closing orders for what is held now; return whether there were any."""
        balances = await account.venue.balances()
        rules = [each for each in self._tools.instruments.values() if each.venue == account.venue_name]
        held = {asset: balance.total for asset, balance in balances.items()}
        free = {asset: balance.free for asset, balance in balances.items()}
        wanted, problems = closings(held, free, account.opening, rules, account.quote)
        if number == 0:
            result.problems.extend(f"{account.name}: {problem}" for problem in problems)
        for closing in wanted:
            terms = _terms(account, closing, f"{word.command_id}/{number}")
            self._log.closing(terms)
            refusal = await self._send(account, terms)
            if refusal is None:
                result.closing += 1
            elif number == 0:
                result.problems.append(f"{account.name}: {closing.instrument.name}: {refusal}")
        return bool(wanted)

    async def _send(self, account: Account, terms: Terms) -> str | None:
        """Send a closing order; return why it was refused, None when it is on its way."""
        desk = self._desk_of(account.portfolio)
        if desk is not None:
            try:
                await desk.operate(terms)
                return None
            except (JournalUnavailable, WriterFenced) as error:
                self._log.note(terms.client_order_id, f"sent past the journal: {error}")
        self._words.close(terms)
        outcome = await account.venue.submit(venue_order(terms))
        self._log.note(terms.client_order_id, f"{type(outcome).__name__}")
        if isinstance(outcome, Rejected):
            return f"{outcome.code} {outcome.reason}"
        return f"outcome unknown: {outcome.cause}" if isinstance(outcome, OutcomeUnknown) else None


def _terms(account: Account, closing: Closing, command_id: str) -> Terms:
    instrument = closing.instrument
    return Terms(
        client_order_id=client_order_id(f"{command_id}/{account.name}/{instrument.venue_symbol}"),
        portfolio=account.portfolio,
        venue_account=account.name,
        instrument=instrument.name,
        symbol=instrument.venue_symbol,
        side=closing.side,
        quantity=closing.quantity,
        limit_price=None,
        time_in_force=_IOC,
        valid_until_ns=0,
        is_reduce_only=True,
        breaker_epoch=0,
        reserved_notional=ZERO,
    )
