"""Enums of the wire that this code does not know: on a money topic they must stop the reader, never be guessed."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from sextant.core.errors import InvalidValue


class _Place(NamedTuple):
    """A field that is an enum (`known` says the name of each number) or leads to one (`known` is None), read from the descriptor once."""

    name: str
    is_repeated: bool
    known: dict[int, str] | None
    full_name: str


def check_enums(message: Message) -> None:
    """Raise InvalidValue naming the first field, however deep, whose enum value is unknown."""
    for name, is_repeated, known, full_name in _places(message.DESCRIPTOR):
        if known is None:
            if is_repeated:
                for child in getattr(message, name):
                    check_enums(child)
            elif message.HasField(name):
                check_enums(getattr(message, name))
            continue
        value = getattr(message, name)
        for number in value if is_repeated else (value,):
            if number not in known:
                names = ", ".join(text for value, text in known.items() if value)
                raise InvalidValue(full_name, str(number), f"one of {names}")


@cache
def _places(descriptor: Descriptor) -> tuple[_Place, ...]:
    """Return fields that are enums, or messages that hold enums somewhere; maps never do here."""
    found = []
    for field in descriptor.fields:
        if field.enum_type is not None:
            known = {value.number: value.name for value in field.enum_type.values}
            found.append(_Place(field.name, field.is_repeated, known, field.full_name))
        elif _leads_to_enum(field):
            found.append(_Place(field.name, field.is_repeated, None, field.full_name))
    return tuple(found)


def _leads_to_enum(field: FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and not kind.GetOptions().map_entry and bool(_places(kind))
