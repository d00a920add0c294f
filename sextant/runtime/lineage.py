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
#: Stage, topic, partition, offset (high 16 bits, low 32 bits), in ns, duration ns, length of the instance, length of the region.
_HOP: Final = struct.Struct(">BBHHIQIBB")
#: Tag, topic, partition, offset (high, low).
_SIDE: Final = struct.Struct(">BBHHI")
_SIDE_TAG: Final = 0xFF
#: In place of the region's length: the region of the hop before.
_SAME_REGION: Final = 0xFF
_LOW: Final = 0xFFFFFFFF
_MAX_OFFSET: Final = (1 << 48) - 1
_MAX_DURATION: Final = 0xFFFFFFFF


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
        room = min(MAX_SIDES, (MAX_BYTES - hop_bytes) // _SIDE.size)
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
                    _, topic, partition, high, low = _SIDE.unpack_from(raw, at)
                    at += _SIDE.size
                    yield Position(BY_CODE[topic].name, partition, high << 32 | low)
                    continue
                stage, topic, partition, high, low, in_ns, took, name, length = _HOP.unpack_from(raw, at)
                at += _HOP.size
                position = Position(BY_CODE[topic].name, partition, high << 32 | low) if topic else None
                instance, at = _text(raw, at, name)
                if length != _SAME_REGION:
                    region, at = _text(raw, at, length)
                yield Hop(STAGES[stage], instance, region, in_ns, in_ns + took, position)
        except (struct.error, KeyError, IndexError, UnicodeDecodeError) as error:
            raise InvalidValue(
                "lineage header", raw.hex(), "whole entries of known stages and topics"
            ) from error


def _text(raw: bytes, at: int, length: int) -> tuple[str, int]:
    """Return the text at a place, and the place after it. Raises IndexError when the header ends inside of it."""
    end = at + length
    if end > len(raw):
        raise IndexError(end)
    return raw[at:end].decode("ascii"), end


@lru_cache(maxsize=1_024)
def _names(instance: str, region: str) -> tuple[bytes, bytes]:
    """Return both as they are written; an instance says the same ones in each hop."""
    if not (instance.isascii() and region.isascii()):
        raise InvalidValue("instance or region", f"{instance}, {region}", "ASCII")
    if len(instance) > MAX_INSTANCE or len(region) > MAX_REGION:
        raise InvalidValue(
            "instance or region",
            f"{instance}, {region}",
            f"at most {MAX_INSTANCE} and {MAX_REGION} characters",
        )
    return instance.encode(), region.encode()


def _encode_hop(hop: Hop, before: str | None = None) -> bytes:
    name, region = _names(hop.instance, hop.region)
    took = min(max(hop.out_ns - hop.in_ns, 0), _MAX_DURATION)
    topic, partition, high, low = _place(hop.input) if hop.input else (0, 0, 0, 0)
    length = len(region)
    if hop.region == before:
        length, region = _SAME_REGION, b""
    stage = STAGE_CODES[hop.stage]
    return _HOP.pack(stage, topic, partition, high, low, hop.in_ns, took, len(name), length) + name + region


def _encode_side(side: Position) -> bytes:
    return _SIDE.pack(_SIDE_TAG, *_place(side))


def _place(position: Position) -> tuple[int, int, int, int]:
    if position.offset > _MAX_OFFSET:
        raise InvalidValue("offset", str(position.offset), f"at most {_MAX_OFFSET}")
    return TOPICS[position.topic].code, position.partition, position.offset >> 32, position.offset & _LOW
