"""The journal in memory: for tests and for the fused topology, whose process is the only writer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.execution.domain.order import Fill, Order, Phase
from services.execution.journal import Context, Draft, Entry, KnownFill, Writer
from services.execution.notes import Kind, Note
from sextant.core.errors import WriterFenced


class MemoryJournal:
    """A `Journal` that several desks of one process may share; it fences like the real one."""

    def __init__(self) -> None:
        self.epochs: dict[str, int] = {}
        self.released: set[str] = set()
        self.orders: dict[str, tuple[Order, Context]] = {}
        self.entries: dict[int, list[Entry]] = {}
        self.commands: dict[str, str] = {}
        self.notes: dict[str, Note] = {}
        self._published: dict[int, int] = {}
        self._fills: dict[str, KnownFill] = {}

    async def acquire(self, portfolio: str, partition: int, owner: str) -> Writer:
        is_clean = portfolio not in self.epochs or portfolio in self.released
        self.epochs[portfolio] = self.epochs.get(portfolio, 0) + 1
        self.released.discard(portfolio)
        return Writer(portfolio, partition, self.epochs[portfolio], is_clean)

    async def check(self, writer: Writer) -> None:
        current = self.epochs.get(writer.portfolio, 0)
        if current != writer.epoch:
            raise WriterFenced(portfolio=writer.portfolio, own_epoch=writer.epoch, current_epoch=current)

    async def release(self, writer: Writer) -> None:
        if self.epochs.get(writer.portfolio) == writer.epoch:
            self.released.add(writer.portfolio)

    async def insert(
        self, writer: Writer, order: Order, context: Context, drafts: Sequence[Draft]
    ) -> Sequence[Entry] | None:
        await self.check(writer)
        if order.terms.client_order_id in self.orders:
            return None
        self.orders[order.terms.client_order_id] = (order, context)
        return self._append(writer.partition, drafts)

    async def update(
        self, writer: Writer, order: Order, fills: Sequence[Fill], drafts: Sequence[Draft]
    ) -> Sequence[Entry]:
        await self.check(writer)
        terms = order.terms
        self.orders[terms.client_order_id] = (order, self.orders[terms.client_order_id][1])
        for fill in fills:
            known = KnownFill(terms.client_order_id, terms.symbol, terms.side.value, fill)
            self._fills.setdefault(fill.fill_id, known)
        return self._append(writer.partition, drafts)

    async def unfinished(self, portfolio: str) -> Sequence[tuple[Order, Context]]:
        return [
            (_reloaded(order), context)
            for order, context in self.orders.values()
            if order.terms.portfolio == portfolio and not (order.state.is_final and order.is_settled)
        ]

    async def find(self, client_order_id: str) -> tuple[Order, Context] | None:
        found = self.orders.get(client_order_id)
        return None if found is None else (_reloaded(found[0]), found[1])

    async def traded(self, venue_account: str) -> Mapping[str, int]:
        symbols = {
            order.terms.symbol: 0
            for order, _ in self.orders.values()
            if order.terms.venue_account == venue_account
        }
        for known in await self.fills(venue_account):
            symbols[known.symbol] = max(symbols[known.symbol], known.fill.exchange_time_ns)
        return symbols

    async def fills(self, venue_account: str) -> Sequence[KnownFill]:
        found = [known for fill_id, known in self._fills.items() if fill_id.startswith(f"{venue_account}/")]
        return sorted(found, key=lambda known: (known.fill.exchange_time_ns, known.fill.fill_id))

    async def next_sequence(self, partition: int) -> int:
        return len(self.entries.get(partition, ()))

    async def unpublished(self, partition: int) -> Sequence[Entry]:
        mark = self._published.get(partition, -1)
        return [entry for entry in self.entries.get(partition, ()) if entry.sequence > mark]

    async def mark_published(self, partition: int, up_to: int) -> None:
        self._published[partition] = max(up_to, self._published.get(partition, -1))

    async def record_command(self, command_id: str, detail: str) -> bool:
        if command_id in self.commands:
            return False
        self.commands[command_id] = detail
        return True

    async def knows_command(self, command_id: str) -> bool:
        return command_id in self.commands

    async def remember(self, notes: Sequence[Note]) -> None:
        for note in notes:
            self.notes.setdefault(note.key, replace(note, number=len(self.notes) + 1))

    async def remembered(self, after: int = 0) -> Sequence[Note]:
        return [
            note
            for note in self.notes.values()
            if (note.kind is Kind.WORD and (note.number > after or not note.is_public))
            or (note.kind is Kind.CLOSING and note.key not in self.orders)
        ]

    async def mark_public(self, command_id: str) -> None:
        if command_id in self.notes:
            self.notes[command_id] = replace(self.notes[command_id], is_public=True)

    def _append(self, partition: int, drafts: Sequence[Draft]) -> list[Entry]:
        entries = self.entries.setdefault(partition, [])
        added = [Entry(len(entries) + number, draft) for number, draft in enumerate(drafts)]
        entries.extend(added)
        return added


def _reloaded(order: Order) -> Order:
    """Return the order as a journal on disk would give it back: what we were about to do is not in it."""
    if order.state.is_final:
        return order
    phase = Phase.LIVE if order.is_acknowledged else Phase.CALLING
    return replace(order, phase=phase, asking_since_ns=0, asked=0, denied=0)
