"""How long to wait before the next attempt: capped, doubled, jittered."""

from __future__ import annotations


class Backoff:
    """Delays in seconds. Full jitter spreads many clients of one venue after it comes back.

    Source: M. Brooker, "Exponential Backoff And Jitter", 2015. A tenth of the delay is always waited, so that a venue that accepts
    and drops is not hammered.
    """

    def __init__(self, first_s: float = 0.25, longest_s: float = 30.0) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._attempts = 0

    def next(self, chance: float) -> float:
        """Return the next delay for a random number in [0, 1)."""
        ceiling = min(self._first_s * 2.0 ** min(self._attempts, 30), self._longest_s)
        self._attempts += 1
        return ceiling * (0.1 + 0.9 * chance)

    def succeeded(self) -> None:
        """Begin again with the shortest delay."""
        self._attempts = 0
