"""Enums of the wire that this code does not know: on a money topic they must stop the reader, never be guessed."""

from __future__ import annotations

from functools import cache

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from sextant.core.errors import InvalidValue


def check_enums(message: Message) -> None:
    """Raise InvalidValue naming the first field, however deep, whose enum value is unknown."""
    for field in _fields(message.DESCRIPTOR):
        value = getattr(message, field.name)
        if field.enum_type is not None:
            for number in value if field.is_repeated else (value,):
                _check(field.full_name, field.enum_type, number)
        elif field.is_repeated:
            for child in value:
                check_enums(child)
        elif message.HasField(field.name):
            check_enums(value)


def _check(field: str, kind: EnumDescriptor, number: int) -> None:
    if number not in kind.values_by_number:
        known = ", ".join(value.name for value in kind.values if value.number)
        raise InvalidValue(field, str(number), f"one of {known}")


@cache
def _fields(descriptor: Descriptor) -> tuple[FieldDescriptor, ...]:
    """Return fields that are enums, or messages that hold enums somewhere; maps never do here."""
    return tuple(field for field in descriptor.fields if field.enum_type is not None or _leads_to_enum(field))


def _leads_to_enum(field: FieldDescriptor) -> bool:
    kind = field.message_type
    return kind is not None and not kind.GetOptions().map_entry and bool(_fields(kind))
