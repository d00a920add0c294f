"""Taking decisions from the log to the desks: halted where one cannot be read or written, held back while the log takes nothing from us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services.execution.desk import Desk
from services.execution.desks import Desks
from services.execution.tools import Tools
from sextant.bus.port import GroupConsumer, Record, TopicPartition
from sextant.core.errors import PoisonRecord, WriterFenced
from sextant.runtime.halted import Halted
from sextant.runtime.stamp import open_record

DECISIONS: Final = "risk.decisions.v1"
#: Journalled records that wait for the log, above which a partition takes no more decisions; it goes on at half of it.
MOST_WAITING: Final = 5_000


class Intake:
    """One consumer's decisions. A halted partition takes none until it is assigned anew; the emergency door still serves it."""

    def __init__(self, tools: Tools, desks: Desks, most_waiting: int = MOST_WAITING) -> None:
        self._tools, self._desks, self._most = tools, desks, most_waiting
        self._halted = Halted(tools.health, tools.log, tools.metrics.halted)
        self._held: set[TopicPartition] = set()

    async def take(
        self, consumer: GroupConsumer, polled: Mapping[TopicPartition, Sequence[Record]], in_ns: int
    ) -> dict[TopicPartition, int]:
        """Journal what was read and look after every desk; return the offsets to commit. Raises JournalUnavailable and other outages."""
        offsets = {}
        for at, records in polled.items():
            if at not in self._halted:
                done = await self._decide(consumer, at, records, in_ns)
                if done is not None:
                    offsets[at] = done
        for partition, desk in list(self._desks.by_partition.items()):
            self._look(consumer, TopicPartition(DECISIONS, partition), desk)
        return offsets

    def release(self, partitions: Iterable[TopicPartition]) -> None:
        """These are ours no more: nothing of them is halted or held back."""
        for at in set(partitions):
            self._held.discard(at)
            self._tools.health.clear(_check(at))
        self._halted.release(partitions)

    async def _decide(
        self, consumer: GroupConsumer, at: TopicPartition, records: Sequence[Record], in_ns: int
    ) -> int | None:
        """Journal the decisions; return the offset to commit, None when nothing was done."""
        done = None
        for record in records:
            try:
                await self._desk(at, record).decide(open_record(record), in_ns)
            except PoisonRecord as error:
                self._halt(consumer, at, str(error))
                break
            except WriterFenced as error:
                self._fenced(consumer, at, error)
                break
            done = record.offset + 1
        return done

    def _desk(self, at: TopicPartition, record: Record) -> Desk:
        desk = self._desks.by_partition.get(at.partition)
        if desk is None:
            reason = "no portfolio lives here"
            raise PoisonRecord(topic=at.topic, partition=at.partition, offset=record.offset, reason=reason)
        return desk

    def _look(self, consumer: GroupConsumer, at: TopicPartition, desk: Desk) -> None:
        try:
            desk.check()
        except WriterFenced as error:
            self._fenced(consumer, at, error)
        if at not in self._halted:
            self._hold_back(consumer, at, desk.waiting)

    def _hold_back(self, consumer: GroupConsumer, at: TopicPartition, waiting: int) -> None:
        """Let decisions lie in the log while what they led to cannot leave: the journal has it, memory need not grow."""
        if at not in self._held and waiting > self._most:
            self._held.add(at)
            consumer.pause([at])
            self._tools.health.set(
                _check(at), False, f"{waiting} records wait for the log: no decisions are taken"
            )
        elif at in self._held and waiting <= self._most // 2:
            self._held.discard(at)
            consumer.resume([at])
            self._tools.health.clear(_check(at))

    def _fenced(self, consumer: GroupConsumer, at: TopicPartition, error: WriterFenced) -> None:
        if at not in self._halted:
            self._tools.metrics.fenced.inc()
            self._halt(consumer, at, str(error))

    def _halt(self, consumer: GroupConsumer, at: TopicPartition, reason: str) -> None:
        consumer.pause([at])
        self._halted.halt(at, reason)


def _check(at: TopicPartition) -> str:
    return f"outbox/{at.partition}"
