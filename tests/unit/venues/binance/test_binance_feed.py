"""What a feed makes of frames: rows, statuses, refusals; and what it never does."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.contracts.market.v1 import events_pb2
from sextant.core.errors import InvalidValue
from sextant.venues.binance.feed import VenueFeed
from sextant.venues.binance.lanes import interval_ns
from sextant.venues.binance.links import MAX_KEPT_FRAME
from tests.support.binance_feeds import batches, make_feed, refusals

pytestmark = pytest.mark.usefixtures("each_path")

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
LIVE, INVALID, LOST = (
    events_pb2.STREAM_STATUS_LIVE,
    events_pb2.STREAM_STATUS_BOOK_INVALID,
    events_pb2.STREAM_STATUS_DISCONNECTED,
)
NAME = "spot:BTC/USDT"


def wrap(stream: str, **data: object) -> bytes:
    """A frame as venues write it, without spaces."""
    return json.dumps({"stream": f"btcusdt@{stream}", "data": data}, separators=(",", ":")).encode()


def trade(number: int = 1, price: str = "61837.63", quantity: str = "0.5", *, maker: bool = True) -> bytes:
    times = {"E": NOW // 1_000_000, "T": NOW // 1_000_000}
    return wrap("trade", e="trade", s="BTCUSDT", t=number, p=price, q=quantity, m=maker, M=True, **times)


def quote(update: int = 1, bid: str = "100.00", ask: str = "100.01") -> bytes:
    return wrap("bookTicker", u=update, s="BTCUSDT", b=bid, B="1.00000000", a=ask, A="2.00000000")


def depth(first: int, last: int, bids: object = (), asks: object = ()) -> bytes:
    return wrap(
        "depth@100ms", e="depthUpdate", E=NOW // 1_000_000, s="BTCUSDT", U=first, u=last, b=bids, a=asks
    )


def snapshot(last: int) -> bytes:
    return json.dumps(
        {"lastUpdateId": last, "bids": [["100.00", "1.0"]], "asks": [["101.00", "2.0"]]}
    ).encode()


def live_feed() -> tuple[VenueFeed, str]:
    """A feed whose book is whole at id 10, and its connection; what it said so far is taken."""
    feed, connection = make_feed(opened_ns=NOW)
    feed.on_frame(depth(5, 10), NOW, connection)
    assert [each.name for each in feed.wanted_snapshots()] == [NAME]
    assert feed.on_snapshot(NAME, snapshot(10), NOW)
    feed.take(), feed.take_journal()
    return feed, connection


def statuses(said: list[events_pb2.EventBatch]) -> list[int]:
    return [status for batch in said for status in batch.statuses.status]


def test_a_trade_becomes_a_row_with_the_taker_side() -> None:
    feed, connection = live_feed()
    feed.on_frame(trade(7, maker=True), NOW + 5, connection)
    feed.on_frame(trade(8, maker=False), NOW + 6, connection)
    (batch,) = batches(feed)
    assert list(batch.trades.trade_id) == [7, 8]
    assert list(batch.trades.taker_side) == [2, 1]
    assert list(batch.trades.price) == [6183763, 6183763]
    assert list(batch.trades.receive_time_ns) == [NOW + 5, NOW + 6]
    assert (batch.trades.price_exponent, batch.trades.quantity_exponent) == (-2, -5)


def test_bare_payloads_and_reordered_keys_say_the_same() -> None:
    feed, connection = live_feed()
    for raw in (trade(1), trade(2)):
        feed.on_frame(json.dumps(json.loads(raw)["data"]).encode(), NOW, connection)
    feed.on_frame(
        json.dumps({"data": json.loads(trade(3))["data"], "stream": "btcusdt@trade"}).encode(),
        NOW,
        connection,
    )
    feed.on_frame(json.dumps(json.loads(quote(4))["data"]).encode(), NOW, connection)
    (batch,) = batches(feed)
    assert list(batch.trades.trade_id) == [1, 2, 3]
    assert list(batch.quotes.update_id) == [4]
    assert refusals(feed) == []


def test_a_number_finer_than_the_tick_splits_the_batch_and_is_exact() -> None:
    feed, connection = live_feed()
    for number, price in enumerate(("100.01", "100.012345", "100.02")):
        feed.on_frame(trade(number, price), NOW, connection)
    said = batches(feed)
    prices = [
        Decimal(price).scaleb(batch.trades.price_exponent) for batch in said for price in batch.trades.price
    ]
    assert prices == [Decimal("100.01"), Decimal("100.012345"), Decimal("100.02")]
    assert [batch.sequence for batch in said] == sorted({batch.sequence for batch in said})


#: A minute is allowed.
FAR = NOW // 1_000_000 + 60_001
OF_NOW, OF_FAR = (str(ms).encode() for ms in (NOW // 1_000_000, FAR))
GARBAGE = {
    "truncated": trade()[:-9],
    "not JSON": b"\x00\xffgarbage",
    "not UTF-8": b'{"stream":"btcusdt@trade","data":{"e":"\xff\xfe"}}',
    "empty": b"",
    "array": b"[1,2,3]",
    "number as text": trade().replace(b'"t":1,', b'"t":"1",'),
    "text as number": trade(price="1").replace(b'"p":"1"', b'"p":1'),
    "exponent": trade(price="1e5"),
    "underscore": trade(price="1_0"),
    "other digits": trade(price="١٢"),
    "negative": trade(quantity="-1"),
    "nothing traded": trade(quantity="0.000"),
    "far too large": trade(price="9" * 40),
    "id above 63 bits": trade(2**64),
    "missing field": wrap("trade", e="trade", s="BTCUSDT"),
    "other symbol": trade().replace(b"BTCUSDT", b"ETHUSDT"),
    "other event": trade().replace(b'"e":"trade"', b'"e":"kline"'),
    "unknown stream": wrap("nonsense", e="trade"),
    "deeply nested": b"[" * 100_000,
    "ids reversed": depth(20, 11),
    "level of three": depth(11, 12, [["1", "2", "3"]]),
    "an error": b'{"code":2,"msg":"Invalid request","id":1}',
    "said far ahead": trade().replace(b'"E":' + OF_NOW, b'"E":' + OF_FAR),
    "traded far ahead": trade().replace(b'"T":' + OF_NOW, b'"T":' + OF_FAR),
    "in another century": trade().replace(b'"E":' + OF_NOW, b'"E":4102444800000'),
    "change far ahead": depth(11, 12).replace(OF_NOW, OF_FAR),
    "quote far ahead": quote().replace(b'{"u"', b'{"E":%b,"u"' % OF_FAR),
}


@pytest.mark.parametrize("text", ["1w", "-1s", "9999999999999999d", "1" * 5_000 + "s", "100000d", ""])
def test_an_interval_that_is_none_or_never_ends_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        interval_ns(text)


@pytest.mark.parametrize("raw", GARBAGE.values(), ids=list(GARBAGE))
def test_garbage_is_refused_with_a_reason_and_stops_nothing(raw: bytes) -> None:
    feed, connection = live_feed()
    feed.on_frame(raw, NOW, connection)
    feed.on_frame(trade(77), NOW, connection)
    feed.on_frame(depth(11, 12), NOW, connection)
    (batch,) = batches(feed)
    assert list(batch.trades.trade_id) == [77]
    (journal,) = feed.take_journal()
    assert journal.batch.frames.startswith(raw)
    assert [bool(reason) for reason in journal.batch.refusals] == [True, False, False]
    assert feed.counts.refused == 1
    assert feed.books[NAME].sync.is_whole


@pytest.mark.parametrize("of", [trade(5), depth(11, 12), quote().replace(b'{"u"', b'{"E":%b,"u"' % OF_NOW)])
def test_a_stamp_a_minute_ahead_is_still_taken(of: bytes) -> None:
    """Also where native code has learned the stream already."""
    feed, connection = live_feed()
    raw = of.replace(OF_NOW, str(FAR - 1).encode())
    feed.on_frame(raw, NOW, connection)
    assert feed.counts.refused == 0
    assert [batch.event_time_ns for batch in batches(feed)] == [(FAR - 1) * 1_000_000]


def test_a_change_with_a_stamp_far_ahead_is_a_gap_in_the_book() -> None:
    feed, connection = live_feed()
    feed.on_frame(depth(11, 12), NOW, connection)
    feed.on_frame(depth(13, 14).replace(OF_NOW, OF_FAR), NOW, connection)
    assert (feed.counts.refused, feed.gaps, feed.books[NAME].sync.last_id) == (1, 0, 12)
    feed.on_frame(depth(15, 16), NOW, connection)
    assert (feed.counts.refused, feed.gaps, feed.books[NAME].sync.is_whole) == (1, 1, False)
    assert max(batch.event_time_ns for batch in batches(feed)) <= NOW


@pytest.mark.parametrize("far", [b'"E":', b'"T":', b'"t":'])
def test_other_kinds_far_ahead_are_refused_too(far: bytes) -> None:
    """Candles, marks and liquidations, which pure Python reads on both paths."""
    feed, public = make_feed("usdm_btcusdt", opened_ns=NOW, is_recording=False)
    other = next(each.name for each in feed.connections if each.name != public)
    now = NOW // 1_000_000
    bar = {"t": now, "T": 0, "i": "1m", "o": "1.0", "h": "1.0", "l": "1.0", "c": "1.0", "v": "1", "x": True}
    order = {"s": "BTCUSDT", "S": "SELL", "q": "1", "p": "1.0", "ap": "1.0", "z": "1", "T": now}
    frames = [
        wrap("kline_1m", e="kline", E=now, s="BTCUSDT", k=bar),
        wrap("markPrice@1s", e="markPriceUpdate", E=now, s="BTCUSDT", p="1.0"),
        wrap("forceOrder", e="forceOrder", E=now, o=order),
    ]
    spoilt = [raw.replace(far + OF_NOW, far + OF_FAR) for raw in frames]
    for raw in (*frames, *spoilt):
        feed.on_frame(raw, NOW, other)
    refused = sum(one != two for one, two in zip(frames, spoilt, strict=True))
    assert refused
    assert (feed.counts.refused, len(refusals(feed))) == (refused, refused)
    assert feed.events == 2 * len(frames) - refused


def test_a_frame_of_twenty_megabytes_is_counted_and_its_beginning_is_kept() -> None:
    feed, connection = live_feed()
    raw = b'{"stream":"btcusdt@trade","data":"' + b"x" * 20_000_000 + b'"}'
    feed.on_frame(raw, NOW, connection)
    (journal,) = feed.take_journal()
    assert journal.batch.frames == raw[:MAX_KEPT_FRAME]
    assert "20000036 bytes" in journal.batch.refusals[0]
    assert feed.counts.bytes >= 20_000_000


@given(data=st.binary(max_size=200))
def test_no_bytes_whatever_raise(data: bytes) -> None:
    feed, connection = make_feed(opened_ns=NOW)
    feed.on_frame(data, NOW, connection)
    assert feed.counts.frames == 1


@given(at=st.integers(0, len(trade()) - 1), byte=st.integers(0, 255))
def test_a_flipped_byte_is_refused_or_read_as_what_it_says(at: int, byte: int) -> None:
    raw = bytearray(trade())
    raw[at] = byte
    feed, connection = live_feed()
    feed.on_frame(bytes(raw), NOW, connection)
    said = [batch for batch in batches(feed) if batch.HasField("trades")]
    if said:
        # A byte that is no UTF-8 may stand in a field that nobody reads; the socket refuses such a frame before it comes here.
        table, data = said[0].trades, json.loads(raw.decode("utf-8", "replace"))["data"]
        assert Decimal(table.price[0]).scaleb(table.price_exponent) == Decimal(data["p"])
        assert Decimal(table.quantity[0]).scaleb(table.quantity_exponent) == Decimal(data["q"])
        assert (table.trade_id[0], table.taker_side[0]) == (data["t"], 2 if data["m"] else 1)


def test_a_gap_makes_the_book_invalid_in_band_until_a_snapshot() -> None:
    feed, connection = live_feed()
    feed.on_frame(depth(11, 12, [["100.50", "3"]]), NOW, connection)
    feed.on_frame(depth(14, 15, [["100.60", "3"]]), NOW, connection)
    feed.on_frame(depth(16, 17), NOW, connection)
    (batch,) = batches(feed)
    assert list(batch.depth.best_bid_price) == [10050, 0, 0]
    assert list(batch.depth.best_ask_quantity) == [200_000, 0, 0]
    assert statuses([batch]) == [INVALID]
    assert list(batch.statuses.gaps) == [1]
    assert batch.statuses.arrival[0] == batch.depth.arrival[1] - 1
    assert feed.gaps == 1
    assert not feed.on_snapshot(NAME, snapshot(11), NOW)
    assert feed.on_snapshot(NAME, snapshot(13), NOW)
    (batch,) = batches(feed)
    assert list(batch.depth.is_snapshot) == [1]
    assert list(batch.depth.last_update_id) == [17]
    assert list(batch.depth.best_bid_price) == [10060]
    assert statuses([batch]) == [LIVE]


def test_an_old_depth_event_is_refused_and_voids_the_book() -> None:
    feed, connection = live_feed()
    for first, last in ((11, 12), (13, 14), (11, 12)):
        feed.on_frame(depth(first, last), NOW, connection)
    (batch,) = batches(feed)
    assert len(batch.depth.arrival) == 2
    assert statuses([batch]) == [INVALID]
    assert "ends at 12, the book is at 14" in refusals(feed)[0]


def test_a_book_that_needs_finer_numbers_stays_exact() -> None:
    feed, connection = live_feed()
    feed.on_frame(depth(11, 11, [["100.005", "0.000001"]]), NOW, connection)
    feed.on_frame(quote(), NOW, connection)
    (batch,) = [each for each in batches(feed) if each.HasField("depth")]
    assert Decimal(batch.depth.best_bid_price[0]).scaleb(batch.depth.price_exponent) == Decimal("100.005")
    assert Decimal(batch.depth.best_ask_price[0]).scaleb(batch.depth.price_exponent) == Decimal("101")
    assert Decimal(batch.depth.best_ask_quantity[0]).scaleb(batch.depth.quantity_exponent) == Decimal("2")


def test_status_comes_every_second_also_when_nothing_came() -> None:
    feed, _ = live_feed()
    for number in range(1, 4):
        feed.tick(NOW + number * SECOND)
        feed.tick(NOW + number * SECOND + SECOND // 2)
    said = batches(feed)
    assert statuses(said) == [LIVE] * 3
    assert [time for batch in said for time in batch.statuses.receive_time_ns] == [
        NOW + number * SECOND for number in (1, 2, 3)
    ]


def test_losing_the_connection_is_said_at_once_and_a_new_epoch_begins() -> None:
    feed, connection = live_feed()
    feed.disconnected(connection, NOW + 1)
    feed.disconnected(connection, NOW + 2)
    assert feed.wanted_snapshots() == ()
    feed.tick(NOW + 3 * SECOND)
    assert set(statuses(batches(feed))) == {LOST}
    feed.connected(connection, 2, NOW + 4 * SECOND)
    feed.on_frame(trade(), NOW + 4 * SECOND, connection)
    said = batches(feed)
    assert statuses(said)[-1] == INVALID
    assert (said[-1].connection_epoch, said[-1].sequence) == (2, 0)
    assert feed.counts.reconnects == 1


def test_identity_of_batches_grows_with_sequence_and_epoch() -> None:
    feed, connection = make_feed(opened_ns=NOW)
    orders = []
    for epoch in (5, 6):
        feed.connected(connection, epoch, NOW)
        for number in range(3):
            feed.on_frame(trade(number), NOW, connection)
            orders += [said.identity.order for said in feed.take()]
            assert feed.take() == []
    assert orders == sorted(set(orders))
    assert all(path == b"" for *_, path in orders)


def test_warm_up_holds_closed_candles_only() -> None:
    feed, _ = make_feed(opened_ns=NOW)
    start = NOW // 1_000_000
    row = ["100.00", "101.00", "99.00", "100.50", "12.5"]
    rows = [[start + at, *row, start + at + 999, "0", 1, "0", "0", "0"] for at in (-2000, -1000, 0)]
    assert feed.on_candles(NAME, "1s", json.dumps(rows).encode(), NOW + 1) == 2
    batch = batches(feed)[-1]
    assert list(batch.candles.open_time_ns) == [NOW - 2 * SECOND, NOW - SECOND]
    assert list(batch.candles.high) == [10100, 10100]
    assert list(batch.candles.volume) == [1_250_000, 1_250_000]
    assert list(batch.candles.interval_ns) == [SECOND, SECOND]


def test_snapshots_that_cannot_be_read_are_journalled_and_raised() -> None:
    feed, _ = make_feed(opened_ns=NOW)
    with pytest.raises(InvalidValue):
        feed.on_snapshot(NAME, b"<html>", NOW)
    assert "depth snapshot" in refusals(feed)[0]


def test_a_shutdown_announcement_asks_for_a_new_connection() -> None:
    feed, connection = live_feed()
    feed.on_frame(b'{"e":"serverShutdown","E":1800000000000}', NOW, connection)
    assert feed.must_reconnect(connection)
    assert feed.counts.refused == 0


def test_an_acknowledgement_is_no_refusal() -> None:
    feed, connection = live_feed()
    feed.on_frame(b'{"result":null,"id":7}', NOW, connection)
    assert feed.counts.refused == 0


def test_futures_say_mark_prices_and_liquidations() -> None:
    feed, public = make_feed("usdm_btcusdt", opened_ns=NOW, is_recording=False)
    other = next(each.name for each in feed.connections if each.name != public)
    times = {"E": NOW // 1_000_000, "s": "BTCUSDT"}
    feed.on_frame(
        wrap(
            "markPrice@1s",
            e="markPriceUpdate",
            p="61800.12345678",
            i="61801.5",
            r="-0.00010000",
            T=0,
            **times,
        ),
        NOW,
        other,
    )
    order = {
        "s": "BTCUSDT",
        "S": "SELL",
        "q": "0.014",
        "p": "9910",
        "ap": "9910.5",
        "z": "0.010",
        "T": NOW // 1_000_000,
    }
    feed.on_frame(wrap("forceOrder", e="forceOrder", E=NOW // 1_000_000, o=order), NOW, other)
    feed.on_frame(
        wrap("aggTrade", e="aggTrade", a=5, p="9910.1", q="0.010", T=NOW // 1_000_000, m=False, **times),
        NOW,
        other,
    )
    (batch,) = [each for each in batches(feed) if each.connection == other]
    assert list(batch.values.kind) == [1, 2, 3]
    assert list(batch.values.value) == [6_180_012_345_678, 6_180_150_000_000, -10_000]
    assert list(batch.liquidations.taker_side) == [2]
    assert list(batch.liquidations.price) == [99105]
    assert list(batch.trades.trade_id) == [5]
    assert refusals(feed) == []
