"""Operators' commands as records: who gives the same command twice gives it once."""

from __future__ import annotations

from typing import Final

from sextant.bus.port import Outgoing
from sextant.contracts.control.v1 import control_pb2
from sextant.core.identity import Identity, Root
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import Stamper

COMMANDS: Final = "control.commands.v1"


def command_record(command: control_pb2.Command, stamper: Stamper) -> Outgoing:
    """Return the record of a signed command. Its identity is its command id alone: no order between commands can drop one."""
    identity = Identity(Root(f"{COMMANDS}/{command.command_id}", 0, 0))
    return stamper.outgoing(COMMANDS, command.command_id, "", command, identity, Lineage())
