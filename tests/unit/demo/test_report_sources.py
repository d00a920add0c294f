"""What the checker reads: venues' JSON, metrics, manifests, books, lag."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from sextant.bus.kafka.lag import lags
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, TopicPartition
from sextant.contracts.batches import BatchWriter, Best, Levels
from sextant.core.errors import InvalidValue
from sextant.core.identity import Identity, Root
from sextant.demo.report.archived import archive_problems, read_manifest
from sextant.demo.report.books_watch import BookWatch
from sextant.demo.report.market import read_market
from sextant.demo.report.metrics import ingest_counters
from sextant.demo.report.orders import read_orders
from sextant.demo.report.venue_text import PAGE_ROWS, all_pages, balances_of, order_of, trade_of
from tests.unit.demo.report_story import BOOK_INVALID, EVENTS, FILLS, LIVE, SCALE, write_offsets

STATE, FACTS = "risk.state.v1", "risk.decisions.v1"


def _order(number: int) -> dict[str, object]:
    return {
        "symbol": "BTCUSDT",
        "orderId": number,
        "clientOrderId": f"sx{number}",
        "origQty": "0.10000000",
        "executedQty": "0.00000001",
        "status": "PARTIALLY_FILLED" if number == 1 else "EXPIRED",
    }


async def test_all_pages_are_read_when_there_are_more_rows_than_one_page_holds() -> None:
    rows = [_order(number) for number in range(1, 2 * PAGE_ROWS + 8)]

    async def page(first: int) -> list[dict[str, object]]:
        return [row for row in rows if int(str(row["orderId"])) >= first][:PAGE_ROWS]

    assert await all_pages(page, "orderId") == rows


def test_orders_trades_and_balances_are_exact() -> None:
    trade = {"symbol": "BTCUSDT", "id": 5, "orderId": 2, "price": "60000.10000000", "qty": "0.00000001"}
    trade |= {"commission": "0.00000000", "commissionAsset": "BTC"}
    balance = {"asset": "BTC", "free": "0.1", "locked": "0.00000002"}

    assert (order_of(_order(1)).filled, order_of(_order(1)).is_open) == (Decimal("0.00000001"), True)
    assert not order_of(_order(2)).is_open
    assert trade_of(trade).price * trade_of(trade).quantity == Decimal("0.000600001")
    assert balances_of({"balances": [balance]}) == {"BTC": Decimal("0.10000002")}


def test_a_number_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidValue, match="origQty"):
        order_of({**_order(1), "origQty": 0.1})


def test_metrics_of_other_services_and_of_no_venue_are_passed_over() -> None:
    text = '# TYPE other_total counter\nother_total{venue="alpha"} 3.0\n'

    assert ingest_counters(text) == {}
    assert ingest_counters("") == {}


def test_lag_counts_a_partition_that_was_never_committed_whole() -> None:
    at = [TopicPartition("one", number) for number in range(3)]
    other = TopicPartition("two", 0)

    assert lags({at[0]: 5, at[1]: 7, at[2]: 0, other: 9}, {at[0]: 5}, ["one"]) == {at[0]: 0, at[1]: 7}


async def test_compaction_and_dropped_snapshots_are_no_holes_but_lost_facts_are(tmp_path: Path) -> None:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    for topic in (STATE, FACTS):
        await bus.producer().send([Outgoing(topic, 0, b"key", b"value") for _ in range(10)])
        await bus.delete_before({TopicPartition(topic, 0): 6})
        _manifest(tmp_path, topic, (0, 2), (6, 9))

    assert await archive_problems(bus, tmp_path) == [f"{FACTS}/0: offsets 3 to 5 are in no file"]


async def test_an_archive_that_names_files_which_are_gone_is_not_whole(tmp_path: Path) -> None:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    await bus.producer().send([Outgoing(FACTS, 0, b"key", b"value")])
    _manifest(tmp_path, FACTS, (0, 0))
    next(tmp_path.glob("*.parquet")).unlink()

    assert await archive_problems(bus, tmp_path) == ["0-0.parquet is named and missing"]


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more"])
async def test_an_archived_file_that_is_no_parquet_is_named(content: bytes, tmp_path: Path) -> None:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    await bus.producer().send([Outgoing(FACTS, 0, b"key", b"value")])
    _manifest(tmp_path, FACTS, (0, 0))
    (tmp_path / "0-0.parquet").write_bytes(content)

    (problem,) = await archive_problems(bus, tmp_path)
    assert problem.startswith("0-0.parquet cannot be read")


async def test_an_empty_archive_is_not_whole(tmp_path: Path) -> None:
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()

    assert await archive_problems(bus, tmp_path) == [f"{tmp_path}: nothing is archived"]


def test_an_unreadable_part_is_named_and_a_cut_last_line_is_not(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    whole = json.dumps({"partition": 0, "first": 0, "last": 1, "rows": 2, "file": "a"})
    path.write_text(f"{whole}\n{whole[:20]}")
    assert len(read_manifest(path)[0]) == 1

    path.write_text(f"{whole[:20]}\n{whole}\n")
    with pytest.raises(InvalidValue, match=r"manifest\.jsonl:1"):
        read_manifest(path)


def test_a_book_is_broken_until_its_next_snapshot_also_across_connections() -> None:
    watch = BookWatch()
    for number, (epoch, status, has_snapshot) in enumerate(
        [(1, LIVE, True), (1, BOOK_INVALID, False), (2, LIVE, True), (2, LIVE, False)]
    ):
        writer = BatchWriter("alpha", "alpha:BTC/USDT", "spot-0", SCALE)
        if has_snapshot:
            writer.depth(1, 1, 1, 1, Levels([], [], []), Best(1, 1, 2, 1), is_snapshot=True)
        writer.status(1, status, 1, 0, 0, 1, 0)
        watch.see(writer.close(epoch, 0, SCALE), Root("events/0", 0, number))

    states = [watch.is_broken("alpha:BTC/USDT", Root("events/0", 0, number)) for number in range(4)]
    assert states == [False, True, False, False]
    assert not watch.is_broken("alpha:BTC/USDT", Root("state/0", 0, 1))
    assert not watch.is_broken("beta:BTC/USDT", Root("events/0", 0, 1))
    assert watch.problems == []


def test_a_crossed_book_is_told() -> None:
    watch = BookWatch()
    writer = BatchWriter("alpha", "alpha:BTC/USDT", "spot-0", SCALE)
    writer.depth(1, 1, 1, 1, Levels([], [], []), Best(2, 1, 2, 1), is_snapshot=True)

    watch.see(writer.close(1, 0, SCALE), Root("events/0", 0, 0))

    assert watch.problems == ["alpha:BTC/USDT in events/0@0: best bid 2 at or above best ask 2"]


async def test_garbage_counts_as_dead_letter_on_market_topics_and_is_a_problem_where_nothing_may_be_lost() -> (
    None
):
    bus = MemoryBus(MemoryLog())
    await bus.ensure_topics()
    stamped = {"identity": Identity(Root("alpha/spot-0", 1, 1)).encode()}
    garbage = [Outgoing(topic, 0, b"key", b"\xff", stamped) for topic in (EVENTS, FILLS)]
    await bus.producer().send([*garbage, Outgoing(FILLS, 0, b"key", b"")])

    market, orders = await read_market(bus), await read_orders(bus)

    assert market.order_problems == []
    assert [problem.split(":")[0] for problem in orders.order_problems] == [f"{FILLS}/0@0", f"{FILLS}/0@1"]


def _manifest(folder: Path, topic: str, *runs: tuple[int, int]) -> None:
    (folder / topic).mkdir()
    lines = []
    for first, last in runs:
        file = f"{first}-{last}.parquet"
        write_offsets(folder / file, 0, range(first, last + 1))
        part = {"partition": 0, "first": first, "last": last, "rows": last - first + 1, "file": file}
        lines.append(json.dumps(part) + "\n")
    (folder / topic / "manifest.jsonl").write_text("".join(lines))
