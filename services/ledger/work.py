"""What the service does with each of its input topics: one `Work` for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from services.ledger.store import Claim
from sextant.bus.port import TopicPartition
from sextant.runtime.stage import Input

Item = TypeVar("Item")


class Work(Protocol[Item]):
    """Takes the records of one topic. Raises what the store raises; the caller then drops everything and joins anew."""

    async def open(self, claim: Claim) -> None:
        """Begin with a partition: load what is held of it, say what was not said."""

    def close(self, at: TopicPartition) -> None:
        """Forget a partition; nothing is under way. Those that are not open are passed over."""

    def read(self, record: Input) -> Item:
        """Return what the record asks for. Raises InvalidValue when it cannot be done."""

    async def apply(self, claim: Claim, items: Sequence[Item], next_offset: int, in_ns: int) -> Claim:
        """Do it and say it; return the claim at the next offset."""
