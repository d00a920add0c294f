"""A message's schema as readable text, with the words of the protos: from the published descriptors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from google.protobuf import descriptor_pb2

_FIELD: Final = descriptor_pb2.FieldDescriptorProto
#: Places of a descriptor's parts in its file, as protobuf numbers them for comments.
_MESSAGE, _ENUM, _MEMBER = 4, 5, 2
_OURS: Final = "sextant."


@dataclass(frozen=True, slots=True)
class _Kind:
    """A message or an enum, and what the proto says of it and of its members."""

    proto: Any
    words: str
    member_words: tuple[str, ...]


def schema_text(full_name: str) -> list[str]:
    """Return the lines that describe a message and every message and enum of ours that it uses."""
    waiting, told, lines = [full_name], set[str](), list[str]()
    while waiting:
        name = waiting.pop(0)
        if name in told or name not in _kinds():
            continue
        told.add(name)
        kind = _kinds()[name]
        waiting.extend(_uses(kind))
        lines += ["", *_described(name, kind)] if lines else _described(name, kind)
    return lines


def schema_data(full_name: str) -> dict[str, Any]:
    """Return the same for programs: by name, the words, and the fields or values."""
    data: dict[str, Any] = {}
    waiting = [full_name]
    while waiting:
        name = waiting.pop(0)
        if name in data or name not in _kinds():
            continue
        kind = _kinds()[name]
        waiting.extend(_uses(kind))
        members = zip(_members(kind), kind.member_words, strict=True)
        data[name] = {
            "says": kind.words,
            "members": [
                {"name": member.name, "number": member.number, "type": _type(member), "says": words}
                for member, words in members
            ],
        }
    return data


def _described(name: str, kind: _Kind) -> list[str]:
    is_enum = isinstance(kind.proto, descriptor_pb2.EnumDescriptorProto)
    lines = [f"{'enum' if is_enum else 'message'} {name}", *(f"  {line}" for line in kind.words.splitlines())]
    members = _members(kind)
    names = max((len(member.name) for member in members), default=0)
    types = max((len(_type(member)) for member in members), default=0)
    for member, words in zip(members, kind.member_words, strict=True):
        head = f"  {member.number:>3}  {member.name:<{names}}  " + (
            f"{_type(member):<{types}}  " if types else ""
        )
        lines.append((head + " ".join(words.split())).rstrip())
    return lines


def _members(kind: _Kind) -> list[Any]:
    return list(
        kind.proto.value if isinstance(kind.proto, descriptor_pb2.EnumDescriptorProto) else kind.proto.field
    )


def _type(member: Any) -> str:
    if isinstance(member, descriptor_pb2.EnumValueDescriptorProto):
        return ""
    if member.type_name.endswith("Entry"):
        return "map"
    name = member.type_name.rpartition(".")[2] or _FIELD.Type.Name(member.type).removeprefix("TYPE_").lower()
    return f"repeated {name}" if member.label == _FIELD.LABEL_REPEATED else name


def _uses(kind: _Kind) -> list[str]:
    if isinstance(kind.proto, descriptor_pb2.EnumDescriptorProto):
        return []
    names = (field.type_name.removeprefix(".") for field in kind.proto.field)
    return [name for name in names if name.startswith(_OURS)]


@lru_cache(maxsize=1)
def _kinds() -> dict[str, _Kind]:
    """Return every message and enum of ours by full name."""
    data = resources.files("sextant.contracts").joinpath("descriptors.binpb").read_bytes()
    found: dict[str, _Kind] = {}
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        words = {
            tuple(location.path): location.leading_comments.strip()
            for location in file.source_code_info.location
        }
        tables: list[tuple[int, list[Any]]] = [
            (_MESSAGE, list(file.message_type)),
            (_ENUM, list(file.enum_type)),
        ]
        for tag, protos in tables:
            for at, proto in enumerate(protos):
                count = len(proto.field if tag == _MESSAGE else proto.value)
                members = tuple(words.get((tag, at, _MEMBER, number), "") for number in range(count))
                found[f"{file.package}.{proto.name}"] = _Kind(proto, words.get((tag, at), ""), members)
    return found
