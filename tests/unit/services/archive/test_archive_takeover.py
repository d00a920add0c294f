"""An archive that was held while another one took over: the manifests stay whole, and it goes on as a member."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from services.archive.adapters.parquet import ParquetArchive
from services.archive.domain.manifest import problems
from services.archive.service import ArchiveService
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Outgoing, TopicPartition
from sextant.core.time import SECOND, SystemClock
from tests.support.resources import make_resources
from tests.support.sleepers import LeapingClock, Sleeper

TOPIC = "execution.fills.v1"
AT = TopicPartition(TOPIC, 3)


class Life:
    def __init__(self, log: MemoryLog, folder: Path, instance: str) -> None:
        self.bus, self.clock, self.stop = Sleeper(log), LeapingClock(), asyncio.Event()
        self.resources = make_resources("archive", self.bus, instance=instance, clock=self.clock)
        service = ArchiveService(self.resources, ParquetArchive(folder))
        self.task = asyncio.create_task(service.run(self.stop))

    @property
    def lost(self) -> float:
        return self.resources.metrics.get_sample_value("sextant_archive_memberships_lost_total") or 0.0

    async def end(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, 20)


def fill(number: int) -> Outgoing:
    return Outgoing(AT.topic, AT.partition, b"k", f"v{number}".encode(), {})


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        await asyncio.sleep(0.01)


async def test_an_archive_that_lost_its_partitions_drops_them_and_leaves_no_hole_and_no_overlap(
    tmp_path: Path,
) -> None:
    log, archive = MemoryLog(SystemClock()), ParquetArchive(tmp_path)
    await MemoryBus(log).ensure_topics()
    old = Life(log, tmp_path, "old")
    await asyncio.sleep(0.1)
    log.append([fill(number) for number in range(5)])
    await asyncio.sleep(0.1)
    old.bus.hold()
    new = Life(log, tmp_path, "new")
    await asyncio.sleep(0.7)
    log.append([fill(number) for number in range(5, 9)])
    await asyncio.sleep(0.7)
    new.clock.leapt_ns = old.clock.leapt_ns = 61 * SECOND
    await until(lambda: log.group("archive").committed(AT) == 9)
    old.bus.wake()
    await until(lambda: old.lost == 1)
    log.append([fill(number) for number in range(9, 12)])
    await old.end()
    await new.end()
    parts = archive.parts(TOPIC)
    assert problems(parts) == []
    assert (parts[0].first, parts[-1].last) == (0, 11)
