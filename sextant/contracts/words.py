"""Words of enumerations without their prefix: a value of a later version is known by its number."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

_NUMBER: Final = "#"


def name_of(kind: EnumTypeWrapper, number: int, prefix: str) -> str:
    """Return an enum value's name without its prefix; a value that this code does not know as "#17"."""
    found = kind.DESCRIPTOR.values_by_number.get(number)
    return found.name.removeprefix(prefix) if found is not None else f"{_NUMBER}{number}"


def number_of(kind: EnumTypeWrapper, name: str, prefix: str) -> Any:
    """Return the number that `name_of` made the name of. Raises KeyError for a word that it never makes."""
    if name.startswith(_NUMBER):
        return int(name.removeprefix(_NUMBER))
    return kind.DESCRIPTOR.values_by_name[f"{prefix}{name}"].number
