"""What can be wrong with a plug-in or its configuration, said at start."""

from __future__ import annotations

from sextant.core.errors import SettingsInvalid


class PluginInvalid(SettingsInvalid):
    """A plug-in cannot be used as configured. `parameter` is empty where the plug-in itself is wrong."""

    def __init__(self, plugin: str, parameter: str, value: str, expected: str) -> None:
        place = f"plug-in {plugin}, parameter {parameter}" if parameter else f"plug-in {plugin}"
        super().__init__(f"{place}: expected {expected}, was {value}")
        self.plugin, self.parameter, self.value, self.expected = plugin, parameter, value, expected
