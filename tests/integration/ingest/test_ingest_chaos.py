"""Whatever a socket gives, ingest counts it, keeps it, and goes on with a book that is whole or says that it is not."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from services.ingest.adapters.keeper import Patience
from services.ingest.adapters.publisher import MOST_PENDING_BYTES
from sextant.bus.port import Outgoing, Position, Producer
from sextant.contracts.market.v1 import events_pb2, reference_pb2
from sextant.runtime.stamp import identity_of
from sextant.venues.binance.books import BookLane
from tests.support.ingest import RunningIngest, ingest_platform, running_ingest, until
from tests.support.scripted_venue import NOW_MS, ScriptedVenue, scripted_venue

LIVE, INVALID, LOST = (
    events_pb2.STREAM_STATUS_LIVE,
    events_pb2.STREAM_STATUS_BOOK_INVALID,
    events_pb2.STREAM_STATUS_DISCONNECTED,
)
NAME = "alpha:BTC/USDT"
QUICK = Patience(ping_s=0.3, pong_s=0.3, message_s=5.0, check_s=0.05, good_s=0.0)


@asynccontextmanager
async def live(
    patience: Patience = QUICK, **own: object
) -> AsyncIterator[tuple[ScriptedVenue, RunningIngest, BookLane]]:
    """A venue with settings of its own and an ingest whose book of it is whole."""
    async with scripted_venue() as venue:
        settings = {
            "protocol": "binance-spot",
            "operator": "a",
            "rest_url": venue.rest_url,
            "stream_url": venue.stream_url,
            **own,
        }
        platform = ingest_platform({"alpha": settings})
        async with running_ingest(platform, patience=patience) as ingest:
            await until(lambda: venue.connects == 1)
            await venue.say(venue.change())
            session = ingest.service.sessions[0]
            await until(lambda: session.feed.books[NAME].sync.is_whole)
            yield venue, ingest, session.feed.books[NAME]


def wrong_types(venue: ScriptedVenue) -> bytes:
    return venue.trade(1).replace(b'"100.5"', b"100.5")


def far_ahead(raw: bytes) -> bytes:
    """The frame of a venue whose clock jumped to another century."""
    return raw.replace(b'"E": %d' % NOW_MS, b'"E": 4102444800000')


def by_own_clock(raw: bytes, ahead_ms: int) -> bytes:
    return raw.replace(b"%d" % NOW_MS, b"%d" % (time.time_ns() // 1_000_000 + ahead_ms))


@pytest.mark.parametrize(
    "garbage",
    [
        lambda venue: venue.trade(1)[:-7],
        wrong_types,
        lambda venue: b"\xff\xfe\x00",
        lambda venue: b"[" * 50_000,
        lambda venue: b'{"stream":"btcusdt@trade","data":"' + b"x" * 20_000_000 + b'"}',
        lambda venue: far_ahead(venue.trade(1)),
    ],
    ids=["truncated", "wrong types", "not text", "deeply nested", "20 MB", "far ahead"],
)
async def test_garbage_is_counted_and_journalled_and_stops_nothing(
    garbage: Callable[[ScriptedVenue], bytes],
) -> None:
    async with live() as (venue, ingest, book):
        raw = garbage(venue)
        await venue.say(raw)
        await venue.say(venue.trade(42))
        await venue.say(venue.change())
        await until(lambda: book.sync.last_id == venue.update)
        assert ingest.counter("refused_total", "alpha") == 1
        assert book.sync.is_whole
        ingest.stop.set()
        await until(lambda: not book.link.is_open)
    said = await ingest.batches()
    assert [number for batch in said for number in batch.trades.trade_id] == [42]
    assert max(batch.event_time_ns for batch in said) <= time.time_ns()
    refused = [reason for piece in await ingest.journal() for reason in piece.refusals if reason]
    assert len(refused) == 1
    assert venue.connects == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:-7],
        lambda raw: raw.replace(b'"u": ', b'"u": "x", "v": '),
        lambda raw: raw.replace(b'"a": []', b'"a": [["' + b"9" * 20_000_000 + b'", "1"]]'),
        far_ahead,
    ],
    ids=["truncated", "wrong types", "20 MB", "far ahead"],
)
async def test_a_change_that_cannot_be_read_is_a_gap_and_the_book_is_invalid_until_it_is_whole(
    spoil: Callable[[bytes], bytes],
) -> None:
    """Garbage in place of a change: what it would have done to the book is not known."""
    async with live() as (venue, ingest, book):
        await venue.say(venue.change())
        await until(lambda: book.sync.last_id == venue.update)
        spoilt = spoil(raw := venue.change())
        assert spoilt != raw
        await venue.say(spoilt)
        await until(lambda: ingest.counter("refused_total", "alpha") == 1)
        await venue.say(venue.change())
        await until(lambda: ingest.counter("gaps_total", "alpha") == 1)
        await venue.say(venue.change())
        await until(lambda: book.sync.is_whole)
    pieces = await ingest.journal()
    assert [bool(reason) for piece in pieces for reason in piece.refusals].count(True) == 1
    assert sum(len(piece.lengths) for piece in pieces if "rest" not in piece.connection) == 5
    statuses = [status for batch in await ingest.batches(NAME) for status in batch.statuses.status]
    assert INVALID in statuses[statuses.index(LIVE) :]
    assert venue.connects == 1


async def test_how_far_ahead_a_stamp_may_be_is_said_of_each_venue() -> None:
    async with live(maximum_lead_ms=5_000) as (venue, ingest, _book):
        for number, ahead_ms in ((1, 0), (2, 30_000), (3, 0)):
            await venue.say(by_own_clock(venue.trade(number), ahead_ms))
        await until(lambda: ingest.counter("frames_total", "alpha") == 4)
        assert ingest.counter("refused_total", "alpha") == 1
    trades = [number for batch in await ingest.batches() for number in batch.trades.trade_id]
    assert trades == [1, 3]


async def test_a_connection_that_only_answers_pings_is_replaced() -> None:
    """A venue may keep the socket alive and say nothing on it: nobody else would notice."""
    async with live(Patience(ping_s=0.1, pong_s=0.3, message_s=0.5, check_s=0.05, good_s=0.0)) as (
        venue,
        ingest,
        book,
    ):
        epoch = book.link.epoch
        await until(lambda: venue.connects >= 2)
        await until(lambda: book.link.epoch > epoch)
        assert not book.sync.is_whole
        async with asyncio.timeout(10):
            while not book.sync.is_whole:  # the socket may be replaced at any moment
                with suppress(ConnectionError):
                    await venue.say(venue.change())
                await asyncio.sleep(0.05)
    statuses = [status for batch in await ingest.batches(NAME) for status in batch.statuses.status]
    assert LOST in statuses[: len(statuses) - 1]


async def test_a_gap_voids_the_book_until_it_is_whole_again() -> None:
    async with live() as (venue, ingest, book):
        await venue.say(venue.change())
        await until(lambda: book.sync.last_id == venue.update)
        calls = venue.depth_calls
        await venue.say(venue.change(step=5))
        await until(lambda: ingest.counter("gaps_total", "alpha") == 1)
        await venue.say(venue.change())
        await until(lambda: book.sync.is_whole)
        assert venue.depth_calls > calls
    statuses = [status for batch in await ingest.batches(NAME) for status in batch.statuses.status]
    assert statuses.index(INVALID) < statuses.index(LIVE)
    assert INVALID in statuses[statuses.index(LIVE) :]
    assert statuses[-1] == LOST


async def test_no_best_price_is_said_while_the_book_is_not_whole() -> None:
    async with live() as (venue, ingest, book):
        for step in (1, 1, 3, 1, -1, 1, 1, 1):
            await venue.say(venue.change(step=step))
        await until(lambda: ingest.counter("frames_total", "alpha") == 9)
        await venue.say(venue.change())
        await until(lambda: book.sync.is_whole)
    is_whole = False
    for batch in await ingest.batches(NAME):
        rows = [
            (arrival, "status", status)
            for arrival, status in zip(batch.statuses.arrival, batch.statuses.status, strict=True)
        ]
        depth = zip(batch.depth.arrival, batch.depth.is_snapshot, batch.depth.best_bid_price, strict=True)
        rows += [(arrival, "snapshot" if snapshot else "change", best) for arrival, snapshot, best in depth]
        for _, kind, value in sorted(rows):
            if kind == "status":
                is_whole = value == LIVE
            elif kind == "snapshot":
                is_whole = True
            assert is_whole or kind != "change" or value == 0


async def test_an_event_out_of_order_is_refused_and_voids_the_book() -> None:
    async with live() as (venue, ingest, book):
        first = venue.change()
        for raw in (first, venue.change(), first):
            await venue.say(raw)
        await until(lambda: ingest.counter("refused_total", "alpha") == 1)
        assert ingest.counter("gaps_total", "alpha") == 1
        await venue.say(venue.change())
        await until(lambda: book.sync.is_whole)


@pytest.mark.parametrize("how", ["drop", "silence"])
async def test_a_lost_or_silent_connection_is_replaced_in_a_new_epoch(how: str) -> None:
    async with live() as (venue, ingest, book):
        epoch = book.link.epoch
        if how == "drop":
            await venue.drop()
        else:
            venue.fall_silent()
        await until(lambda: venue.connects == 2)
        await venue.say(venue.change())
        await until(lambda: book.sync.is_whole)
        assert book.link.epoch > epoch
        assert ingest.counter("reconnects_total", "alpha") == 1
    statuses = [status for batch in await ingest.batches(NAME) for status in batch.statuses.status]
    assert LOST in statuses[: len(statuses) - 1]


async def test_candles_come_before_live_data_and_identities_grow() -> None:
    async with live() as (venue, ingest, _book):
        for number in range(50):
            await venue.say(venue.trade(number))
        await until(lambda: ingest.counter("frames_total", "alpha") == 51)
    batches = await ingest.batches(NAME)
    assert list(batches[0].candles.is_closed) == [1, 1]
    assert not any(batch.candles.arrival for batch in batches[1:])
    records = await ingest.records("market.events.v1")
    orders = [identity_of(record).order for record in records]
    assert orders == sorted(set(orders))
    assert {record.key for record in records} == {b"BTC"}
    assert [number for batch in batches for number in batch.trades.trade_id] == list(range(50))


async def test_rules_are_published_once_though_ingest_restarts() -> None:
    async with live() as (venue, ingest, _book):
        assert venue.port
    async with running_ingest(ingest.resources.platform, bus=ingest.bus):
        pass
    published = [
        reference_pb2.Instrument.FromString(record.value or b"")
        for record in await ingest.records("market.instruments.v1")
    ]
    assert [(each.instrument, each.version, each.tick.value) for each in published] == [(NAME, 1, "0.01")]


async def test_a_venue_that_asks_for_patience_gets_it() -> None:
    async with scripted_venue() as venue:
        venue.refuse_rest = 1
        settings = {
            "protocol": "binance-spot",
            "operator": "a",
            "rest_url": venue.rest_url,
            "stream_url": venue.stream_url,
        }
        async with running_ingest(ingest_platform({"alpha": settings})) as ingest:
            await until(lambda: venue.connects == 1)
            await until(lambda: ingest.resources.health.report("websocket/alpha")[0])


async def test_a_venue_that_cannot_be_reached_holds_up_no_other() -> None:
    async with scripted_venue() as venue:
        near = {
            "protocol": "binance-spot",
            "operator": "a",
            "rest_url": venue.rest_url,
            "stream_url": venue.stream_url,
        }
        far = near | {"rest_url": "http://127.0.0.1:9", "stream_url": "ws://127.0.0.1:9"}
        async with running_ingest(ingest_platform({"far": far, "near": near})) as ingest:
            await until(lambda: venue.connects == 1)
            await venue.say(venue.change())
            await until(lambda: ingest.counter("books_whole", "near") == 1)
            assert not ingest.resources.health.report("websocket/far")[0]


class Gate:
    """A log that answers only while it is open."""

    def __init__(self, producer: Producer) -> None:
        self._producer, self.opened = producer, asyncio.Event()

    async def send(self, records: Sequence[Outgoing]) -> list[Position]:
        await self.opened.wait()
        return await self._producer.send(records)

    async def prepare(self, topics: Sequence[str]) -> None:
        await self._producer.prepare(topics)


async def test_a_slow_log_stops_the_reading_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with live() as (venue, ingest, _book):
        feed, publisher = ingest.service.sessions[0].feed, ingest.service.sessions[0].publisher
        gate = Gate(ingest.bus.producer())
        monkeypatch.setattr(publisher, "_producer", gate)
        padding = {"padding": "x" * 200_000}
        frames = [
            venue.wrap("trade", json.loads(venue.trade(number))["data"] | padding) for number in range(120)
        ]
        saying = asyncio.create_task(say_all(venue, frames))
        await until(lambda: publisher.is_behind)
        await asyncio.sleep(0.3)
        assert feed.pending_bytes < 2 * MOST_PENDING_BYTES
        assert not saying.done()
        gate.opened.set()
        await saying
        await until(lambda: ingest.counter("frames_total", "alpha") == 121)
    trades = [number for batch in await ingest.batches(NAME) for number in batch.trades.trade_id]
    assert trades == list(range(120))


async def say_all(venue: ScriptedVenue, frames: list[bytes]) -> None:
    for frame in frames:
        await venue.say(frame)
