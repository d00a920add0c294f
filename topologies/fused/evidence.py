"""A fused run as the checker reads it: the same evidence as of a run over Kafka, from memory."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.ledger.domain.books import Book
from services.ledger.store import Booked
from sextant.demo.report import (
    BalanceRow,
    EntryRow,
    Evidence,
    PositionRow,
    PostingRow,
    Statement,
    Tables,
    VenueOrder,
    VenueTrade,
)
from sextant.demo.report.venue_text import balances_of, order_of, trade_of
from topologies.fused.accounts import SimulatedAccount
from topologies.fused.run import FusedResult

_PAGE: Final = 1_000


def evidence_of(result: FusedResult, progress: Callable[[str], None]) -> Evidence:
    """Return what the checker is given. Every record is written out here, once, so this takes a while."""
    plan = result.plan
    return Evidence(
        bus_kind="memory",
        mode=result.platform.mode.value,
        seconds=plan.seconds if plan.recording is None else result.virtual_s,
        seed=plan.seed,
        platform=result.platform,
        bus=result.log.to_bus(),
        books=MemoryBooks(result),
        accounts={name: InProcessBooks(account) for name, account in result.accounts.items()},
        traces=result.spans,
        ingest_metrics=result.ingest_metrics,
        rss_mb={"fused": peak_rss_mb()},
        started_ns=result.started_ns,
        expects_orders=not plan.quiet_market,
        progress=progress,
    )


def tables_of(booked: Sequence[Booked], books: Mapping[str, Book]) -> Tables:
    """Return the ledger's tables as the database would hold them."""
    entries = [(each.booking.entry, each.number) for each in booked]
    return Tables(
        [
            EntryRow(
                each.entry_id, each.portfolio, number, each.kind.value, each.source_id, each.client_order_id
            )
            for each, number in entries
        ],
        [
            PostingRow(each.entry_id, line, posting.account, posting.asset, posting.amount)
            for each, _ in entries
            for line, posting in enumerate(each.postings)
        ],
        [
            BalanceRow(name, account, asset, amount)
            for name, book in books.items()
            for (account, asset), amount in book.balances.items()
        ],
        [
            PositionRow(name, instrument, held.quantity, held.entry_price, held.realised)
            for name, book in books.items()
            for instrument, held in book.positions.items()
        ],
    )


def peak_rss_mb() -> float:
    """Return the largest resident size of this process so far, MB."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (2**20 if sys.platform == "darwin" else 2**10)


class MemoryBooks:
    """`LedgerBooks` over the store of a run."""

    def __init__(self, result: FusedResult) -> None:
        self._result = result

    async def tables(self) -> Tables:
        return tables_of(self._result.store.booked, self._result.books)


class InProcessBooks:
    """`AccountBooks` of an account at an exchange of this process: the exchange's own answers, page by page."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account

    async def statement(self, symbols: Sequence[str]) -> Statement:
        """Return the account whole; symbols that the exchange does not list are passed over."""
        information = self._account.ask("GET", "/api/v3/exchangeInfo", {})
        listed = {f"{row['baseAsset']}/{row['quoteAsset']}": row["symbol"] for row in information["symbols"]}
        chosen = [listed[symbol] for symbol in symbols if symbol in listed]
        orders: list[VenueOrder] = []
        trades: list[VenueTrade] = []
        for symbol in chosen:
            orders += [
                order_of(row) for row in self._pages("/api/v3/allOrders", symbol, "orderId", "orderId")
            ]
            trades += [trade_of(row) for row in self._pages("/api/v3/myTrades", symbol, "fromId", "id")]
        return Statement(orders, trades, balances_of(self._account.ask("GET", "/api/v3/account", {})))

    def _pages(self, path: str, symbol: str, cursor: str, key: str) -> list[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = []
        start = 0
        while True:
            page = self._account.ask("GET", path, {"symbol": symbol, "limit": str(_PAGE), cursor: str(start)})
            rows += page
            if len(page) < _PAGE:
                return rows
            start = max(int(row[key]) for row in page) + 1
