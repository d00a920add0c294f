"""What can go wrong with the log."""

from __future__ import annotations

from sextant.core.errors import Fatal, Retryable


class BusUnavailable(Retryable):
    """Nobody answers at the address."""

    def __init__(self, *, address: str, reason: str) -> None:
        super().__init__(f"log at {address}: {reason}")
        self.address, self.reason = address, reason


class OutputLost(Fatal):
    """An output was not acknowledged: stop without committing, the restart sends it again."""


class MembershipLost(Retryable):
    """The group has given the partitions to somebody else."""
