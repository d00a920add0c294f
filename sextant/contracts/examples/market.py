"""Examples of what venues said: raw frames and columnar batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sextant.contracts.examples.values import BTC, INVERSE, START, Example, at
from sextant.contracts.market.v1 import events_pb2, frames_pb2
from sextant.core.time import SECOND

_QUOTE: Final = b'{"u":400,"s":"BTCUSDT","b":"42000.10","B":"0.50000","a":"42000.50","A":"0.70000"}'
_TRADE: Final = (
    b'{"e":"trade","E":1767225600120,"s":"BTCUSDT","t":9000,"p":"42000.50","q":"0.01000","m":false}'
)
_BROKEN: Final = b'{"e":"trade","p":'


def frames() -> Mapping[str, Example]:
    """Return examples of market.frames.v1."""
    return {
        "two-frames": Example("alpha/spot-0", _frames(17, [_QUOTE, _TRADE])),
        "refused-frame": Example(
            "alpha/spot-0", _frames(19, [_BROKEN, _QUOTE], refusals=["truncated JSON", ""])
        ),
    }


def batches() -> Mapping[str, Example]:
    """Return examples of market.events.v1."""
    return {
        "all-channels": Example("BTC", all_channels()),
        "status-only": Example("BTC", status_only()),
        "history": Example("BTC", _history()),
        "derivatives": Example("BTC", _derivatives()),
        "small-numbers": Example("BTC", _small_numbers()),
    }


def all_channels() -> events_pb2.EventBatch:
    """Return a batch of frames 17 and 18: a snapshot, a change, a trade, a quote and a status."""
    batch = _batch(BTC, first_frame=17, last_frame=18, sequence=5)
    times = {"exchange_time_ns": [at(100), at(120)], "receive_time_ns": [at(110), at(130)]}
    batch.depth.CopyFrom(
        events_pb2.DepthColumns(
            price_exponent=-2,
            quantity_exponent=-5,
            arrival=[0, 1],
            **times,
            first_update_id=[398, 399],
            last_update_id=[398, 399],
            is_snapshot=[1, 0],
            level_count=[3, 1],
            level_side=[1, 1, 2, 2],
            level_price=[4_200_010, 4_200_000, 4_200_050, 4_200_060],
            level_quantity=[50_000, 120_000, 70_000, 0],
            best_bid_price=[4_200_010, 4_200_010],
            best_bid_quantity=[50_000, 50_000],
            best_ask_price=[4_200_050, 4_200_050],
            best_ask_quantity=[70_000, 70_000],
        )
    )
    batch.trades.CopyFrom(_trades(arrival=[2], price=[4_200_050], quantity=[1_000], sides=[1], ids=[9_000]))
    batch.quotes.CopyFrom(
        events_pb2.QuoteColumns(
            price_exponent=-2,
            quantity_exponent=-5,
            arrival=[3],
            exchange_time_ns=[0],
            receive_time_ns=[at(130)],
            bid_price=[4_200_010],
            bid_quantity=[50_000],
            ask_price=[4_200_050],
            ask_quantity=[70_000],
            update_id=[400],
        )
    )
    batch.statuses.CopyFrom(_status(4, events_pb2.STREAM_STATUS_LIVE, at(140), last=at(130)))
    return batch


def status_only() -> events_pb2.EventBatch:
    """Return a batch that says that nothing came and the stream is lost; every table but the statuses is absent."""
    batch = _batch(BTC, first_frame=0, last_frame=0, sequence=6)
    batch.statuses.CopyFrom(_status(0, events_pb2.STREAM_STATUS_DISCONNECTED, at(1_140), last=0))
    return batch


def _history() -> events_pb2.EventBatch:
    batch = _batch(BTC, first_frame=0, last_frame=0, sequence=0)
    batch.candles.CopyFrom(
        events_pb2.CandleColumns(
            price_exponent=-2,
            quantity_exponent=-5,
            arrival=[0, 1],
            open_time_ns=[START - 2 * SECOND, START - SECOND],
            interval_ns=[SECOND, SECOND],
            open=[4_199_800, 4_199_900],
            high=[4_200_000, 4_200_020],
            low=[4_199_800, 4_199_890],
            close=[4_199_900, 4_200_010],
            volume=[150_000, 0],
            is_closed=[1, 1],
        )
    )
    return batch


def _derivatives() -> events_pb2.EventBatch:
    batch = _batch(INVERSE, first_frame=3, last_frame=4, sequence=1)
    batch.values.CopyFrom(
        events_pb2.ValueColumns(
            value_exponent=-8,
            arrival=[0, 1, 2],
            exchange_time_ns=[at(90)] * 3,
            receive_time_ns=[at(95)] * 3,
            kind=[
                events_pb2.VALUE_KIND_MARK_PRICE,
                events_pb2.VALUE_KIND_FUNDING_RATE,
                events_pb2.VALUE_KIND_OPEN_INTEREST,
            ],
            value=[4_200_123_000_000, -12_500, 98_765_400_000_000],
        )
    )
    # Whole contracts and prices on tens: both exponents may be zero or above.
    batch.liquidations.CopyFrom(
        events_pb2.TradeColumns(
            price_exponent=1,
            quantity_exponent=0,
            arrival=[3],
            exchange_time_ns=[at(92)],
            receive_time_ns=[at(96)],
            price=[4_199],
            quantity=[250],
            taker_side=[2],
        )
    )
    return batch


def _small_numbers() -> events_pb2.EventBatch:
    """Return the finest scale and the largest integer that a column is promised to hold, and columns that are not known."""
    batch = _batch(BTC, first_frame=30, last_frame=30, sequence=9)
    batch.trades.CopyFrom(
        events_pb2.TradeColumns(
            price_exponent=-18,
            quantity_exponent=-18,
            arrival=[0],
            exchange_time_ns=[at(200)],
            receive_time_ns=[at(210)],
            price=[2**63 - 1],
            quantity=[1],
        )
    )
    return batch


def _frames(first: int, payloads: list[bytes], refusals: list[str] | None = None) -> frames_pb2.FrameBatch:
    return frames_pb2.FrameBatch(
        venue="alpha",
        connection="spot-0",
        connection_epoch=1,
        first_sequence=first,
        frames=b"".join(payloads),
        lengths=[len(payload) for payload in payloads],
        receive_time_ns=[at(110 + 20 * number) for number in range(len(payloads))],
        refusals=refusals or [],
    )


def _batch(instrument: str, *, first_frame: int, last_frame: int, sequence: int) -> events_pb2.EventBatch:
    return events_pb2.EventBatch(
        venue=instrument.partition(":")[0],
        instrument=instrument,
        connection="spot-0",
        connection_epoch=1,
        sequence=sequence,
        first_frame=first_frame,
        last_frame=last_frame,
        receive_time_ns=at(140),
        event_time_ns=at(130),
    )


def _trades(
    *, arrival: list[int], price: list[int], quantity: list[int], sides: list[int], ids: list[int]
) -> events_pb2.TradeColumns:
    count = len(arrival)
    return events_pb2.TradeColumns(
        price_exponent=-2,
        quantity_exponent=-5,
        arrival=arrival,
        exchange_time_ns=[at(120)] * count,
        receive_time_ns=[at(130)] * count,
        price=price,
        quantity=quantity,
        taker_side=sides,
        trade_id=ids,
    )


def _status(arrival: int, status: int, time_ns: int, *, last: int) -> events_pb2.StatusColumns:
    return events_pb2.StatusColumns(
        arrival=[arrival],
        receive_time_ns=[time_ns],
        status=[status],
        frames=[19],
        gaps=[0],
        refused=[1],
        last_receive_time_ns=[last],
        clock_offset_ns=[-1_270_000_000],
    )
