"""FLAT ALL: cancel what is open, close what is held; over the journal where it answers, past it where it does not."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from services.execution.account import Account
from services.execution.desk import Desk
from services.execution.domain.flatten import Closing, closings
from services.execution.domain.halts import Level, Word
from services.execution.domain.order import Terms
from services.execution.emergency_log import EmergencyLog
from services.execution.journal import JournalUnavailable
from services.execution.tools import Tools
from services.execution.translate import venue_order
from services.execution.under_way import UnderWay
from services.execution.words import Words
from sextant.core.decimals import ZERO, to_text
from sextant.core.errors import WriterFenced
from sextant.core.identity import client_order_id
from sextant.core.scopes import covers
from sextant.venues.port import Accepted, OrderReport, Rejected, VenueUnavailable

_PASSES: Final = 3
_BETWEEN_PASSES_S: Final = 0.5
_ACCOUNT_TIMEOUT_S: Final = 30.0
#: A venue that is slow to cancel must leave time to close.
_CANCEL_TIMEOUT_S: Final = 10.0
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
        self._under_way = UnderWay(tools, desk_of)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._done: OrderedDict[str, asyncio.Task[Flattened]] = OrderedDict()

    async def flatten(self, word: Word) -> Flattened:
        """Cancel and close, of a scope that stands already. The same command twice is one command and has one answer."""
        running = self._done.get(word.command_id)
        if running is None:
            running = self._done[word.command_id] = asyncio.create_task(self._flatten(word))
            self._forget()
        return await asyncio.shield(running)

    def has_answer(self, word: Word) -> bool:
        """Return whether the command was run by this process."""
        return word.command_id in self._done

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
        stood = self._is_flat(account)
        # One after another: two that read the same balances would close the same position twice.
        async with self._turns[account.name]:
            if stood and not self._is_flat(account):
                result.problems.append(f"{account.name}: resumed before its turn to be closed")
                return
            await self._cancel_open(account, result)
            try:
                async with asyncio.timeout(_ACCOUNT_TIMEOUT_S - _CANCEL_TIMEOUT_S):
                    await self._close(account, word, result)
            except VenueUnavailable as error:
                result.problems.append(f"{account.name}: {error}")
            except TimeoutError:
                names = ", ".join(terms.client_order_id for terms in self._under_way.orders(account))
                result.problems.append(
                    f"{account.name}: closing took too long; on their way: {names or 'none'}"
                )

    def _is_flat(self, account: Account) -> bool:
        return self._tools.seen.halts.level(account.portfolio) is Level.FLAT

    async def _cancel_open(self, account: Account, result: Flattened) -> None:
        """Cancel what is open; what is held is closed whether or not that works."""
        try:
            async with asyncio.timeout(_CANCEL_TIMEOUT_S):
                await self._cancel_all(account, result)
        except VenueUnavailable as error:
            result.problems.append(f"{account.name}: open orders were not cancelled: {error}")
        except TimeoutError:
            result.problems.append(f"{account.name}: cancelling open orders took too long")

    async def _cancel_all(self, account: Account, result: Flattened) -> None:
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

    async def _close(self, account: Account, word: Word, result: Flattened) -> None:
        for number in range(_PASSES):
            if not await self._pass(account, word, number, result):
                return
            await self._wait(account)
        left, _ = await self._held(account)
        result.problems.extend(
            f"{account.name}: {each.instrument.name}: {to_text(each.quantity)} to {each.side.name} are left"
            for each in left
        )

    async def _wait(self, account: Account) -> None:
        """Wait until no closing order is on its way: before that the balances do not tell what is left to close."""
        while True:
            await asyncio.sleep(_BETWEEN_PASSES_S)
            if not await self._under_way.symbols(account):
                return

    async def _pass(self, account: Account, word: Word, number: int, result: Flattened) -> bool:
        """Send closing orders for what is held now; return whether there is anything to wait for."""
        under_way = await self._under_way.symbols(account)
        wanted, problems = await self._held(account)
        if number == 0:
            result.problems.extend(f"{account.name}: {problem}" for problem in problems)
        for closing in wanted:
            if closing.instrument.venue_symbol in under_way:
                continue
            refusal = await self._send(account, _terms(account, closing, f"{word.command_id}/{number}"))
            if refusal is None:
                result.closing += 1
            elif number == 0:
                result.problems.append(f"{account.name}: {closing.instrument.name}: {refusal}")
        return bool(wanted or under_way)

    async def _held(self, account: Account) -> tuple[list[Closing], list[str]]:
        """Return what closes the account, and what cannot be closed. Raises VenueUnavailable."""
        balances = await account.venue.balances()
        rules = [each for each in self._tools.instruments.values() if each.venue == account.venue_name]
        held = {asset: balance.total for asset, balance in balances.items()}
        free = {asset: balance.free for asset, balance in balances.items()}
        return closings(held, free, account.opening, rules, account.quote)

    async def _send(self, account: Account, terms: Terms) -> str | None:
        """Send a closing order; return why it was not, None when it is on its way."""
        self._log.closing(terms)
        self._under_way.begin(terms)
        desk = self._desk_of(account.portfolio)
        if desk is not None:
            try:
                if await desk.operate(terms):
                    return None
                self._under_way.drop(terms)
                return f"{terms.client_order_id} was sent before under this command, and is not sent again"
            except (JournalUnavailable, WriterFenced) as error:
                self._log.note(terms.client_order_id, f"sent past the journal: {error}")
        return await self._send_past_the_journal(account, terms)

    async def _send_past_the_journal(self, account: Account, terms: Terms) -> str | None:
        self._words.close(terms)
        outcome = await account.venue.submit(venue_order(terms))
        self._under_way.answered(terms, outcome)
        self._log.note(terms.client_order_id, f"{type(outcome).__name__}")
        return f"{outcome.code} {outcome.reason}" if isinstance(outcome, Rejected) else None


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
