"""Both keepers of the books behave alike, and refuse whoever is no longer the owner; Postgres stands concurrent migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

import asyncpg
import pytest

from services.ledger.adapters.memory import MemoryLedgerStore
from services.ledger.adapters.postgres import PostgresLedgerStore
from services.ledger.domain.audit import Act, first_broken
from services.ledger.domain.books import Book
from services.ledger.domain.entries import Fill, deposit_entry, fill_entry
from services.ledger.store import EPOCH_ROOM, Booking, BooksDiffer, Claim, Deed, LedgerStore, OwnerFenced
from sextant.bus.port import Position
from sextant.core.instruments import Side

FILLS = "execution.fills.v1"


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[LedgerStore]:
    if request.param == "memory":
        yield MemoryLedgerStore()
        return
    postgres = await PostgresLedgerStore.connect(request.getfixturevalue("postgres_dsn"))
    yield postgres
    await postgres.close()


def booking(number: int, portfolio: str, side: Side = Side.BUY) -> Booking:
    fill = Fill(
        f"{portfolio}/{number}", "sx1", portfolio, "alpha-main", "alpha:BTC/USDT", side,
        Decimal("0.00000001"), Decimal("61234.56"), Decimal("0.00000000001"), "BTC", number,
    )  # fmt: skip
    return Booking(fill_entry(fill), fill, b"way", b"trace", Position(FILLS, 3, number))


async def claim_on(store: LedgerStore, topic: str = FILLS, now_ns: int = 5) -> Claim:
    return await store.acquire(topic, 3, "here", now_ns)


async def test_booking_twice_books_once_and_moves_the_offset(store: LedgerStore) -> None:
    books, claim = {"twice": await store.load("twice")}, await claim_on(store)
    first = await store.book(claim, books, [booking(1, "twice"), booking(2, "twice")], 8)
    again = await store.book(claim.at(8), books, [booking(2, "twice"), booking(3, "twice")], 9)
    assert [each.number for each in first] == [1, 2]
    assert [each.booking.entry.source_id for each in again] == ["twice/3"]
    assert (await claim_on(store)).next_offset == 9
    assert books["twice"].balances[("venue:alpha-main", "BTC")] == Decimal("0.00000002997")


async def test_books_loaded_again_are_what_was_booked(store: LedgerStore) -> None:
    books, claim = {"again": await store.load("again")}, await claim_on(store)
    opening = Booking(deposit_entry("again", "alpha-main", "BTC", Decimal("0.5")), None)
    bookings = [opening, booking(1, "again"), booking(2, "again", Side.SELL)]
    await store.book(claim, books, bookings, claim.next_offset)
    loaded = await store.load("again")
    assert loaded == books["again"]
    gained = loaded.balances["venue:alpha-main", "BTC"] - loaded.openings["venue:alpha-main", "BTC"]
    assert loaded.positions["alpha:BTC/USDT"].quantity == gained != 0, "commissions were paid in BTC"
    loaded.post(booking(3, "again").entry, None)
    assert await store.load("again") == books["again"], "what is loaded is a copy"


async def test_entries_stay_unpublished_until_the_log_has_them(store: LedgerStore) -> None:
    books, claim = {"unsent": await store.load("unsent")}, await claim_on(store)
    new = await store.book(claim, books, [booking(1, "unsent")], claim.next_offset)
    waiting = await store.unpublished("unsent")
    assert [(each.number, each.booking.entry, each.booking.trace, each.booking.at) for each in waiting] == [
        (1, new[0].booking.entry, b"trace", Position(FILLS, 3, 1))
    ]
    await store.published(waiting)
    assert await store.unpublished("unsent") == []


async def test_the_first_equity_of_a_day_is_its_start(store: LedgerStore) -> None:
    day, claim = date(2026, 1, 2), await claim_on(store)
    assert await store.day_start(claim, "p", day, 100.0) == 100.0
    assert await store.day_start(claim, "p", day, 90.0) == 100.0


async def test_a_partition_that_nothing_was_applied_of_has_no_offset(store: LedgerStore) -> None:
    assert (await claim_on(store, "execution.orders.v1")).next_offset is None


async def test_each_owner_stands_above_the_one_before_even_when_its_clock_is_behind(
    store: LedgerStore,
) -> None:
    epochs = [(await claim_on(store, "epochs", now_ns)).epoch for now_ns in (100, 50, 50, 10**18)]
    assert epochs == [100, 100 + EPOCH_ROOM, 100 + 2 * EPOCH_ROOM, 10**18]


@pytest.mark.parametrize("write", ["book", "nothing", "day", "audit"])
async def test_an_owner_before_the_last_writes_nothing(store: LedgerStore, write: str) -> None:
    old = await claim_on(store, f"{write}.old")
    books = {write: await store.load(write)}
    new = await claim_on(store, f"{write}.old")
    with pytest.raises(OwnerFenced, match=f"own epoch {old.epoch} .* current epoch {new.epoch}"):
        await do(store, write, old, books)
    assert books[write] == await store.load(write) == Book(write)
    assert (await claim_on(store, f"{write}.old")).next_offset is None


@pytest.mark.parametrize("write", ["book", "nothing", "day", "audit"])
async def test_a_write_from_another_offset_than_the_partitions_is_refused(
    store: LedgerStore, write: str
) -> None:
    claim, books = await claim_on(store, f"{write}.at"), {write: await store.load(write)}
    await store.book(claim, {}, [], 4)
    with pytest.raises(OwnerFenced, match=r"at offset None, .* at offset 4"):
        await do(store, write, claim, books)
    assert (await claim_on(store, f"{write}.at")).next_offset == 4
    assert await store.load(write) == Book(write)


async def do(store: LedgerStore, write: str, claim: Claim, books: dict[str, Book]) -> None:
    """Try one kind of write."""
    match write:
        case "book":
            await store.book(claim, books, [booking(1, "book")], 7)
        case "nothing":
            await store.book(claim, books, [], 7)
        case "day":
            await store.day_start(claim, "day", date(2026, 1, 3), 1.0)
        case "audit":
            await store.append_audit(claim, [deed(1)], 7)


async def test_of_two_writes_with_one_claim_one_counts(store: LedgerStore) -> None:
    claim, books = await claim_on(store, "both"), [{"both": await store.load("both")} for _ in "12"]
    writes = [store.book(claim, own, [booking(n, "both")], 1) for n, own in zip((1, 2), books, strict=True)]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert sorted(isinstance(each, OwnerFenced) for each in outcomes) == [False, True]
    assert (
        await store.load("both") == books[[isinstance(each, list) for each in outcomes].index(True)]["both"]
    )


def deed(number: int, source: str = "s") -> Deed:
    return Deed(f"{source}/{number}", Act("ops", "command.HALT", {"n": str(number)}, number), b"way")


async def test_links_stay_unpublished_until_the_log_has_them(store: LedgerStore) -> None:
    claim = await claim_on(store, "links")
    new = await store.append_audit(claim, [deed(1), deed(2)], 2)
    assert [each.link.detail for each in new] == ['{"n":"1"}', '{"n":"2"}']
    assert len(await store.append_audit(claim.at(2), [deed(2), deed(3), deed(3)], 3)) == 1
    waiting = await store.unpublished_audit()
    assert [each for each in waiting if each in new] == new
    await store.audit_published(waiting[:-1])
    assert await store.unpublished_audit() == waiting[-1:]
    assert waiting[-1].link.detail == '{"n":"3"}'
    assert first_broken([each.link for each in waiting]) is None


async def test_the_audit_chain_is_whole_when_written_at_once(store: LedgerStore) -> None:
    before = await store.unpublished_audit()
    claims = [await claim_on(store, f"source{n}") for n in range(5)]
    links = await asyncio.gather(
        *(store.append_audit(claim, [deed(1, claim.topic), deed(2, claim.topic)], 1) for claim in claims)
    )
    chain = sorted({each.link.number: each.link for part in (before, *links) for each in part}.items())
    numbers = [number for number, _ in chain]
    assert numbers[-10:] == list(range(numbers[-1] - 9, numbers[-1] + 1))
    assert all(later.previous_hash == link.hash for (_, link), (_, later) in pairwise(chain[-10:]))


async def test_concurrent_starts_migrate_once(postgres_dsn: str) -> None:
    stores = await asyncio.gather(*(PostgresLedgerStore.connect(postgres_dsn) for _ in range(3)))
    assert await stores[0].load("nobody") == Book("nobody")
    for each in stores:
        await each.close()


async def test_a_number_that_is_given_already_is_named_and_changes_nothing(postgres_dsn: str) -> None:
    store = await PostgresLedgerStore.connect(postgres_dsn)
    topic, name = "differ", "differ"
    claim, books = await claim_on(store, topic), {name: await store.load(name)}
    await foreign(postgres_dsn, name)
    with pytest.raises(BooksDiffer, match="duplicate key"):
        await store.book(claim, books, [booking(1, name)], 1)
    assert books[name] == Book(name)
    again, books = await claim_on(store, topic), {name: await store.load(name)}
    assert again.next_offset is None
    [new] = await store.book(again, books, [booking(1, name)], 1)
    assert new.number == 2, "whoever loads the books again knows what is there"
    await store.close()


async def foreign(dsn: str, portfolio: str) -> None:
    """Write an entry past every fence, as a ledger of an older version would."""
    db = await asyncpg.connect(dsn, server_settings={"search_path": "ledger"})
    try:
        await db.execute(
            "insert into entries values ($1, $2, 1, 1, 's', 'c', 1, '', '', true)",
            f"foreign/{portfolio}",
            portfolio,
        )
    finally:
        await db.close()
