"""Which offsets may be committed: never before the spans of what was said below them have left the process, or were waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sextant.bus.port import TopicPartition
from sextant.telemetry.spans import SpanSink


class HeldOffsets:
    """Offsets on their way to be committed. They wait beside the record path, which goes on meanwhile."""

    def __init__(self, spans: SpanSink) -> None:
        self._spans = spans
        self._offsets: Mapping[TopicPartition, int] = {}
        self._settling: asyncio.Task[None] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether spans of the offsets that are held have not left yet."""
        return self._settling is not None and not self._settling.done()

    def hold(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Hold offsets that everything before was sent for, in place of those that are held."""
        self.drop()
        self._offsets = dict(offsets)
        if self._spans.is_pending:
            self._settling = asyncio.create_task(self._spans.settle())

    def take(self) -> Mapping[TopicPartition, int]:
        """Return what may be committed now, and hold it no longer; nothing while spans are waited for."""
        if self.is_waiting:
            return {}
        offsets, self._offsets, self._settling = self._offsets, {}, None
        return offsets

    def drop(self) -> None:
        """Hold nothing."""
        if self._settling is not None:
            self._settling.cancel()
        self._offsets, self._settling = {}, None
