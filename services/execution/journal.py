"""The journal port: orders, their facts and the outbox, written only by the current writer of a portfolio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.execution.domain.order import Fill, Order
from services.execution.notes import Note
from sextant.core.errors import Retryable


class JournalUnavailable(Retryable):
    """The journal does not answer; whether the last write took effect is not known."""


@dataclass(frozen=True, slots=True)
class Context:
    """What caused an order; every record about it carries lineage and trace. An operator's order has no decision and no identity."""

    decision: bytes = b""
    identity: bytes = b""
    lineage: bytes = b""
    trace: bytes = b""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to publish, before the journal gives it its place."""

    topic: str
    key: str
    portfolio: str
    payload: bytes
    lineage: bytes
    trace: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A record in the outbox: `sequence` is its place in the partition's order, without holes."""

    sequence: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class Writer:
    """The right to write a portfolio. `is_clean`: the owner before had let go of it, or there was none."""

    portfolio: str
    partition: int
    epoch: int
    is_clean: bool


@dataclass(frozen=True, slots=True)
class KnownFill:
    """A fill with where it belongs, as the journal holds it."""

    client_order_id: str
    symbol: str
    side: int
    fill: Fill


class Journal(Protocol):
    """Every write raises WriterFenced when another instance has raised the portfolio's epoch, JournalUnavailable without a database."""

    async def acquire(self, portfolio: str, partition: int, owner: str) -> Writer:
        """Become the writer of a portfolio: raises its epoch, which fences the writer before."""

    async def check(self, writer: Writer) -> None:
        """Raise WriterFenced when the writer is no longer the current one."""

    async def release(self, writer: Writer) -> None:
        """Let go of the portfolio in good order; nothing happens when somebody else has it by now."""

    async def insert(
        self, writer: Writer, order: Order, context: Context, drafts: Sequence[Draft]
    ) -> Sequence[Entry] | None:
        """Write a new order with its first event in one step; None when the order is known already."""

    async def update(
        self, writer: Writer, order: Order, fills: Sequence[Fill], drafts: Sequence[Draft]
    ) -> Sequence[Entry]:
        """Write an order's next revision, its new fills and its events in one step."""

    async def unfinished(self, portfolio: str) -> Sequence[tuple[Order, Context]]:
        """Return every order that is not final."""

    async def find(self, client_order_id: str) -> tuple[Order, Context] | None:
        """Return one order, final or not."""

    async def traded(self, venue_account: str) -> Mapping[str, int]:
        """Return each symbol that the account ever ordered, with the venue time of its newest fill or 0, ns."""

    async def fills(self, venue_account: str) -> Sequence[KnownFill]:
        """Return all fills of an account, oldest first."""

    async def next_sequence(self, partition: int) -> int:
        """Return the sequence that the partition's next outbox entry gets."""

    async def unpublished(self, partition: int) -> Sequence[Entry]:
        """Return the outbox entries that were not marked as published, in order."""

    async def mark_published(self, partition: int, up_to: int) -> None:
        """Remember that entries up to a sequence are in the log."""

    async def record_command(self, command_id: str, detail: str) -> bool:
        """Remember an operator's command as done; False when it was remembered before."""

    async def knows_command(self, command_id: str) -> bool:
        """Return whether a command was done."""

    async def remember(self, notes: Sequence[Note]) -> None:
        """Keep what was ordered past the journal, whoever owns the portfolio; what is kept already stays as it is."""

    async def remembered(self, after: int = 0) -> Sequence[Note]:
        """Return the words that were kept with numbers above `after` or are not public, and the closing orders that are no orders yet.

        Numbers are given out in the order of writing; what is written at the same time may be seen a little out of order.
        """

    async def mark_public(self, command_id: str) -> None:
        """Remember that a word lies in `control.commands.v1`."""
