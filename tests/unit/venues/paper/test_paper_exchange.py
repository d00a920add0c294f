"""Orders on paper match against the market as it was heard."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.core.instruments import Instrument, InstrumentKind, Side
from sextant.venues.paper import venue as paper_venue
from sextant.venues.paper.exchange import PaperExchange
from sextant.venues.paper.rules import PaperRefusal
from sextant.venues.paper.venue import PaperVenue
from sextant.venues.port import (
    Accepted,
    Connected,
    OrderReport,
    Rejected,
    TimeInForce,
    VenueOrder,
    VenueStatus,
)
from tests.support.batches import DISCONNECTED, event_batch, pack

BTC = Instrument(
    "alpha:BTC/USDT", "alpha", "alpha", "BTCUSDT", "BTC", "USDT", "USDT", InstrumentKind.SPOT,
    tick=Decimal("0.01"), lot=Decimal("0.1"), minimum_notional=Decimal(5),
)  # fmt: skip


def book(time_ns: int, *levels: tuple[int, int, int], snapshot: bool = True) -> mirror.EventBatch:
    """A depth message of (side, price in cents, quantity in tenths)."""
    bids = [price for side, price, quantity in levels if side == 1 and quantity]
    asks = [price for side, price, quantity in levels if side == 2 and quantity]
    table = mirror.DepthColumns(
        price_exponent=-2,
        quantity_exponent=-1,
        arrival=pack([0]),
        receive_time_ns=pack([time_ns]),
        is_snapshot=pack([int(snapshot)]),
        level_count=pack([len(levels)]),
        level_side=pack([side for side, _, _ in levels]),
        level_price=pack([price for _, price, _ in levels]),
        level_quantity=pack([quantity for _, _, quantity in levels]),
        best_bid_price=pack([max(bids, default=1)]),
        best_ask_price=pack([min(asks, default=2)]),
    )
    return event_batch("alpha:BTC/USDT", time_ns, depth=table)


def exchange(*levels: tuple[int, int, int], **opening: str) -> PaperExchange:
    held = {asset: Decimal(amount) for asset, amount in (opening or {"USDT": "100000", "BTC": "50"}).items()}
    made = PaperExchange(held, taker_fee_bp=Decimal(10), maker_fee_bp=Decimal(5))
    made.set_instrument(BTC)
    made.apply(book(1, *(levels or ((1, 9900, 10), (1, 9800, 20), (2, 10000, 10), (2, 10100, 20)))))
    return made


def order(
    name: str = "a", side: Side = Side.BUY, quantity: str = "1", price: str | None = "101", **more: Any
) -> VenueOrder:
    force = more.get("force", TimeInForce.IOC)
    return VenueOrder(
        name, "BTCUSDT", side, Decimal(quantity), None if price is None else Decimal(price), force
    )


def test_a_taker_gets_each_levels_own_price_and_the_rest_of_an_ioc_expires() -> None:
    report = exchange().place(order(quantity="5"))
    assert [(fill.quantity, fill.price) for fill in report.fills] == [
        (Decimal(1), Decimal(100)),
        (Decimal(2), Decimal(101)),
    ]
    assert (report.status, report.filled_quantity) == (VenueStatus.CANCELLED, Decimal(3))


def test_balances_move_by_what_was_filled_less_the_fee_in_the_received_asset() -> None:
    made = exchange(USDT="1000")
    made.place(order())
    held = {asset: balance.total for asset, balance in made.balances().items()}
    assert held == {"USDT": Decimal(900), "BTC": Decimal("0.999")}


def test_what_was_taken_stays_taken_until_the_market_speaks_of_that_level() -> None:
    made = exchange()
    made.place(order("a", quantity="1", price="100"))
    assert made.place(order("b", quantity="1", price="100")).filled_quantity == 0
    made.apply(book(2, (2, 10000, 10), snapshot=False))
    assert made.place(order("c", quantity="1", price="100")).filled_quantity == 1


def test_a_resting_order_fills_as_maker_once_the_market_crosses_it() -> None:
    made = exchange()
    rested = made.place(order(quantity="2", price="99.50", force=TimeInForce.GTC))
    assert rested.status is VenueStatus.OPEN
    assert made.balances()["USDT"].locked == 199
    [report] = made.apply(book(2, (2, 9940, 5), snapshot=False))
    assert report.status is VenueStatus.PARTIALLY_FILLED
    assert [(f.quantity, f.price, f.is_maker) for f in report.fills] == [
        (Decimal("0.5"), Decimal("99.5"), True)
    ]
    cancelled = made.cancel("a")
    assert cancelled is not None
    assert (cancelled.status, cancelled.filled_quantity) == (VenueStatus.CANCELLED, Decimal("0.5"))


def test_fok_is_all_or_nothing_and_post_only_never_takes() -> None:
    made = exchange()
    assert made.place(order("a", quantity="5", force=TimeInForce.FOK)).filled_quantity == 0
    assert made.place(order("b", quantity="3", force=TimeInForce.FOK)).filled_quantity == 3
    with pytest.raises(PaperRefusal, match="would take"):
        exchange().place(order(force=TimeInForce.POST_ONLY))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"quantity": "0.15"}, "LOT_SIZE"),
        ({"price": "100.001"}, "PRICE_FILTER"),
        ({"quantity": "0.1", "price": "1"}, "NOTIONAL"),
        ({"quantity": "10000"}, "BALANCE"),
        ({"side": Side.SELL, "quantity": "51"}, "BALANCE"),
    ],
)
def test_what_the_venue_would_refuse_is_refused(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(PaperRefusal) as refusal:
        exchange().place(order(**changed))
    assert refusal.value.code == code


def test_nothing_matches_against_a_market_that_is_not_whole() -> None:
    made = exchange()
    status = mirror.StatusColumns(arrival=pack([0]), status=pack([DISCONNECTED]))
    made.apply(event_batch("alpha:BTC/USDT", 3, statuses=status))
    with pytest.raises(PaperRefusal, match="not whole"):
        made.place(order())


@given(
    sizes=st.lists(
        st.tuples(st.integers(1, 60), st.sampled_from(list(Side)), st.integers(9700, 10200)), max_size=8
    )
)
def test_fills_never_exceed_the_order_nor_its_limit_nor_the_market(
    sizes: list[tuple[int, Side, int]],
) -> None:
    made = exchange()
    left = {Side.BUY: Decimal(3), Side.SELL: Decimal(3)}
    for number, (size, side, cents) in enumerate(sizes):
        limit = Decimal(cents) / 100
        report = made.place(order(str(number), side, str(Decimal(size) / 10), str(limit)))
        assert sum(fill.quantity for fill in report.fills) == report.filled_quantity <= Decimal(size) / 10
        assert all((fill.price - limit) * side.sign <= 0 for fill in report.fills)
        left[side] -= report.filled_quantity
        assert left[side] >= 0


async def test_the_port_reports_what_the_market_does_to_resting_orders() -> None:
    venue = PaperVenue(exchange())
    stream = venue.reports()
    assert await anext(stream) == Connected()
    accepted = await venue.submit(order(price="99.50", force=TimeInForce.GTC))
    assert isinstance(accepted, Accepted)
    venue.market(book(2, (2, 9940, 20), snapshot=False))
    report = await anext(stream)
    assert isinstance(report, OrderReport)
    assert report.status is VenueStatus.FILLED
    assert isinstance(await venue.submit(order("b", quantity="0.15")), Rejected)
    await stream.aclose()  # type: ignore[attr-defined]  # the port's iterator is a generator here


async def test_a_reader_that_is_far_behind_is_told_to_compare_the_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paper_venue, "MOST_WAITING", 3)
    venue = PaperVenue(exchange())
    stream = venue.reports()
    assert await anext(stream) == Connected()
    await venue.submit(order(quantity="4", price="99.50", force=TimeInForce.GTC))
    for time_ns in range(2, 7):
        venue.market(book(time_ns, (2, 9940, time_ns), snapshot=False))
    assert venue.waiting <= 3
    assert await anext(stream) == Connected(), "reports were dropped and nobody was told"
    [traded, *_] = await venue.trades_since("BTCUSDT", 0)
    assert traded.quantity == Decimal("0.2"), "what was dropped can be read from the account"


@given(
    st.lists(
        st.tuples(st.sampled_from(list(TimeInForce)), st.sampled_from(list(Side)), st.integers(1, 30), st.integers(9700, 10200)),
        max_size=8,
    ),
    st.booleans(),
)  # fmt: skip
def test_an_account_restored_from_its_fills_and_open_orders_goes_on_as_if_nothing_had_been(
    orders: list[tuple[TimeInForce, Side, int, int]], are_rules_late: bool
) -> None:
    before = exchange()
    placed = {}
    for number, (force, side, size, cents) in enumerate(orders):
        each = placed[str(number)] = order(
            str(number), side, str(Decimal(size) / 10), str(Decimal(cents) / 100), force=force
        )
        with contextlib.suppress(PaperRefusal):
            before.place(each)
    after = PaperExchange(
        {"USDT": Decimal(100_000), "BTC": Decimal(50)}, taker_fee_bp=Decimal(10), maker_fee_bp=Decimal(5)
    )
    resting = [placed[report.client_order_id] for report in before.open_orders()]
    if not are_rules_late:
        after.set_instrument(BTC)
    after.restore(before.fills("BTCUSDT", 0), resting)
    after.set_instrument(BTC)
    assert after.balances() == before.balances()
    assert after.open_orders() == [
        replace(report, exchange_time_ns=after_report.exchange_time_ns)
        for report, after_report in zip(before.open_orders(), after.open_orders(), strict=True)
    ]
    crossing = book(9, (1, 10300, 900), (2, 9600, 900))
    assert [_what(report) for report in after.apply(crossing)] == [
        _what(report) for report in before.apply(crossing)
    ]
    assert after.balances() == before.balances()


def _what(report: OrderReport) -> tuple[object, ...]:
    return report.client_order_id, report.status, report.filled_quantity, report.fills
