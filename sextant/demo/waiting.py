"""When a run is over and when its line is empty."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Collection
from typing import Final

from sextant.bus.kafka import KafkaBus
from sextant.core.errors import Fatal
from sextant.demo.loopback import get

_DRAIN_S: Final = 30.0
_QUIET_S: Final = 2.0
#: So long after the replay's last frame ingest must have read everything, s.
_TAKE_IN_S: Final = 30.0
#: Topics that carry the line from the tick to the entry; the others speak periodically.
_LINE: Final = (
    *("market.events.v1", "market.validated.v1", "features.vectors.v1", "strategies.signals.v1"),
    *("strategies.intents.v1", "risk.decisions.v1", "execution.orders.v1", "execution.fills.v1"),
    "ledger.entries.v1",
)


class NotTakenIn(Fatal):
    """Ingest has not read all frames of a replay that has ended."""

    def __init__(self, *, sent: int, read: int) -> None:
        super().__init__(
            f"ingest: expected {sent} frames of the replay, read {read} {_TAKE_IN_S:.0f} s after its end"
        )
        self.sent, self.read = sent, read


class ReplayEnd:
    """Tells whether a replay has ended and ingest has read all of it: what still lies in the sockets is not lost, only late."""

    def __init__(self, ports: Collection[int], frames_read: Callable[[], int]) -> None:
        self._ports, self._frames_read = ports, frames_read
        self._deadline: float | None = None

    def is_reached(self) -> bool:
        """Return whether it is over. Raises NotTakenIn when ingest does not come to the end of what was sent."""
        status, body = get(next(iter(self._ports)), "/_replay/status")
        replay = json.loads(body) if status == 200 else {}
        if not replay.get("done"):
            return False
        sent, read = int(replay["frames_sent"]), self._frames_read()
        if read >= sent:
            return True
        now = time.monotonic()
        self._deadline = self._deadline or now + _TAKE_IN_S
        if now > self._deadline:
            raise NotTakenIn(sent=sent, read=read)
        return False


async def wait_quiet(bootstrap: str, check: Callable[[], None]) -> bool:
    """Wait until no topic of the line grows any more; False when one still does after half a minute. Raises what `check` raises."""
    bus = KafkaBus(bootstrap, client_id="sextant-demo")
    await bus.start()
    try:
        before: dict[str, int] = {}
        deadline, since = time.monotonic() + _DRAIN_S, time.monotonic()
        while time.monotonic() < deadline:
            now = {topic: sum((await bus.end_offsets(topic)).values()) for topic in _LINE}
            if now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > _QUIET_S:
                return True
            await asyncio.sleep(0.3)
            check()
        return False
    finally:
        await bus.stop()
