"""Typed parameters of a plug-in: a dataclass, filled from the configuration with errors that say what to change."""

from __future__ import annotations

import dataclasses
import operator
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from sextant.core.errors import InvalidValue
from sextant.sdk.errors import PluginInvalid

Parameters = TypeVar("Parameters")
_BOUNDS: Final[Mapping[str, tuple[str, Callable[[Any, Any], bool]]]] = {
    "above": ("above", operator.gt),
    "at_least": ("at least", operator.ge),
    "below": ("below", operator.lt),
    "at_most": ("at most", operator.le),
}


def parameter(
    default: Any,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> Any:
    """Return a dataclass field with a default and bounds that are checked when the configuration is read."""
    given = {"above": above, "at_least": at_least, "below": below, "at_most": at_most}
    bounds = {name: bound for name, bound in given.items() if bound is not None}
    return dataclasses.field(default=default, metadata={"bounds": bounds})


def fill(plugin: str, kind: type[Parameters], values: Mapping[str, Any]) -> Parameters:
    """Return the parameters with the configured values.

    Raises PluginInvalid naming plug-in, parameter, value and what was expected: for an unknown name, a value of another type, one out of
    its bounds, one without a default that is missing, and an InvalidValue that the dataclass raises itself.
    """
    fields = _fields(kind)
    for name, value in values.items():
        if name not in fields:
            raise PluginInvalid(plugin, name, repr(value), f"one of {', '.join(fields) or 'no parameters'}")
    types = typing.get_type_hints(kind)
    filled = {name: _value(plugin, fields[name], types[name], value) for name, value in values.items()}
    for name, one in fields.items():
        has_default = one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING
        if name not in filled and not has_default:
            raise PluginInvalid(plugin, name, "nothing", f"a value of type {_type_name(types[name])}")
    try:
        return kind(**filled)
    except InvalidValue as error:
        raise PluginInvalid(plugin, error.field, repr(error.value), error.expected) from error


def _fields(kind: type[Any]) -> dict[str, dataclasses.Field[Any]]:
    return {one.name: one for one in dataclasses.fields(kind)}


def _value(plugin: str, field: dataclasses.Field[Any], kind: Any, value: Any) -> Any:
    try:
        converted = msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        expected = f"a value of type {_type_name(kind)}"
        raise PluginInvalid(plugin, field.name, repr(value), expected) from error
    for name, bound in field.metadata.get("bounds", {}).items():
        words, holds = _BOUNDS[name]
        if not holds(converted, bound):
            raise PluginInvalid(plugin, field.name, repr(value), f"a value {words} {bound}")
    return converted


def _type_name(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind)
