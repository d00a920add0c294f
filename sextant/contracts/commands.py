"""Operators' commands, signed and verified: the one place that knows which bytes a signature is over."""

from __future__ import annotations

from sextant.contracts.control.v1 import control_pb2
from sextant.core.commands import is_signed, sign_command


def canonical(command: control_pb2.Command) -> bytes:
    """Return the bytes that are signed: every field but the signature, in deterministic serialisation."""
    unsigned = control_pb2.Command()
    unsigned.CopyFrom(command)
    unsigned.ClearField("signature")
    return unsigned.SerializeToString(deterministic=True)


def sign(command: control_pb2.Command, key: bytes) -> control_pb2.Command:
    """Sign the command in place and return it. Raises InvalidValue without a key."""
    command.signature = sign_command(key, canonical(command))
    return command


def is_genuine(command: control_pb2.Command, key: bytes | None) -> bool:
    """Return whether somebody who holds `key` gave exactly this command; without a key none counts."""
    return is_signed(key, canonical(command), command.signature)
