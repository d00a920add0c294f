"""Finding strategies by name: those of the platform, and those that other distributions declare by entry point."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from sextant.sdk import memory
from sextant.sdk.errors import PluginInvalid
from sextant.sdk.parameters import fill
from sextant.sdk.strategy import Strategy

GROUP: Final = "sextant.strategies"
AnyStrategy = Strategy[Any, Any]


class Plugins:
    """Strategies by name. An entry point is imported when its name is asked for, so that one that is broken harms no other."""

    def __init__(
        self, built_in: Iterable[type[AnyStrategy]], declared: Iterable[EntryPoint] | None = None
    ) -> None:
        self._built_in = {kind.name: kind for kind in built_in}
        found = entry_points(group=GROUP) if declared is None else declared
        self._declared = {point.name: point for point in found}

    def names(self) -> tuple[str, ...]:
        """Return every name that can be configured, sorted."""
        return tuple(sorted(self._built_in.keys() | self._declared.keys()))

    def find(self, name: str) -> type[AnyStrategy]:
        """Return a strategy's class. Raises PluginInvalid when there is none of this name, or it is not a whole strategy."""
        kind = self._built_in.get(name)
        if kind is None:
            point = self._declared.get(name)
            if point is None:
                raise PluginInvalid(name, "", "not found", f"one of {', '.join(self.names())}")
            kind = self._load(point)
        _check(name, kind)
        return kind

    def make(self, name: str, parameters: Mapping[str, Any]) -> AnyStrategy:
        """Return a strategy with these parameters. Raises PluginInvalid naming plug-in, parameter, value and what was expected."""
        kind = self.find(name)
        return kind(fill(name, kind.parameters_type, parameters))

    def _load(self, point: EntryPoint) -> type[AnyStrategy]:
        try:
            loaded = point.load()
        except (ImportError, AttributeError) as error:
            raise PluginInvalid(
                point.name, "", f"{point.value}: {error}", "a class that can be imported"
            ) from error
        if not (isinstance(loaded, type) and issubclass(loaded, Strategy)):
            raise PluginInvalid(point.name, "", point.value, "a subclass of sextant.sdk.Strategy")
        return loaded


def _check(name: str, kind: type[AnyStrategy]) -> None:
    for attribute in ("name", "version"):
        value = getattr(kind, attribute, None)
        if not isinstance(value, str) or not value:
            raise PluginInvalid(name, "", repr(value), f"text in {kind.__name__}.{attribute}")
    if kind.name != name:
        raise PluginInvalid(name, "", f"{kind.__name__}.name = {kind.name!r}", f"the name {name!r}")
    for attribute in ("parameters_type", "memory_type"):
        value = getattr(kind, attribute, None)
        if not (isinstance(value, type) and dataclasses.is_dataclass(value)):
            raise PluginInvalid(name, "", repr(value), f"a dataclass in {kind.__name__}.{attribute}")
    memory.check(name, kind.memory_type)
