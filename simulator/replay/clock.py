"""Where the recording stands: receive stamps as a function of the monotonic clock, the speed and pauses."""

import time
from collections.abc import Callable

AS_FAST_AS_READ = 0.0


class ReplayClock:
    """Maps wall time to the recording's receive stamps, in nanoseconds.

    A speed of zero means that there is no schedule: everything is due at once.
    """

    def __init__(
        self, first_ns: int, speed: float, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        if speed < 0.0:
            raise ValueError(f"speed: expected zero or more, was {speed}")
        self.first_ns = first_ns
        self.speed = speed
        self._monotonic_ns = monotonic_ns
        self._started_ns: int | None = None

    def start(self) -> None:
        self._started_ns = self._monotonic_ns()

    def position_ns(self) -> int:
        """Return the stamp that is due now; the first one before the start and while there is no schedule."""
        if self._started_ns is None or self.speed == AS_FAST_AS_READ:
            return self.first_ns
        return self.first_ns + int((self._monotonic_ns() - self._started_ns) * self.speed)

    def seconds_until(self, stamp_ns: int) -> float:
        """Return the wall time until a stamp is due; zero when it is."""
        if self.speed == AS_FAST_AS_READ:
            return 0.0
        return max(0.0, (stamp_ns - self.position_ns()) / self.speed / 1e9)

    def hold(self, paused_ns: int) -> None:
        """Take a pause of some nanoseconds of wall time out of the schedule: what follows is due that much later."""
        if self._started_ns is not None:
            self._started_ns += paused_ns
