"""Publishing a word that was given past the log, so that risk, breaker, audit and other instances hear of it."""

from __future__ import annotations

from services.execution.domain.halts import Word
from services.execution.messages import command_of
from sextant.bus.port import Bus
from sextant.runtime.commanding import command_record
from sextant.runtime.stamp import Stamper


class Speaker:
    """Signs with the operators' key, as the console would have. `control.commands.v1` has one identity per command id: twice is once."""

    def __init__(self, bus: Bus, stamper: Stamper, key: bytes) -> None:
        self._bus, self._stamper, self._key = bus, stamper, key

    async def publish(self, word: Word) -> None:
        """Append the word's command. Raises OutputLost, BusUnavailable."""
        record = command_record(command_of(word, self._key), self._stamper)
        await self._bus.producer().send([record])
