"""Rows survive the columnar batch exactly, in order, at whatever exponents they need."""

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sextant.contracts.batches import BatchWriter, Best, Levels
from sextant.contracts.columns import column, open_batch, row_count
from sextant.contracts.market.mirror.v1 import events_pb2 as mirror
from sextant.contracts.market.v1 import events_pb2 as public
from sextant.contracts.scaled import DoesNotFit, Scale

DEFAULT = Scale.of(-2, -5)
amount = st.from_regex(r"\A[0-9]{1,9}(\.[0-9]{1,9})?\Z")
trades = st.lists(st.tuples(amount, amount, st.sampled_from((1, 2)), st.integers(0, 2**63 - 1)), max_size=30)
quotes = st.tuples(amount, amount, amount, amount)


def write_trades(rows: list[tuple[str, str, int, int]]) -> list[bytes]:
    writer = BatchWriter("alpha", "alpha:BTC/USDT", "spot-0", DEFAULT)
    batches: list[bytes] = []
    for price, quantity, side, identifier in rows:
        scale = DEFAULT
        try:
            numbers = scale.price[price], scale.quantity[quantity]
        except DoesNotFit:
            scale = scale.fitting((price,), (quantity,))
            numbers = scale.price[price], scale.quantity[quantity]
        if not writer.fits(scale):
            batches.append(writer.close(1, len(batches), scale).SerializeToString())
        writer.trade(5, 6, *numbers, side, identifier)
    if writer.rows:
        batches.append(writer.close(1, len(batches), DEFAULT).SerializeToString())
    return batches


def read_trades(batches: list[bytes]) -> list[tuple[Decimal, Decimal, int, int]]:
    rows = []
    for data in batches:
        table = open_batch(data).trades
        columns = (table.price, table.quantity, table.taker_side, table.trade_id)
        for price, quantity, side, identifier in zip(
            *(column(each).tolist() for each in columns), strict=True
        ):
            rows.append(
                (
                    Decimal(price).scaleb(table.price_exponent),
                    Decimal(quantity).scaleb(table.quantity_exponent),
                    side,
                    identifier,
                )
            )
    return rows


@given(rows=trades)
def test_what_is_written_is_read_for_all_decimals(rows: list[tuple[str, str, int, int]]) -> None:
    expected = [(Decimal(price), Decimal(quantity), side, number) for price, quantity, side, number in rows]
    assert read_trades(write_trades(rows)) == expected


@given(rows=trades)
def test_the_public_schema_reads_and_writes_the_same_bytes(rows: list[tuple[str, str, int, int]]) -> None:
    for data in write_trades(rows):
        assert public.EventBatch.FromString(data).SerializeToString() == data


def full_batch() -> mirror.EventBatch:
    writer = BatchWriter("alpha", "alpha:BTC/USDT", "spot-0", DEFAULT)
    writer.trade(1, 2, 3, 4, 1, 6)
    writer.quote(0, 2, 100, 5, 101, 6, 77)
    writer.depth(1, 2, 10, 12, Levels([1, 2], [100, 101], [5, 0]), Best(100, 5, 102, 6))
    writer.depth(0, 2, 12, 12, Levels([1], [99], [7]), Best(), is_snapshot=True)
    writer.candle(0, 10**9, (1, 4, 1, 3), 50, is_closed=True)
    writer.value(1, 2, public.VALUE_KIND_FUNDING_RATE, -38_167)
    writer.status(2, public.STREAM_STATUS_LIVE, 3, 0, 0, 2, -1_270_000_000)
    writer.liquidation(1, 2, 100, 3, 2)
    writer.came_from(4, 2, 1)
    writer.came_from(9, 8, 7)
    return writer.close(3, 5, DEFAULT)


def test_every_table_reads_as_the_public_schema_says() -> None:
    data = full_batch().SerializeToString()
    batch = public.EventBatch.FromString(data)
    assert batch.SerializeToString() == data
    assert (batch.first_frame, batch.last_frame, batch.receive_time_ns, batch.event_time_ns) == (4, 9, 8, 7)
    assert (batch.connection_epoch, batch.sequence) == (3, 5)
    assert list(batch.depth.level_count) == [2, 1]
    assert list(batch.depth.level_side) == [1, 2, 1]
    assert list(batch.depth.best_ask_price) == [102, 0]
    assert list(batch.depth.is_snapshot) == [0, 1]
    assert (list(batch.values.value), batch.values.value_exponent) == ([-38_167], -8)
    assert list(batch.statuses.clock_offset_ns) == [-1_270_000_000]
    assert list(batch.candles.high) == [4]
    assert list(batch.liquidations.taker_side) == [2]
    assert (batch.quotes.price_exponent, batch.quotes.quantity_exponent) == (-2, -5)


def test_arrival_orders_the_rows_of_all_tables() -> None:
    batch = open_batch(full_batch().SerializeToString())
    tables = (
        batch.trades,
        batch.quotes,
        batch.depth,
        batch.candles,
        batch.values,
        batch.statuses,
        batch.liquidations,
    )
    arrival = np.concatenate([column(table.arrival) for table in tables])
    assert arrival.tolist() == list(range(8))
    assert sum(row_count(table) for table in tables) == 8


def test_a_closed_writer_begins_an_empty_batch() -> None:
    writer = BatchWriter("alpha", "alpha:BTC/USDT", "spot-0", DEFAULT)
    writer.trade(1, 2, 3, 4, 1, 6)
    writer.close(1, 0, DEFAULT)
    assert writer.rows == 0
    assert not open_batch(writer.close(1, 1, DEFAULT).SerializeToString()).HasField("trades")
