"""The books: every entry balances, duplicates are harmless, balances are what the fills say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.adapters.memory import MemoryLedgerStore
from services.ledger.domain.books import Book, Position, value
from services.ledger.domain.entries import Fill, Posting, balanced, deposit_entry, fill_entry, sums
from services.ledger.store import Booking
from sextant.core.decimals import LEDGER_CONTEXT, ZERO
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Side

AMOUNTS = st.decimals(min_value="0.00000001", max_value="99999999", places=8)


@st.composite
def fills(draw: st.DrawFn, instruments: Sequence[str] = ("alpha:BTC/USDT",)) -> Fill:
    instrument = draw(st.sampled_from(instruments))
    venue = instrument.partition(":")[0]
    return Fill(
        fill_id=f"{venue}-main/BTCUSDT/{draw(st.integers(1, 40))}",
        client_order_id="sx1",
        portfolio="main",
        venue_account=f"{venue}-main",
        instrument=instrument,
        side=draw(st.sampled_from(Side)),
        quantity=draw(AMOUNTS),
        price=draw(AMOUNTS),
        commission=draw(st.decimals(min_value="-1", max_value="10", places=8)),
        commission_asset=draw(st.sampled_from(["BTC", "USDT", "BNB"])),
        exchange_time_ns=draw(st.integers(0, 2**60)),
    )


@given(fills())
def test_every_fill_books_a_balanced_entry(fill: Fill) -> None:
    assert all(total == 0 for total in sums(fill_entry(fill).postings).values())


@given(st.lists(fills(), max_size=20), st.data())
def test_booking_any_suffix_again_leaves_the_books_unchanged(many: list[Fill], data: st.DataObject) -> None:
    store, books = MemoryLedgerStore(), {"main": Book("main")}
    bookings = [Booking(fill_entry(fill), fill) for fill in many]
    claim = asyncio.run(store.acquire("execution.fills.v1", 0, "0", 1))
    store.book_now(claim, books, bookings, 1)
    balances, entries = dict(books["main"].balances), books["main"].entries
    start = data.draw(st.integers(0, len(bookings)))
    assert store.book_now(claim.at(1), books, bookings[start:], 2) == []
    assert (books["main"].balances, books["main"].entries) == (balances, entries)
    assert all(total == 0 for total in books["main"].trial_balance().values())


@given(st.lists(fills(), max_size=20, unique_by=lambda fill: fill.fill_id))
def test_the_venue_balance_is_the_sum_of_what_the_fills_moved(many: list[Fill]) -> None:
    book = Book("main")
    for fill in many:
        book.post(fill_entry(fill), fill)
    expected = sum((fill.quantity * fill.side.sign for fill in many), Decimal(0))
    expected -= sum((fill.commission for fill in many if fill.commission_asset == "BTC"), Decimal(0))
    assert book.venue_balances().get(("alpha-main", "BTC"), Decimal(0)) == expected
    assert sum(1 for _ in many) == book.entries


@given(
    st.lists(fills(("alpha:BTC/USDT", "alpha:BNB/USDT", "beta:BTC/USDT")), max_size=20),
    st.lists(
        st.tuples(st.sampled_from(["alpha", "beta"]), st.sampled_from(["BTC", "BNB"]), AMOUNTS), max_size=3
    ),
)
def test_positions_are_balances_less_openings_whatever_commissions_were_paid_in(
    many: list[Fill], deposits: list[tuple[str, str, Decimal]]
) -> None:
    book = Book("main")
    opening: dict[tuple[str, str], Decimal] = {}
    for venue, asset, amount in deposits:
        book.post(deposit_entry("main", f"{venue}-main", asset, amount), None)
        key = (f"{venue}-main", asset)
        opening[key] = LEDGER_CONTEXT.add(opening.get(key, ZERO), amount)
    for fill in many:
        book.post(fill_entry(fill), fill)
    for instrument, held in book.positions.items():
        venue, symbol = instrument.split(":")
        key = (f"{venue}-main", symbol.partition("/")[0])
        gained = LEDGER_CONTEXT.subtract(book.venue_balances()[key], opening.get(key, ZERO))
        assert held.quantity == gained, instrument


def test_selling_what_a_commission_left_closes_the_position() -> None:
    """Three times bought one with a commission in what was bought, and sold what came: nothing is left at the venue, nor here."""
    book = Book("main")
    for _ in range(3):
        for side, quantity, fee in ((Side.BUY, "1", "0.001"), (Side.SELL, "0.999", "0")):
            _post(book, _fill(side, Decimal(quantity), Decimal(100), fee=Decimal(fee), fee_asset="BTC"))
    assert book.positions["alpha:BTC/USDT"] == Position(Decimal("0.000"), 0.0, 0.0)
    assert book.venue_balances()["alpha-main", "BTC"] == 0


@pytest.mark.parametrize(("fee", "fee_asset"), [("0.01", "BTC"), ("2", "USDT"), ("-0.01", "BTC")])
def test_a_commission_is_a_cost_once(fee: str, fee_asset: str) -> None:
    """Equity changes by what was realised and is unrealised, less commissions, while the price is the last fill's."""
    book = Book("main")
    book.post(deposit_entry("main", "alpha-main", "USDT", Decimal(1000)), None)
    for side, price in ((Side.BUY, "100"), (Side.BUY, "200"), (Side.SELL, "250")):
        _post(book, _fill(side, Decimal(1), Decimal(price), fee=Decimal(fee), fee_asset=fee_asset))
    worth = value(book, "USDT", {"BTC": 250.0})
    paid = 3 * float(fee) if fee_asset == "USDT" else float(fee) * (100 + 200 + 250)
    assert worth.equity - 1000 == pytest.approx(worth.realised + worth.unrealised - paid)


def test_a_commission_in_an_asset_that_has_a_position_of_its_own_reduces_that_position() -> None:
    book = Book("main")
    _post(book, _fill(Side.BUY, Decimal(2), Decimal(300), instrument="alpha:BNB/USDT"))
    _post(book, _fill(Side.BUY, Decimal(1), Decimal(100), fee=Decimal("0.5"), fee_asset="BNB"))
    assert book.positions["alpha:BNB/USDT"] == Position(Decimal("1.5"), 300.0, 0.0)
    assert book.positions["alpha:BTC/USDT"].quantity == 1


def test_a_round_trip_realises_the_difference_of_the_prices() -> None:
    book = Book("main")
    book.post(deposit_entry("main", "alpha-main", "USDT", Decimal(1000)), None)
    for side, price in ((Side.BUY, "100"), (Side.BUY, "110"), (Side.SELL, "120")):
        fill = _fill(side, Decimal(1), Decimal(price))
        book.post(fill_entry(fill), fill)
    position = book.positions["alpha:BTC/USDT"]
    assert (position.quantity, position.entry_price, position.realised) == (Decimal(1), 105.0, 15.0)
    worth = value(book, "USDT", {"BTC": 130.0})
    assert worth.equity == pytest.approx(1000 - 100 - 110 + 120 + 130)
    assert worth.unrealised == pytest.approx(25.0)


def test_a_derivative_is_refused_by_name_rather_than_booked_wrongly() -> None:
    fill = _fill(Side.BUY, Decimal(1), Decimal(1), instrument="usdm:BTC/USDT:USDT")
    with pytest.raises(InvalidValue, match="spot instrument"):
        fill_entry(fill)


def test_postings_that_do_not_sum_to_zero_are_refused_with_the_asset() -> None:
    with pytest.raises(InvalidValue, match="postings of BTC"):
        balanced([Posting("a", "BTC", Decimal(1)), Posting("b", "BTC", Decimal("-0.99999999"))])


def _post(book: Book, fill: Fill) -> None:
    book.post(fill_entry(fill), fill)


def _fill(
    side: Side,
    quantity: Decimal,
    price: Decimal,
    *,
    instrument: str = "alpha:BTC/USDT",
    fee: Decimal = ZERO,
    fee_asset: str = "",
) -> Fill:
    return Fill("f", "sx1", "main", "alpha-main", instrument, side, quantity, price, fee, fee_asset, 0)
