"""Examples of the books and of what the ledger says of a portfolio."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.contracts.examples.values import (
    BTC,
    FILL_ID,
    ORDER_ID,
    PORTFOLIO,
    Example,
    at,
    decimal,
    instant,
    position,
)
from sextant.contracts.ledger.v1 import ledger_pb2

_VENUE = "venue:alpha-main"


def entries() -> Mapping[str, Example]:
    """Return examples of ledger.entries.v1."""
    return {
        "opening": Example(PORTFOLIO, _opening()),
        "fill": Example(PORTFOLIO, fill_entry()),
        "adjustment": Example(PORTFOLIO, _adjustment()),
    }


def portfolios() -> Mapping[str, Example]:
    """Return examples of ledger.portfolios.v1."""
    empty = ledger_pb2.Portfolio(portfolio="idle", currency="USDT", state_time=instant(at(0)), version=1)
    return {
        "trading": Example(PORTFOLIO, _trading()),
        "empty": Example("idle", empty),
        "gone": Example("gone", None),
    }


def fill_entry() -> ledger_pb2.Entry:
    """Return the entry that settles the story's fill."""
    return ledger_pb2.Entry(
        entry_id=f"fill/{FILL_ID}",
        portfolio=PORTFOLIO,
        kind=ledger_pb2.ENTRY_KIND_FILL,
        source_id=FILL_ID,
        client_order_id=ORDER_ID,
        postings=[
            _posting(_VENUE, "BTC", "0.02380"),
            _posting("trading", "BTC", "-0.02380"),
            _posting("trading", "USDT", "999.6119000"),
            _posting(_VENUE, "USDT", "-999.6119000"),
            _posting("fees", "USDT", "0.99961190"),
            _posting(_VENUE, "USDT", "-0.99961190"),
        ],
        exchange_time=instant(at(160)),
        number=2,
    )


def _opening() -> ledger_pb2.Entry:
    return ledger_pb2.Entry(
        entry_id="opening/alpha-main/USDT",
        portfolio=PORTFOLIO,
        kind=ledger_pb2.ENTRY_KIND_DEPOSIT,
        source_id="opening/alpha-main/USDT",
        postings=[_posting(_VENUE, "USDT", "100000"), _posting("capital", "USDT", "-100000")],
        exchange_time=instant(0),
        number=1,
    )


def _adjustment() -> ledger_pb2.Entry:
    """Return the smallest amount a venue settles in, with its reason."""
    return ledger_pb2.Entry(
        entry_id="adjustment/alpha-main/BTC/1",
        portfolio=PORTFOLIO,
        kind=ledger_pb2.ENTRY_KIND_ADJUSTMENT,
        source_id="the venue rounds commission up to its smallest unit",
        postings=[
            _posting(_VENUE, "BTC", "-0.000000000000000001"),
            _posting("fees", "BTC", "0.000000000000000001"),
        ],
        exchange_time=instant(at(9_000)),
        number=3,
    )


def _trading() -> ledger_pb2.Portfolio:
    return ledger_pb2.Portfolio(
        portfolio=PORTFOLIO,
        balances=[
            ledger_pb2.Balance(venue_account="alpha-main", asset="BTC", amount=decimal("0.02380")),
            ledger_pb2.Balance(venue_account="alpha-main", asset="USDT", amount=decimal("98999.38848810")),
        ],
        positions=[
            ledger_pb2.InstrumentPosition(
                instrument=BTC, quantity=decimal("0.02380"), entry_price=42_000.5, mark_price=42_000.3
            )
        ],
        equity=99_998.99563,
        realised_pnl=-0.9996119,
        unrealised_pnl=-0.00476,
        commission_paid=0.9996119,
        currency="USDT",
        entries=2,
        applied=[position("execution.orders.v1", 4, 11), position("execution.fills.v1", 4, 3)],
        state_time=instant(at(500)),
        version=42,
        day_start_equity=100_000.0,
    )


def _posting(account: str, asset: str, amount: str) -> ledger_pb2.Posting:
    return ledger_pb2.Posting(account=account, asset=asset, amount=decimal(amount))
