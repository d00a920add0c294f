"""The trading rules as they were last heard, in a file of this machine: closing positions needs them, also without a broker."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from services.execution.private import check_private, replace
from services.execution.tools import Tools
from sextant.core.decimals import parse_decimal, to_text
from sextant.core.errors import InvalidValue
from sextant.core.instruments import Instrument, InstrumentKind

#: Pause between two looks at whether rules have changed; at start they come by the hundred.
_PAUSE_S: Final = 1.0
_NUMBERS: Final = ("tick", "lot", "minimum_notional", "contract_size")


class RulesFile:
    """Follows `tools.instruments`. Nothing is traded on what was read from it: trading waits for the log."""

    def __init__(self, path: Path, tools: Tools) -> None:
        self.path, self._tools = path, tools
        self._written: dict[str, Instrument] = {}

    def recall(self) -> None:
        """Take the rules of the file. Raises SettingsInvalid for one that others may have written, InvalidValue for one that cannot be read."""
        if not self.path.exists():
            return
        check_private(self.path)
        try:
            rows = json.loads(self.path.read_text(encoding="utf-8"))
            self._written = {row["name"]: _instrument(row) for row in rows}
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidValue(str(self.path), str(error), "rules of instruments") from error
        for name, instrument in self._written.items():
            self._tools.instruments.setdefault(name, instrument)

    async def run(self) -> None:
        """Write rules that changed, until cancelled; a disk that takes nothing is logged."""
        while True:
            await asyncio.sleep(_PAUSE_S)
            if self._tools.instruments == self._written:
                continue
            try:
                self.write()
            except OSError as error:
                self._tools.log.warning("rules not written", path=str(self.path), reason=str(error))

    def write(self) -> None:
        """Write the rules as they are now. Raises OSError."""
        known = dict(self._tools.instruments)
        replace(self.path, json.dumps([_row(known[name]) for name in sorted(known)], indent=1))
        self._written = known


def _row(instrument: Instrument) -> dict[str, Any]:
    numbers = {name: to_text(getattr(instrument, name)) for name in _NUMBERS}
    return {**asdict(instrument), **numbers, "kind": instrument.kind.value}


def _instrument(row: dict[str, Any]) -> Instrument:
    numbers: dict[str, Decimal] = {name: parse_decimal(row[name], field=name) for name in _NUMBERS}
    return Instrument(**{**row, **numbers, "kind": InstrumentKind(row["kind"])})
