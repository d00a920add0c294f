"""Memories of strategies as bytes, bit-equal when they come back."""

from __future__ import annotations

from typing import Any

import msgspec

from sextant.sdk.errors import PluginInvalid


def store(memory: Any) -> bytes:
    """Return a memory as bytes."""
    return msgspec.msgpack.encode(memory)


def recall(data: bytes, kind: type[Any]) -> Any:
    """Return the memory that store() was given. Raises msgspec.ValidationError when it was of another kind."""
    return msgspec.msgpack.decode(data, type=kind)


def check(plugin: str, kind: type[Any]) -> None:
    """Raise PluginInvalid when a fresh memory of this kind cannot be stored and recalled."""
    try:
        fresh = kind()
        is_alike = recall(store(fresh), kind) == fresh
    except (TypeError, msgspec.MsgspecError) as error:
        raise PluginInvalid(plugin, "", f"{kind.__name__}: {error}", _EXPECTED) from error
    if not is_alike:
        raise PluginInvalid(plugin, "", f"{kind.__name__}, which comes back differently", _EXPECTED)


_EXPECTED = (
    "a memory_type that is a dataclass with defaults, of numbers, text, lists, dicts and such dataclasses"
)
