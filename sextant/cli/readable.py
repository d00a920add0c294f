"""Any record as plain data that people read: what it is, where it lies, how it came, and the message in full."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.message import DecodeError

from sextant.bus.port import Record
from sextant.cli.message import as_data
from sextant.contracts.topics import TOPICS, Topic
from sextant.core.errors import InvalidValue
from sextant.core.identity import Identity
from sextant.core.time import MILLISECOND, iso
from sextant.runtime.lineage import Hop, Lineage
from sextant.runtime.stamp import IDENTITY, LINEAGE, record_id_of, stamped_in

_DEAD_LETTER: Final = ".dlq"
#: Headers whose names are short on the wire.
_SPELLED: Final = {IDENTITY: "identity", LINEAGE: "lineage"}


def entry_of(topic: str) -> Topic | None:
    """Return the registry's entry of a topic, or of the topic whose dead letters it holds; None for any other."""
    if topic in TOPICS:
        return TOPICS[topic]
    if topic.endswith(_DEAD_LETTER):
        return TOPICS.get(topic.removesuffix(_DEAD_LETTER).rpartition(".")[0])
    return None


def readable(record: Record, *, decode: bool = True) -> dict[str, Any]:
    """Return a record. What cannot be read is said in `unreadable`, never raised: it is what people look for."""
    data: dict[str, Any] = {
        "position": record.position.place,
        "time": iso(record.timestamp_ms * MILLISECOND),
        "key": record.key.decode("utf-8", "replace"),
    }
    data |= _headers(record)
    if record.value is None:
        data["tombstone"] = True
    elif not decode:
        data["bytes"] = len(record.value)
    else:
        data |= _message(record)
    return data


def hop_data(hop: Hop) -> dict[str, Any]:
    """Return one stage's doing."""
    return {
        "stage": hop.stage,
        "instance": hop.instance,
        "region": hop.region,
        "in": iso(hop.in_ns),
        "took_us": (hop.out_ns - hop.in_ns) // 1_000,
        "input": hop.input.place if hop.input else None,
    }


def _headers(record: Record) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in record.headers.items():
        try:
            if name == IDENTITY:
                data |= _stamped(record)
            elif name == LINEAGE:
                lineage = Lineage(value)
                data["lineage"] = [hop_data(hop) for hop in lineage.hops()]
                if sides := lineage.sides():
                    data["uses"] = [side.place for side in sides]
            else:
                data[name.replace("-", "_")] = value.decode("utf-8", "replace")
        except (InvalidValue, UnicodeDecodeError) as error:
            data[_SPELLED.get(name, name)] = {"unreadable": str(error)}
    return {"record_id": None, **data}


def _stamped(record: Record) -> dict[str, Any]:
    """Return what the record is. Raises InvalidValue when its header cannot be read."""
    stamped = stamped_in(record.headers)
    return {
        "record_id": record_id_of(record),
        "message_type": stamped.topic.message.DESCRIPTOR.full_name,
        "schema_version": stamped.schema_version,
        "identity": identity_data(stamped.identity),
    }


def identity_data(identity: Identity) -> dict[str, Any]:
    """Return root and path; the path as the ordinals of the stages behind the root."""
    root, path = identity.root, identity.path
    return {
        "root": f"{root.source}#{root.epoch}.{root.sequence}",
        "path": [int.from_bytes(path[at : at + 2], "big") for at in range(0, len(path), 2)],
    }


def _message(record: Record) -> dict[str, Any]:
    entry = entry_of(record.topic)
    assert record.value is not None
    if entry is None:
        return {"unreadable": "a topic that is not in the registry", "hex": record.value.hex()}
    try:
        message = entry.message()
        message.ParseFromString(record.value)
        return {"message": as_data(message)}
    except (DecodeError, InvalidValue, UnicodeDecodeError) as error:
        return {"unreadable": f"{entry.message.DESCRIPTOR.full_name}: {error}", "hex": record.value.hex()}
