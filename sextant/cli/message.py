"""Messages as plain data: exact decimals as text, instants in ISO 8601, enums by name, batches and frames opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.market.v1 import events_pb2, frames_pb2, validated_pb2
from sextant.contracts.rows import batch_rows
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import TOPICS
from sextant.core.identity import Identity
from sextant.core.time import iso

#: Fields of ns since the epoch end in one of these.
_INSTANTS: Final = ("time_ns", "until_ns", "timer_ns")


def as_data(message: Message) -> Any:
    """Return a message as JSON takes it. Fields that are not set are left out; numbers that are zero are said where they are scalars."""
    special = _SPECIAL.get(message.DESCRIPTOR.full_name)
    return special(message) if special else _fields(message)


def _fields(message: Message, skip: frozenset[str] = frozenset()) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        name, value = field.name, getattr(message, field.name)
        if name in skip or (field.has_presence and not message.HasField(name)):
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            data[name] = dict(sorted(value.items()))
        elif field.is_repeated:
            data[name] = [_one(field, item) for item in value]
        elif name.endswith(_INSTANTS):
            data[name.removesuffix("_ns")] = iso(value) if value else None
        else:
            data[name] = _one(field, value)
    return data


def _one(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return as_data(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else f"unknown ({value})"
    return value.hex() if isinstance(value, bytes) else value


def _decimal(message: values_pb2.Decimal) -> str:
    return message.value


def _instant(message: Timestamp) -> str:
    return iso(message.ToNanoseconds())


def _position(message: values_pb2.Position) -> str:
    return f"{message.topic}/{message.partition}@{message.offset}"


def _batch(message: events_pb2.EventBatch) -> dict[str, Any]:
    rows = batch_rows(message)
    tables = frozenset(field.name for field in message.DESCRIPTOR.fields if field.message_type is not None)
    return {**_fields(message, tables), "rows": rows}


def _validated(message: validated_pb2.ValidatedBatch) -> dict[str, Any]:
    batch = events_pb2.EventBatch.FromString(message.batch)
    return {**_fields(message, frozenset({"batch"})), "batch": as_data(batch)}


def _frames(message: frames_pb2.FrameBatch) -> dict[str, Any]:
    frames, at = [], 0
    for number, length in enumerate(message.lengths):
        frame: dict[str, Any] = {"sequence": message.first_sequence + number}
        if number < len(message.receive_time_ns):
            frame["receive_time"] = iso(message.receive_time_ns[number])
        frame["frame"] = message.frames[at : at + length].decode("utf-8", "backslashreplace")
        if number < len(message.refusals) and message.refusals[number]:
            frame["refusal"] = message.refusals[number]
        frames.append(frame)
        at += length
    skip = frozenset({"frames", "lengths", "receive_time_ns", "refusals"})
    return {**_fields(message, skip), "frames": frames}


def _side_record(message: state_pb2.SideRecord) -> dict[str, Any]:
    data: dict[str, Any] = {"position": _position(message.position)}
    data["key"] = message.key.decode("utf-8", "replace")
    identity = Identity.decode(message.identity)
    data["identity"] = (
        f"{identity.root.source}#{identity.root.epoch}.{identity.root.sequence} {identity.path.hex()}"
    )
    entry = TOPICS.get(message.position.topic)
    if not message.value or entry is None:
        return {**data, "value": None if not message.value else message.value.hex()}
    opened = entry.message()
    opened.ParseFromString(message.value)
    return {**data, "value": as_data(opened)}


def _snapshot(message: state_pb2.Snapshot) -> dict[str, Any]:
    return {**_fields(message, frozenset({"state"})), "state_bytes": len(message.state)}


_SPECIAL: Final[Mapping[str, Callable[[Any], Any]]] = {
    kind.DESCRIPTOR.full_name: reader
    for kind, reader in (
        (values_pb2.Decimal, _decimal),
        (values_pb2.Position, _position),
        (Timestamp, _instant),
        (events_pb2.EventBatch, _batch),
        (validated_pb2.ValidatedBatch, _validated),
        (frames_pb2.FrameBatch, _frames),
        (state_pb2.SideRecord, _side_record),
        (state_pb2.Snapshot, _snapshot),
    )
}
