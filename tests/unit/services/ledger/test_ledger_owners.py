"""However several owners of one partition overlap, each fill is booked once, in order, and who may still write has the right books."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.adapters.memory import MemoryLedgerStore
from services.ledger.domain.books import Book
from services.ledger.domain.entries import Fill, fill_entry
from services.ledger.store import Booking, Claim, LedgerStore, OwnerFenced
from sextant.core.instruments import Side

FILLS = "execution.fills.v1"
STEPS = ("take", "read", "write")


def booking(number: int) -> Booking:
    fill = Fill(
        str(number), "sx1", "main", "alpha-main", "alpha:BTC/USDT", Side.BUY,
        Decimal(number), Decimal(1), Decimal(0), "", number,
    )  # fmt: skip
    return Booking(fill_entry(fill), fill)


@dataclass
class Owner:
    """A ledger cut into its steps: anything may happen to others between two of them."""

    store: LedgerStore
    log: Sequence[Booking]
    claim: Claim | None = None
    books: dict[str, Book] = field(default_factory=dict)
    batch: Sequence[Booking] = ()

    async def do(self, step: str, size: int = 3) -> None:
        """Take a step; one that cannot be taken now is passed over. Who is refused holds nothing any more."""
        try:
            await self._do(step, size)
        except OwnerFenced:
            self.claim, self.batch = None, ()

    async def _do(self, step: str, size: int) -> None:
        if step == "take":
            self.claim = await self.store.acquire(FILLS, 0, "here", 1)
            self.books, self.batch = {"main": await self.store.load("main")}, ()
        elif self.claim is None:
            return
        elif step == "read":
            start = self.claim.next_offset or 0
            self.batch = self.log[start : start + size]
        elif step == "write" and self.batch:
            reached = (self.claim.next_offset or 0) + len(self.batch)
            await self.store.book(self.claim, self.books, self.batch, reached)
            self.claim, self.batch = self.claim.at(reached), ()
            assert self.books["main"] == await self.store.load("main"), "whoever may write knows the books"


@given(
    st.lists(st.integers(1, 8), max_size=12),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(STEPS), st.integers(1, 4)), max_size=40),
)
def test_any_interleaving_books_each_fill_once_and_in_order(
    numbers: list[int], steps: list[tuple[int, str, int]]
) -> None:
    store = MemoryLedgerStore()
    asyncio.run(interleave(store, [booking(number) for number in numbers], steps))
    unique = list(dict.fromkeys(numbers))
    assert [int(each.booking.entry.source_id) for each in store.booked] == unique
    assert [each.number for each in store.booked] == list(range(1, len(unique) + 1))
    book = asyncio.run(store.load("main"))
    assert sum((held.quantity for held in book.positions.values()), Decimal(0)) == sum(unique)
    assert set(book.trial_balance().values()) <= {Decimal(0)}


async def interleave(
    store: LedgerStore, log: Sequence[Booking], steps: Sequence[tuple[int, str, int]]
) -> None:
    """Let three owners take the steps; then let one finish."""
    owners = [Owner(store, log) for _ in range(3)]
    for place, step, size in steps:
        await owners[place].do(step, size)
    last = owners[0]
    await last.do("take")
    while last.claim is not None and (last.claim.next_offset or 0) < len(log):
        await last.do("read")
        await last.do("write")


class Unfenced(MemoryLedgerStore):
    """The control: whoever comes may write."""

    def _fence(self, claim: Claim) -> None:
        return None


def test_without_a_fence_a_woken_owner_leaves_the_new_one_with_wrong_books() -> None:
    steps = [(0, "take", 1), (0, "read", 1), (1, "take", 1), (0, "write", 1), (1, "read", 2), (1, "write", 2)]
    log = [booking(1), booking(2)]
    with pytest.raises(AssertionError, match="knows the books"):
        asyncio.run(interleave(Unfenced(), log, steps))
    asyncio.run(interleave(MemoryLedgerStore(), log, steps))
