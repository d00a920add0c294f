"""Examples of operators' commands and of the audit chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from sextant.contracts.commands import sign
from sextant.contracts.control.v1 import control_pb2
from sextant.contracts.examples.values import Example, at, instant

#: The key that the examples are signed with; no deployment has it.
OPERATOR_KEY: Final = b"key of the examples"
_Command = control_pb2.Command


def commands() -> Mapping[str, Example]:
    """Return examples of control.commands.v1."""
    halt = _command("c-0001", control_pb2.COMMAND_KIND_HALT, "portfolio/main")
    set_parameter = _command("c-0004", control_pb2.COMMAND_KIND_SET_PARAMETER, "global")
    set_parameter.arguments.update({"strategies.ema-cross.parameters.fast": "6", "reason": "test"})
    unsigned = _command("c-0005", control_pb2.COMMAND_KIND_FLAT_ALL, "global")
    return {
        "halt": Example("c-0001", _signed(halt)),
        "resume": Example(
            "c-0002", _signed(_command("c-0002", control_pb2.COMMAND_KIND_RESUME, "portfolio/main"))
        ),
        "flat-all": Example(
            "c-0003", _signed(_command("c-0003", control_pb2.COMMAND_KIND_FLAT_ALL, "global"))
        ),
        "set-parameter": Example("c-0004", _signed(set_parameter)),
        "unsigned": Example("c-0005", unsigned),
    }


def audit() -> Mapping[str, Example]:
    """Return examples of control.audit.v1: the first two links of a chain."""
    first = _link(1, bytes(32), "anna", "command.HALT", '{"command_id":"c-0001","scope":"portfolio/main"}')
    second = _link(2, first.hash, "ledger", "partition.halted", "{}")
    return {"first": Example("chain", first), "second": Example("chain", second)}


def _command(command_id: str, kind: control_pb2.CommandKind, scope: str) -> _Command:
    return _Command(
        command_id=command_id, operator="anna", kind=kind, scope=scope, command_time=instant(at(300))
    )


def _signed(command: _Command) -> _Command:
    return sign(command, OPERATOR_KEY)


def _link(number: int, previous: bytes, actor: str, action: str, detail: str) -> control_pb2.AuditEntry:
    entry = control_pb2.AuditEntry(
        number=number,
        actor=actor,
        action=action,
        detail=detail,
        action_time=instant(at(300 + number)),
        previous_hash=previous,
    )
    # Canonical JSON, so that whoever reads the chain from a database or an export can verify it without our schemas.
    fields = [number, actor, action, detail, at(300 + number), previous.hex()]
    entry.hash = hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).digest()
    return entry
