"""Catching a stage between the acknowledgement of its outputs and its commit: whoever dies there must say the same again.

The window is a few milliseconds; a blow by the clock falls into it now and then, and a proof that redelivery is harmless would prove
nothing in a run without one. So the stage is held again and again until what it has said is ahead of what it has committed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sextant.bus.kafka import KafkaBus
from sextant.bus.kafka.lag import KafkaGroupOffsets
from sextant.bus.port import Record, TopicPartition
from sextant.runtime.stamp import identity_of

#: The stage that speaks most often, what it reads, what it says.
STAGE: Final = "triangulation"
_INPUT: Final = "market.events.v1"
_OUTPUT: Final = "market.validated.v1"
#: The stage goes on for so long between two looks, s: not in step with its own cycle.
_PAUSE_S: Final = 0.037
#: What a look reads at a time, and how long silence means that nothing more is there, s.
_MANY: Final = 10_000
_EMPTY_S: Final = 0.02


def hold_mid_step(
    bootstrap: str, hold: Callable[[], None], let_go: Callable[[], None], *, seconds: float
) -> bool:
    """Hold the stage mid-step and return True; let it go and return False where that did not succeed in time.

    Raises BusUnavailable; the stage goes on then.
    """
    return asyncio.run(_hold(bootstrap, hold, let_go, seconds))


async def _hold(bootstrap: str, hold: Callable[[], None], let_go: Callable[[], None], seconds: float) -> bool:
    bus = KafkaBus(bootstrap, client_id="sextant-proof")
    await bus.start()
    is_caught = False
    try:
        said, newest = await bus.broadcast([_OUTPUT], from_end=True), dict[int, int]()
        async with KafkaGroupOffsets(bootstrap) as offsets:
            deadline = time.monotonic() + seconds
            while not is_caught and time.monotonic() < deadline:
                await asyncio.sleep(_PAUSE_S)
                hold()
                try:
                    while records := await said.poll(max_records=_MANY, timeout_s=_EMPTY_S):
                        newest.update(newest_roots(records))
                    is_caught = is_ahead(newest, await offsets.committed(STAGE))
                finally:
                    if not is_caught:
                        let_go()
        return is_caught
    finally:
        await bus.stop()


def newest_roots(records: Iterable[Record]) -> dict[int, int]:
    """Return, by partition, the offset of the input record that the newest answer begins at."""
    return {record.partition: identity_of(record).root.sequence for record in records}


def is_ahead(newest: Mapping[int, int], committed: Mapping[TopicPartition, int]) -> bool:
    """Return whether any partition has an answer to a record that is not committed."""
    return any(
        offset >= committed.get(TopicPartition(_INPUT, partition), 0) for partition, offset in newest.items()
    )
