"""The peer: one self-contained protobuf message an event, as most market data on Kafka is written.

The messages are made here at run time, so that no schema of the platform has to be kept for them. Times are fixed64, numbers varints
(smaller than our columns); the instrument is named in each, because each is a record of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from benchmarks.codec.events import DEPTH, QUOTE, TRADE, Event

_LEVEL = ("side", "price", "quantity")
_FIELD = descriptor_pb2.FieldDescriptorProto
_NAMES = {"trade": TRADE, "quote": QUOTE, "depth": DEPTH}


class SingleMessages:
    """The codec of the peer for one instrument."""

    def __init__(self, instrument: str) -> None:
        self._instrument = instrument
        pool = descriptor_pool.DescriptorPool()
        pool.Add(_file())
        kinds = {
            name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"benchmark.{name}"))
            for name in ("Event", "Trade", "Quote", "Depth", "Level")
        }
        self._event, self._level = kinds["Event"], kinds["Level"]
        self._parts = {"trade": kinds["Trade"], "quote": kinds["Quote"], "depth": kinds["Depth"]}

    def encode(self, events: Sequence[Event]) -> list[bytes]:
        """Return one message an event."""
        return [self._encoded(number, event) for number, event in enumerate(events)]

    def decode(self, messages: Iterable[bytes]) -> list[Event]:
        """Return the events with every field read."""
        parse = self._event.FromString
        return [_opened(parse(data)) for data in messages]

    def _encoded(self, number: int, event: Event) -> bytes:
        names = _NAMES[event.kind]
        part: Any = self._parts[event.kind](**dict(zip(names, event.values, strict=True)))
        level = self._level
        for side, price, quantity in event.levels:
            part.levels.append(level(side=side, price=price, quantity=quantity))
        said = {"instrument": self._instrument, "sequence": number, event.kind: part}
        return bytes(self._event(**said).SerializeToString())


def _opened(message: Any) -> Event:
    kind = message.WhichOneof("kind")
    part = getattr(message, kind)
    values = tuple(getattr(part, name) for name in _NAMES[kind])
    if kind != "depth":
        return Event(kind, values)
    return Event(kind, values, tuple((each.side, each.price, each.quantity) for each in part.levels))


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="benchmark.proto", package="benchmark", syntax="proto3")
    _message(file, "Level", _LEVEL)
    for name, fields in (("Trade", TRADE), ("Quote", QUOTE), ("Depth", DEPTH)):
        _message(file, name, fields)
    levels = next(each for each in file.message_type if each.name == "Depth").field.add()
    levels.name, levels.number, levels.label = "levels", 100, _FIELD.LABEL_REPEATED
    levels.type, levels.type_name = _FIELD.TYPE_MESSAGE, ".benchmark.Level"
    event = file.message_type.add(name="Event")
    event.field.add(name="instrument", number=1, type=_FIELD.TYPE_STRING, label=_FIELD.LABEL_OPTIONAL)
    event.field.add(name="sequence", number=2, type=_FIELD.TYPE_UINT64, label=_FIELD.LABEL_OPTIONAL)
    event.oneof_decl.add(name="kind")
    for number, name in enumerate(("Trade", "Quote", "Depth"), 3):
        event.field.add(
            name=name.lower(),
            number=number,
            type=_FIELD.TYPE_MESSAGE,
            type_name=f".benchmark.{name}",
            label=_FIELD.LABEL_OPTIONAL,
            oneof_index=0,
        )
    return file


def _message(file: descriptor_pb2.FileDescriptorProto, name: str, fields: Sequence[str]) -> None:
    message = file.message_type.add(name=name)
    for number, field in enumerate(fields, 1):
        kind = _FIELD.TYPE_SFIXED64 if field.endswith("_ns") else _FIELD.TYPE_INT64
        message.field.add(name=field, number=number, type=kind, label=_FIELD.LABEL_OPTIONAL)
