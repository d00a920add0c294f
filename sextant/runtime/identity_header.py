"""The header that says what a record is: topic and schema version by their codes, and the record's identity, in few bytes.

It lies in each record, and at one frame a batch headers are a third of what the log holds of a market. So numbers are written without
leading zeros, and a root that is a place in the log names its topic by the registry's code.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final, NamedTuple

from sextant.contracts.topics import BY_CODE, TOPICS, Topic
from sextant.core.errors import InvalidValue
from sextant.core.identity import Identity, Root

#: Grows when fields are added to a topic's message; what breaks readers is a topic of its own.
SCHEMA_VERSION: Final = 1
#: Code of the topic, schema version, bytes of the root's source; 0 where the root is a place in the log.
_HEAD: Final = struct.Struct(">BBB")
#: Code of the root's topic, partition.
_PLACE: Final = struct.Struct(">BB")
_MAX_SOURCE: Final = 0xFF
_ORDINAL_BYTES: Final = 2


class Stamped(NamedTuple):
    """What a header says: the topic that the record was made for, the version of its message, its identity."""

    topic: Topic
    schema_version: int
    identity: Identity


def encode(topic: Topic, identity: Identity) -> bytes:
    """Return the header. Raises InvalidValue when the root's source takes no byte or more than 255."""
    root = identity.root
    size = (root.sequence.bit_length() + 7) >> 3
    begin = _begin(topic.code, root.source, root.epoch)
    return begin + bytes((size,)) + root.sequence.to_bytes(size, "big") + identity.path


def decode(data: bytes) -> Stamped:
    """Return what the header says. Raises InvalidValue when `data` is not what encode() wrote."""
    try:
        code, version, length = _HEAD.unpack_from(data)
        source, epoch, at = _source(data, length)
        begin = at + 1
        end = begin + data[at]
        sequence, path = data[begin:end], data[end:]
        if end > len(data) or len(path) % _ORDINAL_BYTES:
            raise IndexError(end)
        identity = Identity(Root(source, epoch, int.from_bytes(sequence, "big")), path)
        return Stamped(BY_CODE[code], version, identity)
    except (struct.error, KeyError, IndexError, UnicodeDecodeError) as error:
        raise InvalidValue(
            "identity header", data.hex(), "a known topic, a root and a path, whole"
        ) from error


def _source(data: bytes, length: int) -> tuple[str, int, int]:
    """Return the root's source and epoch, and where its sequence begins."""
    at = _HEAD.size
    if length == 0:
        code, partition = _PLACE.unpack_from(data, at)
        return _name_of(code, partition), 0, at + _PLACE.size
    end = at + length
    epoch, begin = _read_varint(data, end)
    return data[at:end].decode(), epoch, begin


@lru_cache(maxsize=4_096)
def _begin(code: int, source: str, epoch: int) -> bytes:
    """Return everything before the sequence: the same for all records of a topic that have one source."""
    place = _place_of(source) if epoch == 0 else b""
    if place:
        return _HEAD.pack(code, SCHEMA_VERSION, 0) + place
    text = source.encode()
    if not 0 < len(text) <= _MAX_SOURCE:
        raise InvalidValue("root source", source, f"1 to {_MAX_SOURCE} bytes")
    return _HEAD.pack(code, SCHEMA_VERSION, len(text)) + text + _varint(epoch)


def _varint(number: int) -> bytes:
    """Return a number as protobuf writes it: a batch of events states its epoch too, and the log's compression finds it again."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at a place, and the place after it. Raises IndexError when the header ends inside of it."""
    number = shift = 0
    while data[at] > 0x7F:
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
    return number | data[at] << shift, at + 1


def _place_of(source: str) -> bytes:
    """Return a place in the log as it is written; nothing for any other source."""
    topic, _, partition = source.partition("/")
    entry = TOPICS.get(topic)
    if entry is None or not partition.isdecimal() or int(partition) > 0xFF:
        return b""
    place = _PLACE.pack(entry.code, int(partition))
    return place if _name_of(entry.code, int(partition)) == source else b""


@lru_cache(maxsize=1_024)
def _name_of(code: int, partition: int) -> str:
    """Return the source that a place stands for, as Root.at() names it."""
    return Root.at(BY_CODE[code].name, partition, 0).source
