"""What execution hears beside the decisions: breakers, trading rules, venue clocks, operators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.execution.domain.gate import LONGEST_SILENCE_NS
from services.execution.domain.halts import Level, Word
from services.execution.messages import breaker_of, word_of
from services.execution.tools import Tools
from sextant.bus.errors import BusUnavailable
from sextant.bus.port import Bus, Record, TopicPartition
from sextant.contracts.instruments import instrument_of
from sextant.contracts.topics import TOPICS
from sextant.core.errors import InvalidValue, PoisonRecord
from sextant.runtime.stage import Input
from sextant.runtime.stamp import open_record
from sextant.runtime.worker.hearing import Hearing

BREAKERS: Final = "risk.breakers.v1"
INSTRUMENTS: Final = "market.instruments.v1"
CLOCKS: Final = "market.clocks.v1"
COMMANDS: Final = "control.commands.v1"
_SIDES: Final = (BREAKERS, INSTRUMENTS, CLOCKS, COMMANDS)
_POLL_S: Final = 0.2
_AGAIN_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Listener:
    """What execution hears, in the words of the workers' rule for standing still."""

    sides: Sequence[str] = _SIDES
    silence_ns: Mapping[str, int] = field(default_factory=lambda: {BREAKERS: LONGEST_SILENCE_NS})
    timer_ns: int = 0


class SideInputs:
    """Follows the side topics. After standing still only what was said behind everything that lay there by then counts as heard.

    `offsets_ns` receives each venue's clock minus ours; set `on_word` and `on_flat` before running.
    """

    def __init__(
        self, bus: Bus, tools: Tools, operator_key: bytes | None, offsets_ns: dict[str, int]
    ) -> None:
        self._bus, self._tools, self._key, self._offsets_ns = bus, tools, operator_key, offsets_ns
        self.on_flat: Callable[[Word], None] = lambda word: None
        #: Takes an operator's word; returns whether it changes anything.
        self.on_word: Callable[[Word], bool] = tools.seen.halts.hear
        self._marks: dict[tuple[str, str], tuple[int, int, bytes]] = {}
        self._hearing = Hearing(_Listener(), tools.clock)
        self._next: dict[TopicPartition, int] = {}
        self.on_instrument: list[Callable[[object], None]] = []
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled; an outage of the log passes."""
        while True:
            try:
                await self._follow()
            except BusUnavailable as error:
                self._tools.log.warning("side inputs cannot be read", reason=str(error))
                await asyncio.sleep(_AGAIN_S)

    async def _follow(self) -> None:
        consumer = await self._bus.broadcast(_SIDES)
        try:
            while True:
                was_ready = consumer.is_ready
                records = await consumer.poll(max_records=2_000, timeout_s=_POLL_S)
                if self._hearing.was_held():
                    await self._read_up(is_live=was_ready)
                self._take_all(records, is_live=was_ready)
                if consumer.is_ready:
                    self.ready.set()
        finally:
            await consumer.stop()

    async def _read_up(self, *, is_live: bool) -> None:
        """After standing still: take what was said meanwhile, whatever has reached us of it by itself."""
        self._tools.seen.breakers_heard_ns = None
        partitions = [
            TopicPartition(topic, number) for topic in _SIDES for number in range(TOPICS[topic].partitions)
        ]
        try:
            for at in partitions:
                for record in await self._bus.read(at, self._next.get(at)):
                    self._take(record, is_live=is_live)
        except BusUnavailable as error:
            # Nothing is heard meanwhile, so nothing is sent; the next turn tries again.
            self._tools.log.warning("side inputs not read up after standing still", reason=str(error))
            return
        self._hearing.read_up([self._next])

    def _take_all(self, records: Sequence[Record], *, is_live: bool) -> None:
        news = [record for record in records if self._take(record, is_live=is_live)]
        if is_live:
            self._hearing.hear(news)
            self._tools.seen.breakers_heard_ns = self._hearing.heard_ns(BREAKERS)

    def _take(self, record: Record, *, is_live: bool) -> bool:
        """Return whether the record says anything new."""
        at = TopicPartition(record.topic, record.partition)
        self._next[at] = max(self._next.get(at, 0), record.offset + 1)
        if record.value is None:
            return False
        try:
            opened = open_record(record)
            if is_new := self._is_new(opened):
                self._apply(opened, is_live=is_live)
            return is_new
        except (PoisonRecord, InvalidValue) as error:
            self._unreadable(record, error)
            return False

    def _apply(self, record: Input, *, is_live: bool) -> None:
        seen = self._tools.seen
        match record.position.topic:
            case "risk.breakers.v1":
                seen.breakers[record.value.scope] = breaker_of(record.value)
            case "market.instruments.v1":
                instrument = instrument_of(record.value)
                self._tools.instruments[instrument.name] = instrument
                for listener in self.on_instrument:
                    listener(instrument)
            case "market.clocks.v1":
                self._offsets_ns[record.value.venue] = record.value.offset_ns
            case "control.commands.v1":
                self._hear(record, is_live=is_live)

    def _hear(self, record: Input, *, is_live: bool) -> None:
        word = word_of(record.value, self._key)
        if word is not None and self.on_word(word) and is_live and word.level is Level.FLAT:
            self.on_flat(word)

    def _unreadable(self, record: Record, error: Exception) -> None:
        self._tools.log.error(
            "side record unreadable", topic=record.topic, offset=record.offset, reason=str(error)
        )
        if record.topic == BREAKERS:  # its breaker may have opened: closed until it can be read again
            self._tools.seen.breakers.pop(record.key.decode("utf-8", "replace"), None)

    def _is_new(self, record: Input) -> bool:
        """A producer that recovers may send old states again: they change nothing."""
        key, order = (record.position.topic, record.identity.root.source), record.identity.order
        if order <= self._marks.get(key, (-1, -1, b"")):
            return False
        self._marks[key] = order
        return True
