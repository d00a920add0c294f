"""Giving operators' commands over the log: the command line and the operator API speak for the console."""

from __future__ import annotations

import asyncio
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from sextant.bus.port import Bus, Position, TopicPartition
from sextant.contracts.commands import is_genuine, sign
from sextant.contracts.control.v1 import control_pb2
from sextant.core.errors import PoisonRecord
from sextant.core.time import SECOND
from sextant.runtime.commanding import COMMANDS, command_record
from sextant.runtime.stamp import Stamper, open_record

#: The topic's owner, for whom everybody speaks who gives a command.
SPEAKER: Final = "console"


class Giver:
    """Stamps, signs and appends commands. `key` is the operators' own."""

    def __init__(self, bus: Bus, stamper: Stamper, key: bytes) -> None:
        self._bus, self._stamper, self._key = bus, stamper, key
        #: Of two commands that are given at once each must see the other's time.
        self._turn = asyncio.Lock()

    async def give(self, command: control_pb2.Command) -> Position:
        """Append a command; return where it lies. Raises BusUnavailable when nothing was said, OutputLost when nobody knows.

        It is later than every genuine command before it, whatever this machine's clock says: of two words about one scope the newest counts.
        """
        async with self._turn:
            now_ns = max(self._stamper.clock.wall_ns(), await self._newest_ns() + 1)
            command.command_time.CopyFrom(Timestamp(seconds=now_ns // SECOND, nanos=now_ns % SECOND))
            record = command_record(sign(command, self._key), self._stamper)
            [position] = await self._bus.producer().send([record])
            return position

    async def _newest_ns(self) -> int:
        newest = 0
        for record in await self._bus.read(TopicPartition(COMMANDS, 0)):
            try:
                command: control_pb2.Command = open_record(record).value
            except PoisonRecord:
                continue
            if is_genuine(command, self._key):
                newest = max(newest, command.command_time.ToNanoseconds())
        return newest
