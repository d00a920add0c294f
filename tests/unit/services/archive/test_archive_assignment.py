"""An archive that is given its partitions: each manifest is read once, beside the loop."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from services.archive.adapters.parquet import ParquetArchive
from services.archive.service import ArchiveService
from sextant.bus.memory import MemoryBus, MemoryLog
from sextant.bus.port import Record, TopicPartition
from sextant.core.time import SystemClock
from tests.support.resources import make_resources

FILLS, ORDERS = "execution.fills.v1", "execution.orders.v1"


class Looked(ParquetArchive):
    """An archive that knows of which manifests it was asked, and whether the loop waited."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[tuple[str, bool]] = []

    def next_offsets(self, topic: str) -> Mapping[int, int]:
        self.asked.append((topic, threading.current_thread() is threading.main_thread()))
        return super().next_offsets(topic)


async def test_an_assignment_reads_each_manifest_once_and_beside_the_loop(tmp_path: Path) -> None:
    for partition in (1, 3):
        record = Record(FILLS, partition, 4, b"k", b"v", {}, 0)
        ParquetArchive(tmp_path).write(FILLS, partition, [record])
    archive = Looked(tmp_path)
    service = ArchiveService(make_resources("archive", MemoryBus(MemoryLog(SystemClock()))), archive)
    given = [TopicPartition(topic, number) for topic in (FILLS, ORDERS) for number in range(8)]
    starts = await service.assigned(given)
    assert starts == {TopicPartition(FILLS, 1): 5, TopicPartition(FILLS, 3): 5}
    assert archive.asked == [(FILLS, False), (ORDERS, False)]
