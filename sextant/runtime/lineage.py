"""The lineage header: the way a record came, at most 512 bytes, appended to without decoding.

Entries follow one another, each with a tag byte: a hop (0) is what one stage did on the triggering path, a side (1) is the position
of a side input that was used. When space runs out the oldest sides go first; hops are never dropped.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sextant.bus.port import Position
from sextant.contracts.topics import BY_CODE, STAGE_CODES, STAGES, TOPICS
from sextant.core.errors import InvalidValue

MAX_BYTES: Final = 512
MAX_SIDES: Final = 8
MAX_NAME: Final = 24
_HOP: Final = struct.Struct(">BBBHQQIBB")
_SIDE: Final = struct.Struct(">BBHQ")
_HOP_TAG, _SIDE_TAG = 0, 1
_MAX_DURATION: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Hop:
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
        added = b"".join(_encode_side(side) for side in sides)
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
        sides = [entry for entry in entries if isinstance(entry, Position)]
        hop_bytes = sum(len(_encode_hop(entry)) for entry in entries if isinstance(entry, Hop))
        room = min(MAX_SIDES, (MAX_BYTES - hop_bytes) // _SIDE.size)
        if room < 0:
            raise InvalidValue("lineage", f"{hop_bytes} bytes of hops", f"at most {MAX_BYTES}")
        drop = len(sides) - room
        kept = b""
        for entry in entries:
            if isinstance(entry, Hop):
                kept += _encode_hop(entry)
            elif drop > 0:
                drop -= 1
            else:
                kept += _encode_side(entry)
        return Lineage(kept)

    def _entries(self) -> Iterator[Hop | Position]:
        raw, at = self.raw, 0
        try:
            while at < len(raw):
                if raw[at] == _HOP_TAG:
                    _, stage, topic, partition, offset, in_ns, took, name, region = _HOP.unpack_from(raw, at)
                    at += _HOP.size
                    position = Position(BY_CODE[topic].name, partition, offset) if topic else None
                    names = raw[at : at + name + region].decode()
                    yield Hop(STAGES[stage], names[:name], names[name:], in_ns, in_ns + took, position)
                    at += name + region
                elif raw[at] == _SIDE_TAG:
                    _, topic, partition, offset = _SIDE.unpack_from(raw, at)
                    at += _SIDE.size
                    yield Position(BY_CODE[topic].name, partition, offset)
                else:
                    raise InvalidValue("lineage header", raw.hex(), "entries with tag 0 or 1")
        except (struct.error, KeyError, IndexError, UnicodeDecodeError) as error:
            raise InvalidValue(
                "lineage header", raw.hex(), "whole entries of known stages and topics"
            ) from error


def _encode_hop(hop: Hop) -> bytes:
    name, region = hop.instance.encode("ascii"), hop.region.encode("ascii")
    if len(name) > MAX_NAME or len(region) > MAX_NAME:
        raise InvalidValue(
            "instance or region", f"{hop.instance}, {hop.region}", f"at most {MAX_NAME} characters each"
        )
    took = min(max(hop.out_ns - hop.in_ns, 0), _MAX_DURATION)
    position = hop.input
    code, partition, offset = (
        (TOPICS[position.topic].code, position.partition, position.offset) if position else (0, 0, 0)
    )
    head = _HOP.pack(
        _HOP_TAG, STAGE_CODES[hop.stage], code, partition, offset, hop.in_ns, took, len(name), len(region)
    )
    return head + name + region


def _encode_side(side: Position) -> bytes:
    return _SIDE.pack(_SIDE_TAG, TOPICS[side.topic].code, side.partition, side.offset)
