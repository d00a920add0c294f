"""The lineage header: the way a record came, at most 512 bytes, appended to without decoding.

Entries follow one another. A hop is what one stage did on the triggering path and begins with the stage's code; a side is the position of
a side input that was used and begins with 255. When space runs out, a region that is also the hop's before it is left out, then the oldest
sides go; hops are never dropped: eight of them, the longest way of an order, fit with the longest names.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from sextant.bus.port import Position
from sextant.contracts.topics import BY_CODE, STAGE_CODES, STAGES, TOPICS
from sextant.core.errors import InvalidValue

MAX_BYTES: Final = 512
MAX_SIDES: Final = 8
MAX_INSTANCE: Final = 24
MAX_REGION: Final = 16
#: Stage, topic of the input (0: none), sizes of the duration (high four bits) and of the input's offset, in ns. Then the duration, the
#: input's partition and offset where there is one, and the names. Numbers of a size are big-endian without leading zeros; the time is
#: written as in a batch of events, where it often is the same one, and the log's compression finds it.
_HOP: Final = struct.Struct("<BBBQ")
#: Tag, topic, partition, size of the offset. Then the offset.
_SIDE: Final = struct.Struct(">BBBB")
_SIDE_TAG: Final = 0xFF
#: On the length of the instance: the stage's name and a hyphen go before what is written.
_OF_STAGE: Final = 0x80
#: In place of the region's length: the region of the hop before.
_SAME_REGION: Final = 0xFF
_MAX_PARTITION: Final = 0xFF
_MAX_OFFSET: Final = (1 << 48) - 1
_MAX_DURATION: Final = 0xFFFFFFFF
_LARGEST_SIDE: Final = _SIDE.size + 6


class Hop(NamedTuple):
    """What one stage did: `input` None where it read from outside (a socket). Times in ns of the instance's wall clock."""

    stage: str
    instance: str
    region: str
    in_ns: int
    out_ns: int
    input: Position | None


@dataclass(frozen=True, slots=True)
class Lineage:
    """An encoded lineage header."""

    raw: bytes = b""

    def with_hop(self, hop: Hop, sides: Iterable[Position] = ()) -> Lineage:
        """Return this lineage with a hop and the side positions it used. Raises InvalidValue when a name is too long."""
        added = b"".join(map(_encode_side, sides))
        lineage = Lineage(self.raw + _encode_hop(hop) + added)
        is_small = len(lineage.raw) <= MAX_BYTES and (not added or len(lineage.sides()) <= MAX_SIDES)
        return lineage if is_small else lineage._trimmed()

    def hops(self) -> tuple[Hop, ...]:
        """Return the hops, oldest first."""
        return tuple(entry for entry in self._entries() if isinstance(entry, Hop))

    def first(self) -> Hop | None:
        """Return the oldest hop without reading what lies behind it; None when there is none."""
        return next((entry for entry in self._entries() if isinstance(entry, Hop)), None)

    def sides(self) -> tuple[Position, ...]:
        """Return the side positions, oldest first."""
        return tuple(entry for entry in self._entries() if isinstance(entry, Position))

    def _trimmed(self) -> Lineage:
        entries = list(self._entries())
        sides = sum(isinstance(entry, Position) for entry in entries)
        encoded: list[bytes | Position] = []
        region: str | None = None
        for entry in entries:
            if isinstance(entry, Hop):
                encoded.append(_encode_hop(entry, before=region))
                region = entry.region
            else:
                encoded.append(entry)
        hop_bytes = sum(len(entry) for entry in encoded if isinstance(entry, bytes))
        room = min(MAX_SIDES, (MAX_BYTES - hop_bytes) // _LARGEST_SIDE)
        if room < 0:
            raise InvalidValue("lineage", f"{hop_bytes} bytes of hops", f"at most {MAX_BYTES}")
        drop, kept = sides - room, b""
        for part in encoded:
            if isinstance(part, bytes):
                kept += part
            elif drop > 0:
                drop -= 1
            else:
                kept += _encode_side(part)
        return Lineage(kept)

    def _entries(self) -> Iterator[Hop | Position]:
        raw, at, region = self.raw, 0, ""
        try:
            while at < len(raw):
                if raw[at] == _SIDE_TAG:
                    side, at = _side(raw, at)
                    yield side
                    continue
                stage, topic, sizes, in_ns = _HOP.unpack_from(raw, at)
                took, at = _number(raw, at + _HOP.size, sizes >> 4)
                source = None
                if topic:
                    partition = raw[at]
                    offset, at = _number(raw, at + 1, sizes & 0x0F)
                    source = Position(BY_CODE[topic].name, partition, offset)
                name, length = raw[at], raw[at + 1]
                instance, at = _text(raw, at + 2, name & ~_OF_STAGE)
                if name & _OF_STAGE:
                    instance = f"{STAGES[stage]}-{instance}"
                if length != _SAME_REGION:
                    region, at = _text(raw, at, length)
                yield Hop(STAGES[stage], instance, region, in_ns, in_ns + took, source)
        except (struct.error, KeyError, IndexError, UnicodeDecodeError) as error:
            raise InvalidValue(
                "lineage header", raw.hex(), "whole entries of known stages and topics"
            ) from error


def _side(raw: bytes, at: int) -> tuple[Position, int]:
    _, topic, partition, size = _SIDE.unpack_from(raw, at)
    offset, at = _number(raw, at + _SIDE.size, size)
    return Position(BY_CODE[topic].name, partition, offset), at


def _number(raw: bytes, at: int, size: int) -> tuple[int, int]:
    """Return the number at a place, and the place after it. Raises IndexError when the header ends inside of it."""
    end = at + size
    if end > len(raw):
        raise IndexError(end)
    return int.from_bytes(raw[at:end], "big"), end


def _text(raw: bytes, at: int, length: int) -> tuple[str, int]:
    """Return the text at a place, and the place after it. Raises IndexError when the header ends inside of it."""
    end = at + length
    if end > len(raw):
        raise IndexError(end)
    return raw[at:end].decode("ascii"), end


@lru_cache(maxsize=1_024)
def _names(stage: str, instance: str, region: str, *, is_same_region: bool) -> bytes:
    """Return instance and region as they are written; an instance says the same ones in each hop."""
    if not (instance.isascii() and region.isascii()):
        raise InvalidValue("instance or region", f"{instance}, {region}", "ASCII")
    if len(instance) > MAX_INSTANCE or len(region) > MAX_REGION:
        raise InvalidValue(
            "instance or region",
            f"{instance}, {region}",
            f"at most {MAX_INSTANCE} and {MAX_REGION} characters",
        )
    own = instance.removeprefix(f"{stage}-")
    length = len(own) | (_OF_STAGE if own != instance else 0)
    if is_same_region:
        return bytes((length, _SAME_REGION)) + own.encode()
    return bytes((length, len(region))) + own.encode() + region.encode()


def _encode_hop(hop: Hop, before: str | None = None) -> bytes:
    took = min(max(hop.out_ns - hop.in_ns, 0), _MAX_DURATION)
    size = _size(took)
    names = _names(hop.stage, hop.instance, hop.region, is_same_region=hop.region == before)
    stage, spent = STAGE_CODES[hop.stage], took.to_bytes(size, "big")
    if hop.input is None:
        return _HOP.pack(stage, 0, size << 4, hop.in_ns) + spent + names
    topic, partition, offset = _place(hop.input)
    head = _HOP.pack(stage, topic, size << 4 | len(offset), hop.in_ns)
    return head + spent + bytes((partition,)) + offset + names


def _encode_side(side: Position) -> bytes:
    topic, partition, offset = _place(side)
    return _SIDE.pack(_SIDE_TAG, topic, partition, len(offset)) + offset


def _place(position: Position) -> tuple[int, int, bytes]:
    """Return a position's topic code, partition, and offset as it is written. Raises InvalidValue when it is too large."""
    topic, partition, offset = position
    if not 0 <= offset <= _MAX_OFFSET:
        raise InvalidValue("offset", str(offset), f"0 to {_MAX_OFFSET}")
    if not 0 <= partition <= _MAX_PARTITION:
        raise InvalidValue("partition", str(partition), f"0 to {_MAX_PARTITION}")
    return TOPICS[topic].code, partition, offset.to_bytes(_size(offset), "big")


def _size(number: int) -> int:
    """Return the bytes that a number takes without leading zeros; 0 takes none."""
    return (number.bit_length() + 7) >> 3
