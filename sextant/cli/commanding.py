"""Giving operators' commands over the log: the command line speaks for the console."""

from __future__ import annotations

from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from sextant.bus.port import Bus, Position, TopicPartition
from sextant.contracts.commands import is_genuine, sign
from sextant.contracts.control.v1 import control_pb2
from sextant.core.errors import PoisonRecord
from sextant.core.time import SECOND, Clock
from sextant.runtime.commanding import COMMANDS, command_record
from sextant.runtime.stamp import Stamper, open_record

_SPEAKER: Final = "console"


async def give(bus: Bus, clock: Clock, command: control_pb2.Command, key: bytes) -> Position:
    """Stamp, sign and append a command; return where it lies. Raises BusUnavailable, OutputLost.

    It is later than every genuine command before it, whatever this machine's clock says: of two words about one scope the newest counts.
    """
    now_ns = max(clock.wall_ns(), await _newest_ns(bus, key) + 1)
    command.command_time.CopyFrom(Timestamp(seconds=now_ns // SECOND, nanos=now_ns % SECOND))
    record = command_record(sign(command, key), Stamper(_SPEAKER, "cli", "local", clock))
    [position] = await bus.producer().send([record])
    return position


async def _newest_ns(bus: Bus, key: bytes) -> int:
    newest = 0
    for record in await bus.read(TopicPartition(COMMANDS, 0)):
        try:
            command: control_pb2.Command = open_record(record).value
        except PoisonRecord:
            continue
        if is_genuine(command, key):
            newest = max(newest, command.command_time.ToNanoseconds())
    return newest
