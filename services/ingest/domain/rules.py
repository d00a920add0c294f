"""Which trading rules are new: a version grows with every change and with nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sextant.core.instruments import Instrument


class RuleBook:
    """The newest rules of each instrument, as they were published."""

    def __init__(self, published: Iterable[Instrument] = ()) -> None:
        self._known = {instrument.name: instrument for instrument in published}

    def take(self, read: Sequence[Instrument]) -> tuple[Instrument, ...]:
        """Return those that differ from what is known, with their next version, and know them from now on."""
        changed = []
        for instrument in read:
            known = self._known.get(instrument.name)
            version = 0 if known is None else known.version
            if known is None or replace(instrument, version=version) != known:
                newest = replace(instrument, version=version + 1)
                self._known[instrument.name] = newest
                changed.append(newest)
        return tuple(changed)

    def of(self, name: str) -> Instrument:
        """Return the newest rules of an instrument that was taken."""
        return self._known[name]
