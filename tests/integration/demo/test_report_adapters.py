"""The checker's adapters against what they ask: a venue on a socket through ccxt, the ledger's own Postgres, a real broker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from services.ledger.adapters.postgres import PostgresLedgerStore
from services.ledger.domain.entries import Fill, deposit_entry, fill_entry
from services.ledger.store import Booking
from sextant.bus.kafka import KafkaBus
from sextant.bus.kafka.lag import KafkaGroupOffsets, lags
from sextant.bus.layout import TopicLayout
from sextant.bus.port import Outgoing, TopicPartition
from sextant.core.instruments import Side
from sextant.demo.report.invariants import trial_balance
from sextant.demo.report.ledger_books import PostgresBooks, state_hash
from sextant.demo.report.reading import whole_topic
from sextant.demo.report.venue_books import CcxtAccount
from simulator.exchange.interface import Side as VenueSide
from tests.integration.simulator.venues import API_KEY, SECRET, RunningVenue, ccxt_client, running_venue

TOPIC, GROUP = "report-lag", "report-lag-group"


@pytest.fixture
async def venue() -> AsyncIterator[RunningVenue]:
    async with running_venue() as running:
        running.quote(VenueSide.SELL, "1", "60010")
        running.quote(VenueSide.SELL, "1", "60020")
        yield running


async def test_a_venue_account_is_stated_in_exact_numbers(venue: RunningVenue, tmp_path: Path) -> None:
    async with ccxt_client(venue, pro=False) as client:
        await client.create_order(
            "BTC/USDT", "limit", "buy", 1.1, 60020, {"clientOrderId": "sxone", "timeInForce": "IOC"}
        )
        await client.create_order("ETH/USDT", "limit", "buy", 0.5, 2000, {"clientOrderId": "sxtwo"})
    (tmp_path / "key.json").write_text(json.dumps({"api_key": API_KEY, "secret": SECRET}))

    account = CcxtAccount.of_file(f"127.0.0.1:{venue.port}", tmp_path / "key.json")
    said = await account.statement(["BTC/USDT", "ETH/USDT", "XYZ/USDT"])

    assert {each.client_order_id: (each.quantity, each.filled, each.is_open) for each in said.orders} == {
        "sxone": (Decimal("1.1"), Decimal("1.1"), False),
        "sxtwo": (Decimal("0.5"), Decimal(0), True),
    }
    assert [(each.symbol, each.quantity, each.price) for each in said.trades] == [
        ("BTCUSDT", Decimal(1), Decimal(60010)),
        ("BTCUSDT", Decimal("0.1"), Decimal(60020)),
    ]
    paid = 60010 + Decimal("0.1") * 60020
    commission = sum((each.commission for each in said.trades), start=Decimal(0))
    assert said.trades[0].commission_asset == "BTC"
    assert said.balances["USDT"] == 1_000_000 - paid
    assert said.balances["BTC"] == 10 + Decimal("1.1") - commission


async def test_a_venue_that_does_not_answer_is_named() -> None:
    with pytest.raises(OSError, match=r"venue at 127\.0\.0\.1:1"):
        await CcxtAccount("127.0.0.1:1", "key", "secret").statement(["BTC/USDT"])


async def test_the_tables_are_what_the_ledger_wrote(postgres_dsn: str) -> None:
    store = await PostgresLedgerStore.connect(postgres_dsn)
    fill = Fill(
        "alpha-main/BTCUSDT/1", "sx1", "main", "alpha-main", "alpha:BTC/USDT", Side.BUY,
        Decimal("0.00000001"), Decimal("61234.56"), Decimal("0.00000000001"), "BTC", 5,
    )  # fmt: skip
    bookings = [
        Booking(deposit_entry("main", "alpha-main", "USDT", Decimal("100000")), None),
        Booking(fill_entry(fill), fill),
    ]
    try:
        claim = await store.acquire("execution.fills.v1", 0, "0", 1)
        await store.book(claim, {"main": await store.load("main")}, bookings, 1)
    finally:
        await store.close()

    tables = await PostgresBooks(postgres_dsn).tables()

    assert sorted(row.entry_id for row in tables.entries) == [
        "fill/alpha-main/BTCUSDT/1",
        "opening/alpha-main/USDT",
    ]
    assert {(row.account, row.asset): row.amount for row in tables.balances}[
        ("fees", "BTC")
    ] == fill.commission
    assert trial_balance(tables) == {"BTC": 0, "USDT": 0}
    assert [row.quantity for row in tables.positions] == [fill.quantity - fill.commission], (
        "paid in what was bought"
    )
    assert state_hash(tables) == state_hash(await PostgresBooks(postgres_dsn).tables())


async def test_a_database_without_a_ledger_is_an_error(local_stack: object, postgres_dsn: str) -> None:
    dsn = postgres_dsn.rpartition("/")[0] + "/nothing"
    with pytest.raises(OSError, match="ledger's database"):
        await PostgresBooks(dsn).tables()


class _Anything:
    async def assigned(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {}

    async def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        return None


async def test_lag_is_what_a_group_has_not_committed(kafka_bootstrap: str) -> None:
    bus = await KafkaBus(kafka_bootstrap, client_id="report-test").start()
    try:
        await bus.create_topics([TopicLayout(TOPIC, 3, 3_600_000)])
        sent = [Outgoing(TOPIC, number % 2, b"key", b"value") for number in range(10)]
        await bus.producer().send(sent)
        consumer = await bus.group(GROUP, [TOPIC], _Anything(), instance="one")
        read = 0
        while read < 10:
            read += sum(map(len, (await consumer.poll(max_records=10, timeout_s=1)).values()))
        await consumer.commit({TopicPartition(TOPIC, 0): 3})
        ends = await bus.end_offsets(TOPIC)
        async with KafkaGroupOffsets(kafka_bootstrap) as offsets:
            committed, unknown = await offsets.committed(GROUP), await offsets.committed("nobody")
        records = [record async for record in whole_topic(bus, TOPIC)]
    finally:
        await bus.stop()

    assert committed == {TopicPartition(TOPIC, 0): 3}
    assert lags(ends, committed, [TOPIC]) == {TopicPartition(TOPIC, 0): 2, TopicPartition(TOPIC, 1): 5}
    assert unknown == {}
    assert [(record.partition, record.offset) for record in records] == [
        *((0, offset) for offset in range(5)),
        *((1, offset) for offset in range(5)),
    ]
